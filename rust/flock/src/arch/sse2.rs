//! SSE2, which every `x86_64` has.

use core::arch::x86_64::{
    __m128, _mm_add_ps, _mm_and_ps, _mm_andnot_ps, _mm_castsi128_ps, _mm_cmple_ps, _mm_cmplt_ps,
    _mm_cvttps_epi32, _mm_div_ps, _mm_loadu_ps, _mm_movehl_ps, _mm_movelh_ps, _mm_movemask_ps,
    _mm_mul_ps, _mm_or_ps, _mm_set1_epi32, _mm_set1_ps, _mm_setzero_ps, _mm_sqrt_ps, _mm_storeu_ps,
    _mm_storeu_si128, _mm_sub_ps, _mm_unpackhi_ps, _mm_unpacklo_ps,
};

use crate::arch::pack;
use crate::candidates::CHUNK;
use crate::lanes::{Lanes, Sums, apart};
use crate::row::{Row, Total};

/// Four `f32` in an XMM register.
#[derive(Clone, Copy, Debug)]
pub struct Sse2(__m128);

/// Calls intrinsics. Those that take an address get that of a slice which was
/// found to be long enough, and ask for no alignment.
macro_rules! sse2 {
    ($call:expr) => {
        // SAFETY: SSE2 is part of x86_64; addresses are those of long enough slices.
        unsafe { $call }
    };
}

impl Lanes for Sse2 {
    const WIDTH: usize = 4;
    type Mask = __m128;
    type Sums = Halves;
    type Numbers = u64;

    #[inline(always)]
    fn splat(v: f32) -> Self {
        sse2!(Self(_mm_set1_ps(v)))
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        sse2!(Self(_mm_loadu_ps(from[..4].as_ptr())))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        sse2!(_mm_storeu_ps(to[..4].as_mut_ptr(), self.0))
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        sse2!(Self(_mm_add_ps(self.0, b.0)))
    }
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        sse2!(Self(_mm_sub_ps(self.0, b.0)))
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        sse2!(Self(_mm_mul_ps(self.0, b.0)))
    }
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        sse2!(Self(_mm_div_ps(self.0, b.0)))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        sse2!(Self(_mm_sqrt_ps(self.0)))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        sse2!(Self(_mm_and_ps(self.0, _mm_castsi128_ps(_mm_set1_epi32(0x7fff_ffff)))))
    }
    #[inline(always)]
    fn truncate(self, to: &mut [u32]) {
        sse2!(_mm_storeu_si128(to[..4].as_mut_ptr().cast(), _mm_cvttps_epi32(self.0)));
    }
    #[inline(always)]
    fn lt(self, b: Self) -> __m128 {
        sse2!(_mm_cmplt_ps(self.0, b.0))
    }
    #[inline(always)]
    fn le(self, b: Self) -> __m128 {
        sse2!(_mm_cmple_ps(self.0, b.0))
    }
    #[inline(always)]
    fn both(a: __m128, b: __m128) -> __m128 {
        sse2!(_mm_and_ps(a, b))
    }
    #[inline(always)]
    fn all(m: __m128) -> bool {
        sse2!(_mm_movemask_ps(m) == 0xf)
    }
    #[inline(always)]
    fn keep(self, m: __m128) -> Self {
        sse2!(Self(_mm_and_ps(self.0, m)))
    }
    #[inline(always)]
    fn select(m: __m128, a: Self, b: Self) -> Self {
        sse2!(Self(_mm_or_ps(_mm_and_ps(m, a.0), _mm_andnot_ps(m, b.0))))
    }
    #[inline(always)]
    fn negative(self) -> u32 {
        sse2!(_mm_movemask_ps(self.0)) as u32
    }
    #[inline(always)]
    fn pack_negative(self, n: u64, to: &mut [u16; CHUNK]) -> usize {
        pack::four(self.negative(), n, to)
    }
    apart!();
    #[inline(always)]
    fn transpose<'a>(row: impl Fn(usize) -> &'a [f32; 4]) -> [Self; 4] {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| Self::load(row(i)).0);
        sse2!({
            let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
            let (ef, gh) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
            [
                Self(_mm_movelh_ps(ab, cd)),
                Self(_mm_movehl_ps(cd, ab)),
                Self(_mm_movelh_ps(ef, gh)),
                Self(_mm_movehl_ps(gh, ef)),
            ]
        })
    }
}

/// Position and velocity, a register each.
#[derive(Clone, Copy, Debug)]
pub struct Halves {
    place: __m128,
    motion: __m128,
    apart: __m128,
    drift: __m128,
    push: __m128,
}

impl Sums for Halves {
    #[inline(always)]
    fn new(me: &Row) -> Self {
        let zero = sse2!(_mm_setzero_ps());
        let (place, motion) = (Sse2::load(me.place()).0, Sse2::load(me.motion()).0);
        Self { place, motion, apart: zero, drift: zero, push: zero }
    }
    #[inline(always)]
    fn add(&mut self, other: &Row, weight: f32) {
        sse2!({
            let d = _mm_sub_ps(self.place, Sse2::load(other.place()).0);
            let v = _mm_sub_ps(self.motion, Sse2::load(other.motion()).0);
            self.apart = _mm_add_ps(self.apart, d);
            self.drift = _mm_add_ps(self.drift, v);
            self.push = _mm_add_ps(self.push, _mm_mul_ps(_mm_set1_ps(weight), d));
        });
    }
    #[inline(always)]
    fn total(&self, count: usize) -> Total {
        let mut total = Total::NONE;
        Sse2(self.apart).store(&mut total.apart);
        Sse2(self.drift).store(&mut total.drift);
        Sse2(self.push).store(&mut total.push);
        total.apart[3] = count as f32;
        total
    }
}
