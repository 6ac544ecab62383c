//! The fixed-width vectors of WebAssembly. The relaxed ones are not used: they
//! may differ from machine to machine.

use core::arch::wasm32::{
    f32x4_abs, f32x4_add, f32x4_convert_i32x4, f32x4_div, f32x4_le, f32x4_lt, f32x4_mul,
    f32x4_splat, f32x4_sqrt, f32x4_sub, i32x4_all_true, i32x4_extract_lane, i32x4_splat, i32x4_sub,
    i32x4_trunc_sat_f32x4, i64x2_extract_lane, i64x2_replace_lane, i64x2_shl, u64x2_shr,
    u64x2_splat, v128, v128_and, v128_any_true, v128_bitselect, v128_load, v128_or, v128_store,
};

use crate::lanes::Lanes;

/// Four `f32` in a `v128`.
#[derive(Clone, Copy, Debug)]
pub struct Simd128(v128);

impl Lanes for Simd128 {
    type Mask = v128;
    type Tally = v128;

    #[inline(always)]
    fn splat(v: f32) -> Self {
        Self(f32x4_splat(v))
    }
    #[inline(always)]
    fn load(from: &[f32; 4]) -> Self {
        // SAFETY: a reference to four floats is readable for 16 bytes; the load
        // asks for no alignment.
        Self(unsafe { v128_load(from.as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; 4]) {
        // SAFETY: as for load, and the reference is exclusive.
        unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
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
    fn truncate(self) -> [u32; 4] {
        let v = i32x4_trunc_sat_f32x4(self.0);
        [
            i32x4_extract_lane::<0>(v) as u32,
            i32x4_extract_lane::<1>(v) as u32,
            i32x4_extract_lane::<2>(v) as u32,
            i32x4_extract_lane::<3>(v) as u32,
        ]
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
    fn any(m: v128) -> bool {
        v128_any_true(m)
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
    fn no_tally() -> v128 {
        i32x4_splat(0)
    }
    #[inline(always)]
    fn tally(t: v128, m: v128) -> v128 {
        // A set lane is −1.
        i32x4_sub(t, m)
    }
    #[inline(always)]
    fn counted(t: v128) -> Self {
        Self(f32x4_convert_i32x4(t))
    }
    // Note: a general shuffle is two table look-ups, an or and three copies in
    // wazero, so that this moves halves and shifts instead.
    #[inline(always)]
    fn sum_rows([a, b, c, d]: [Self; 4]) -> Self {
        // a0+a2 a1+a3 c0+c2 c1+c3, and the same of b and d
        let (ac, bd) = (add_halves(a.0, c.0), add_halves(b.0, d.0));
        // Sums stand in the lower half of each half.
        let ac = f32x4_add(ac, u64x2_shr(ac, 32));
        let bd = f32x4_add(bd, u64x2_shr(bd, 32));
        Self(v128_or(v128_and(ac, u64x2_splat(0xffff_ffff)), i64x2_shl(bd, 32)))
    }
}

/// The lower half of each operand plus its upper half.
#[inline(always)]
fn add_halves(a: v128, b: v128) -> v128 {
    let lower = i64x2_replace_lane::<1>(a, i64x2_extract_lane::<0>(b));
    let upper = i64x2_replace_lane::<0>(b, i64x2_extract_lane::<1>(a));
    f32x4_add(lower, upper)
}
