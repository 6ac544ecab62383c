//! What a back end has to offer: lanes of `f32`, and the sums over neighbours.

use crate::candidates::CHUNK;
use crate::row::{Row, Total};

/// [`Lanes::WIDTH`] floats. Every operation acts on each lane by itself and
/// rounds as IEEE 754 asks. No value ever crosses from one lane to another, so
/// that the width changes the speed of a step and none of its bits.
pub trait Lanes: Copy {
    /// Lanes: 1, 4 or 8.
    const WIDTH: usize;
    /// One truth value a lane.
    type Mask: Copy;
    /// The sums over the neighbours of one boid.
    type Sums: Sums;

    /// The same value in every lane.
    fn splat(v: f32) -> Self;
    /// The first lanes of `from`, which must hold as many.
    fn load(from: &[f32]) -> Self;
    /// Writes the lanes to the front of `to`, which must hold as many.
    fn store(self, to: &mut [f32]);

    /// `self + b`
    fn add(self, b: Self) -> Self;
    /// `self - b`
    fn sub(self, b: Self) -> Self;
    /// `self * b`
    fn mul(self, b: Self) -> Self;
    /// `self / b`
    fn div(self, b: Self) -> Self;
    /// The correctly rounded square root.
    fn sqrt(self) -> Self;
    /// The sign bit cleared.
    fn abs(self) -> Self;
    /// Rounds towards zero. Lanes must lie in `0.0..2^31`.
    fn truncate(self, to: &mut [u32]);

    /// `self < b`; false where either is NaN.
    fn lt(self, b: Self) -> Self::Mask;
    /// `self <= b`; false where either is NaN.
    fn le(self, b: Self) -> Self::Mask;
    /// Both masks.
    fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// Whether all lanes are set.
    fn all(m: Self::Mask) -> bool;
    /// `self` where the mask is set, `+0.0` elsewhere.
    fn keep(self, m: Self::Mask) -> Self;
    /// `a` where the mask is set, `b` elsewhere.
    fn select(m: Self::Mask, a: Self, b: Self) -> Self;

    /// The sign bits, one a lane, the first lane lowest.
    fn negative(self) -> u32;
    /// Consecutive numbers of candidates, as [`Lanes::pack_negative`] likes them.
    type Numbers: Numbers;
    /// Writes the number of every lane with a set sign bit to the front of `to`, in
    /// ascending order, and returns how many these are. The rest of the first
    /// [`Lanes::WIDTH`] places is left with anything.
    fn pack_negative(self, n: Self::Numbers, to: &mut [u16; CHUNK]) -> usize;
    /// The columns of a matrix whose row `i` is `row(i)`.
    fn transpose<'a>(row: impl Fn(usize) -> &'a [f32; 4]) -> [Self; 4];

    /// Runs `task` as a function of its own, in which the instructions of this back
    /// end may be used.
    fn apart<T: Task>(task: T) -> T::Output;

    /// `self` held to `lo..=hi` by two compares. Not for NaN.
    #[inline(always)]
    fn clamp(self, lo: Self, hi: Self) -> Self {
        let v = Self::select(self.lt(lo), lo, self);
        Self::select(hi.lt(v), hi, v)
    }

    /// The scalar product of two vectors, summed from the first component on.
    #[inline(always)]
    fn dot<const D: usize>(a: [Self; D], b: [Self; D]) -> Self {
        let mut sum = a[0].mul(b[0]);
        for i in 1..D {
            sum = sum.add(a[i].mul(b[i]));
        }
        sum
    }

    /// The squared length of a vector, summed from the first component on.
    #[inline(always)]
    fn square<const D: usize>(v: [Self; D]) -> Self {
        Self::dot(v, v)
    }
}

/// Sums over neighbours that are added one after the other, each to all
/// components at once: their order is the only one there is.
pub trait Sums: Copy {
    /// Nobody yet, for the boid `me`.
    fn new(me: &Row) -> Self;
    /// Adds `other`, `weight` of it to the push.
    fn add(&mut self, other: &Row, weight: f32);
    /// The sums over `count` neighbours.
    fn total(&self, count: usize) -> Total;
}

/// The numbers of as many consecutive candidates as there are lanes.
pub trait Numbers: Copy {
    /// Those of the first lanes.
    fn first() -> Self;
    /// Those of the lanes behind these.
    fn next(self) -> Self;
}

/// An array of lanes, one expression an element. Not a closure: those are functions
/// of their own, which LLVM leaves out of line where they lack the instructions that
/// their caller may use.
macro_rules! each {
    ($i:ident in $n:expr => $e:expr) => {{
        let mut all = [V::splat(0.0); $n];
        let mut $i = 0;
        while $i < $n {
            all[$i] = $e;
            $i += 1;
        }
        all
    }};
}
pub(crate) use each;

/// [`Lanes::apart`] of a back end whose instructions every machine of the target has.
//
// Note: not a default of the trait. Functions of the WebAssembly module lie in the
// order of their names, and those of a default are named otherwise: the same code
// would be another module than the one that published results were measured with.
macro_rules! apart {
    () => {
        #[inline(never)]
        fn apart<T: $crate::lanes::Task>(task: T) -> T::Output {
            task.run()
        }
    };
}
pub(crate) use apart;

/// What [`Lanes::apart`] runs. Not a closure, for the reason given at `each`.
pub trait Task {
    /// What comes out.
    type Output;
    /// Does it; to be marked `#[inline(always)]`.
    fn run(self) -> Self::Output;
}
