//! The fixed-width vectors of WebAssembly. The relaxed ones are not used: they
//! may differ from machine to machine.

use core::arch::wasm32::{
    f32x4_abs, f32x4_add, f32x4_div, f32x4_le, f32x4_lt, f32x4_mul, f32x4_splat, f32x4_sqrt,
    f32x4_sub, i32x4_all_true, i32x4_bitmask, i32x4_trunc_sat_f32x4, i64x2_extract_lane,
    i64x2_replace_lane, i64x2_shl, u64x2_shr, u64x2_splat, v128, v128_and, v128_andnot,
    v128_bitselect, v128_load, v128_or, v128_store,
};

use crate::arch::pack;
use crate::candidates::CHUNK;
use crate::lanes::{Lanes, Sums, apart};
use crate::row::{Row, Total};

/// Four `f32` in a `v128`.
#[derive(Clone, Copy, Debug)]
pub struct Simd128(v128);

impl Lanes for Simd128 {
    const WIDTH: usize = 4;
    type Mask = v128;
    type Sums = Halves;
    type Numbers = u64;

    #[inline(always)]
    fn splat(v: f32) -> Self {
        Self(f32x4_splat(v))
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        // SAFETY: the slice is readable for 16 bytes; the load asks for no alignment.
        Self(unsafe { v128_load(from[..4].as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        // SAFETY: as for load, and the slice is exclusive.
        unsafe { v128_store(to[..4].as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        Self(f32x4_add(self.0, b.0))
    }
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        Self(f32x4_sub(self.0, b.0))
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        Self(f32x4_mul(self.0, b.0))
    }
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        Self(f32x4_div(self.0, b.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(f32x4_sqrt(self.0))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(f32x4_abs(self.0))
    }
    #[inline(always)]
    fn truncate(self, to: &mut [u32]) {
        // SAFETY: the slice is writable for 16 bytes, at any alignment.
        unsafe { v128_store(to[..4].as_mut_ptr().cast(), i32x4_trunc_sat_f32x4(self.0)) }
    }
    #[inline(always)]
    fn lt(self, b: Self) -> v128 {
        f32x4_lt(self.0, b.0)
    }
    #[inline(always)]
    fn le(self, b: Self) -> v128 {
        f32x4_le(self.0, b.0)
    }
    #[inline(always)]
    fn both(a: v128, b: v128) -> v128 {
        v128_and(a, b)
    }
    #[inline(always)]
    fn all(m: v128) -> bool {
        i32x4_all_true(m)
    }
    #[inline(always)]
    fn keep(self, m: v128) -> Self {
        Self(v128_and(self.0, m))
    }
    #[inline(always)]
    fn select(m: v128, a: Self, b: Self) -> Self {
        Self(v128_bitselect(a.0, b.0, m))
    }
    #[inline(always)]
    fn negative(self) -> u32 {
        u32::from(i32x4_bitmask(self.0))
    }
    #[inline(always)]
    fn pack_negative(self, n: u64, to: &mut [u16; CHUNK]) -> usize {
        pack::four(self.negative(), n, to)
    }
    apart!();
    // Note: a general shuffle is two table look-ups, an or and three copies in
    // wazero, so that this moves halves and shifts instead.
    #[inline(always)]
    fn transpose<'a>(row: impl Fn(usize) -> &'a [f32; 4]) -> [Self; 4] {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| Self::load(row(i)).0);
        let ((ab, ef), (cd, gh)) = (interleave(a, b), interleave(c, d));
        [lower(ab, cd), lower(ef, gh), upper(ab, cd), upper(ef, gh)]
    }
}

/// a0 b0 a2 b2 and a1 b1 a3 b3.
#[inline(always)]
fn interleave(a: v128, b: v128) -> (v128, v128) {
    let low = u64x2_splat(0xffff_ffff);
    let even = v128_or(v128_and(a, low), i64x2_shl(b, 32));
    let odd = v128_or(u64x2_shr(a, 32), v128_andnot(b, low));
    (even, odd)
}

/// The lower halves of both.
#[inline(always)]
fn lower(a: v128, b: v128) -> Simd128 {
    Simd128(i64x2_replace_lane::<1>(a, i64x2_extract_lane::<0>(b)))
}

/// The upper halves of both.
#[inline(always)]
fn upper(a: v128, b: v128) -> Simd128 {
    Simd128(i64x2_replace_lane::<0>(b, i64x2_extract_lane::<1>(a)))
}

/// Position and velocity, a vector each.
#[derive(Clone, Copy, Debug)]
pub struct Halves {
    place: v128,
    motion: v128,
    apart: v128,
    drift: v128,
    push: v128,
}

impl Sums for Halves {
    #[inline(always)]
    fn new(me: &Row) -> Self {
        let zero = f32x4_splat(0.0);
        let (place, motion) = (Simd128::load(me.place()).0, Simd128::load(me.motion()).0);
        Self { place, motion, apart: zero, drift: zero, push: zero }
    }
    #[inline(always)]
    fn add(&mut self, other: &Row, weight: f32) {
        let v = f32x4_sub(self.motion, Simd128::load(other.motion()).0);
        let d = f32x4_sub(self.place, Simd128::load(other.place()).0);
        self.apart = f32x4_add(self.apart, d);
        self.drift = f32x4_add(self.drift, v);
        self.push = f32x4_add(self.push, f32x4_mul(f32x4_splat(weight), d));
    }
    #[inline(always)]
    fn total(&self, count: usize) -> Total {
        let mut total = Total::NONE;
        Simd128(self.apart).store(&mut total.apart);
        Simd128(self.drift).store(&mut total.drift);
        Simd128(self.push).store(&mut total.push);
        total.apart[3] = count as f32;
        total
    }
}
