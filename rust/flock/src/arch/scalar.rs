//! The reference: one `f32` after the other.

use core::array::from_fn;

use crate::candidates::CHUNK;
use crate::lanes::{Lanes, Numbers, Sums, apart};
use crate::row::{Row, Total};

/// One `f32`. What the other back ends must equal, bit for bit.
#[derive(Clone, Copy, Debug)]
pub struct Scalar(f32);

/// The correctly rounded square root of one float, which `core` lacks.
#[inline(always)]
fn root(v: f32) -> f32 {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_mm_cvtss_f32, _mm_set_ss, _mm_sqrt_ss};
        // SAFETY: SSE is part of x86_64.
        unsafe { _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(v))) }
    }
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::{f32x4_extract_lane, f32x4_splat, f32x4_sqrt};
        f32x4_extract_lane::<0>(f32x4_sqrt(f32x4_splat(v)))
    }
    // The build of the module without vectors may name what is unstable, and has to:
    // digits in place of an instruction would make a comparison with it unfair.
    #[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
    {
        core::f32::math::sqrt(v)
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32")))]
    {
        root_by_digits(v)
    }
}

/// The correctly rounded square root by integer arithmetic, for targets
/// without an instruction that stable Rust can name.
#[cfg_attr(any(target_arch = "x86_64", target_arch = "wasm32"), allow(dead_code))]
fn root_by_digits(v: f32) -> f32 {
    if !(v > 0.0 && v < f32::INFINITY) {
        return if v == 0.0 || v == f32::INFINITY { v } else { f32::NAN };
    }
    let bits = v.to_bits();
    let (fraction, biased) = (u64::from(bits & 0x7f_ffff), (bits >> 23) as i32);
    // v = mantissa · 2^exponent
    let (mantissa, exponent) =
        if biased == 0 { (fraction, -149) } else { (fraction | 0x80_0000, biased - 150) };
    // Shifted to 62 or 63 bits the root has at least 31: 24 to keep and the rest
    // to round by. What is left of the exponent must be even to be halved.
    let mut shift = mantissa.leading_zeros() as i32 - 1;
    shift -= (exponent - shift) & 1;
    let scaled = mantissa << shift;
    let floor = scaled.isqrt();
    // The last bit stands for all digits that follow. A tie cannot be: the
    // square of a number of 25 digits has more than 24.
    let exact = floor << 1 | u64::from(floor * floor != scaled);
    let drop = 40 - exact.leading_zeros() as i32;
    let kept = (exact + (1 << (drop - 1))) >> drop;
    let power = (exponent - shift) / 2 - 1 + drop;
    kept as f32 * f32::from_bits(((power + 127) as u32) << 23)
}

impl Lanes for Scalar {
    const WIDTH: usize = 1;
    type Mask = bool;
    type Sums = Components;
    type Numbers = u16;

    #[inline(always)]
    fn splat(v: f32) -> Self {
        Self(v)
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self(from[0])
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[0] = self.0;
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        Self(self.0 + b.0)
    }
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        Self(self.0 - b.0)
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        Self(self.0 * b.0)
    }
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        Self(self.0 / b.0)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(root(self.0))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.abs())
    }
    #[inline(always)]
    fn truncate(self, to: &mut [u32]) {
        to[0] = self.0 as u32;
    }
    #[inline(always)]
    fn lt(self, b: Self) -> bool {
        self.0 < b.0
    }
    #[inline(always)]
    fn le(self, b: Self) -> bool {
        self.0 <= b.0
    }
    #[inline(always)]
    fn both(a: bool, b: bool) -> bool {
        a & b
    }
    #[inline(always)]
    fn all(m: bool) -> bool {
        m
    }
    #[inline(always)]
    fn keep(self, m: bool) -> Self {
        Self(if m { self.0 } else { 0.0 })
    }
    #[inline(always)]
    fn select(m: bool, a: Self, b: Self) -> Self {
        if m { a } else { b }
    }
    #[inline(always)]
    fn negative(self) -> u32 {
        self.0.to_bits() >> 31
    }
    #[inline(always)]
    fn pack_negative(self, n: u16, to: &mut [u16; CHUNK]) -> usize {
        to[0] = n;
        usize::from(self.0.is_sign_negative())
    }
    apart!();
    #[inline(always)]
    fn transpose<'a>(row: impl Fn(usize) -> &'a [f32; 4]) -> [Self; 4] {
        row(0).map(Self)
    }
}

impl Numbers for u16 {
    #[inline(always)]
    fn first() -> u16 {
        0
    }
    #[inline(always)]
    fn next(self) -> u16 {
        self + 1
    }
}

/// Three components of each sum.
#[derive(Clone, Copy, Debug)]
pub struct Components {
    place: [f32; 3],
    motion: [f32; 3],
    apart: [f32; 3],
    drift: [f32; 3],
    push: [f32; 3],
}

impl Sums for Components {
    #[inline(always)]
    fn new(me: &Row) -> Self {
        let zero = [0.0; 3];
        Self {
            place: from_fn(|i| me.0[i]),
            motion: from_fn(|i| me.0[Row::VELOCITY + i]),
            apart: zero,
            drift: zero,
            push: zero,
        }
    }
    #[inline(always)]
    fn add(&mut self, other: &Row, weight: f32) {
        for i in 0..3 {
            let d = self.place[i] - other.0[i];
            self.apart[i] += d;
            self.push[i] += weight * d;
            self.drift[i] += self.motion[i] - other.0[Row::VELOCITY + i];
        }
    }
    #[inline(always)]
    fn total(&self, count: usize) -> Total {
        let four = |[x, y, z]: [f32; 3], last| [x, y, z, last];
        Total {
            apart: four(self.apart, count as f32),
            drift: four(self.drift, 0.0),
            push: four(self.push, 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::root_by_digits;

    #[test]
    fn digits_round_like_the_instruction() {
        let edges = [0u32, 1, 2, 3, 0x7f_ffff, 0x80_0000, 0x80_0001, 0x3f80_0000, 0x3f80_0001];
        let tops = [0x7f7f_ffff, 0x7f80_0000, 0x3f7f_ffff, 0x4000_0000, 0x4080_0000];
        let spread = (0..2_000_000u32).map(|i| i.wrapping_mul(2_654_435_761) >> 1);
        for bits in edges.into_iter().chain(tops).chain(spread).filter(|&b| b <= 0x7f80_0000) {
            let v = f32::from_bits(bits);
            let (got, want) = (root_by_digits(v), v.sqrt());
            assert_eq!(got.to_bits(), want.to_bits(), "root of {v:e}");
        }
        assert!(root_by_digits(-1.0).is_nan() && root_by_digits(f32::NAN).is_nan());
    }
}
