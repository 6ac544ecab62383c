//! SSE2, which every `x86_64` has.

use core::arch::x86_64::{
    __m128, __m128i, _mm_add_ps, _mm_and_ps, _mm_andnot_ps, _mm_castps_si128, _mm_castsi128_ps,
    _mm_cmple_ps, _mm_cmplt_ps, _mm_cvtepi32_ps, _mm_cvttps_epi32, _mm_div_ps, _mm_loadu_ps,
    _mm_movehl_ps, _mm_movelh_ps, _mm_movemask_ps, _mm_mul_ps, _mm_or_ps, _mm_set1_epi32,
    _mm_set1_ps, _mm_setzero_si128, _mm_shuffle_ps, _mm_sqrt_ps, _mm_storeu_ps, _mm_storeu_si128,
    _mm_sub_epi32, _mm_sub_ps,
};

use crate::lanes::Lanes;

/// Four `f32` in an XMM register.
#[derive(Clone, Copy, Debug)]
pub struct Sse2(__m128);

/// Calls intrinsics. Those that take an address get that of a reference to 16
/// bytes, and ask for no alignment.
macro_rules! sse2 {
    ($call:expr) => {
        // SAFETY: SSE2 is part of x86_64; addresses are those of references.
        unsafe { $call }
    };
}

impl Lanes for Sse2 {
    type Mask = __m128;
    type Tally = __m128i;

    #[inline(always)]
    fn splat(v: f32) -> Self {
        sse2!(Self(_mm_set1_ps(v)))
    }
    #[inline(always)]
    fn load(from: &[f32; 4]) -> Self {
        sse2!(Self(_mm_loadu_ps(from.as_ptr())))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; 4]) {
        sse2!(_mm_storeu_ps(to.as_mut_ptr(), self.0))
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
    fn truncate(self) -> [u32; 4] {
        let mut to = [0u32; 4];
        sse2!(_mm_storeu_si128(to.as_mut_ptr().cast(), _mm_cvttps_epi32(self.0)));
        to
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
    fn any(m: __m128) -> bool {
        sse2!(_mm_movemask_ps(m) != 0)
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
    fn no_tally() -> __m128i {
        sse2!(_mm_setzero_si128())
    }
    #[inline(always)]
    fn tally(t: __m128i, m: __m128) -> __m128i {
        // A set lane is −1.
        sse2!(_mm_sub_epi32(t, _mm_castps_si128(m)))
    }
    #[inline(always)]
    fn counted(t: __m128i) -> Self {
        sse2!(Self(_mm_cvtepi32_ps(t)))
    }
    #[inline(always)]
    fn sum_rows([a, b, c, d]: [Self; 4]) -> Self {
        sse2!({
            // a0+a2 a1+a3 b0+b2 b1+b3, and the same of c and d
            let ab = _mm_add_ps(_mm_movelh_ps(a.0, b.0), _mm_movehl_ps(b.0, a.0));
            let cd = _mm_add_ps(_mm_movelh_ps(c.0, d.0), _mm_movehl_ps(d.0, c.0));
            let even = _mm_shuffle_ps::<0b10_00_10_00>(ab, cd);
            let odd = _mm_shuffle_ps::<0b11_01_11_01>(ab, cd);
            Self(_mm_add_ps(even, odd))
        })
    }
}
