//! AVX2, for machines that turn out to have it.

use core::arch::x86_64::{
    __m128, __m128i, __m256, _CMP_LE_OQ, _CMP_LT_OQ, _mm_add_epi16, _mm_add_ps, _mm_cvtepu8_epi16,
    _mm_loadl_epi64, _mm_loadu_ps, _mm_mul_ps, _mm_set1_epi16, _mm_set1_ps, _mm_setzero_ps,
    _mm_setzero_si128, _mm_storeu_ps, _mm_storeu_si128, _mm256_add_ps, _mm256_and_ps,
    _mm256_blendv_ps, _mm256_castps128_ps256, _mm256_castps256_ps128, _mm256_castsi256_ps,
    _mm256_cmp_ps, _mm256_cvttps_epi32, _mm256_div_ps, _mm256_extractf128_ps, _mm256_insertf128_ps,
    _mm256_loadu_ps, _mm256_movemask_ps, _mm256_mul_ps, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_sqrt_ps, _mm256_storeu_ps, _mm256_storeu_si256,
    _mm256_sub_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};

use crate::World;
use crate::arch::pack;
use crate::candidates::CHUNK;
use crate::lanes::{Lanes, Numbers, Sums, Task};
use crate::row::{Row, Total};
use crate::status::Fault;

/// Eight `f32` in a YMM register. Only for code that runs where AVX2 and POPCNT
/// were found: see [`step`].
#[derive(Clone, Copy, Debug)]
pub struct Avx2(__m256);

/// Calls intrinsics. Those that take an address get that of a slice which was
/// found to be long enough, and ask for no alignment.
macro_rules! avx2 {
    ($call:expr) => {
        // SAFETY: whoever uses this back end has looked for AVX2; addresses are
        // those of long enough slices.
        unsafe { $call }
    };
}

impl Lanes for Avx2 {
    const WIDTH: usize = 8;
    type Mask = __m256;
    type Sums = Whole;
    type Numbers = __m128i;

    #[inline(always)]
    fn splat(v: f32) -> Self {
        avx2!(Self(_mm256_set1_ps(v)))
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        avx2!(Self(_mm256_loadu_ps(from[..8].as_ptr())))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        avx2!(_mm256_storeu_ps(to[..8].as_mut_ptr(), self.0))
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        avx2!(Self(_mm256_add_ps(self.0, b.0)))
    }
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        avx2!(Self(_mm256_sub_ps(self.0, b.0)))
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        avx2!(Self(_mm256_mul_ps(self.0, b.0)))
    }
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        avx2!(Self(_mm256_div_ps(self.0, b.0)))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        avx2!(Self(_mm256_sqrt_ps(self.0)))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        avx2!(Self(_mm256_and_ps(self.0, _mm256_castsi256_ps(_mm256_set1_epi32(0x7fff_ffff)))))
    }
    #[inline(always)]
    fn truncate(self, to: &mut [u32]) {
        avx2!(_mm256_storeu_si256(to[..8].as_mut_ptr().cast(), _mm256_cvttps_epi32(self.0)));
    }
    #[inline(always)]
    fn lt(self, b: Self) -> __m256 {
        avx2!(_mm256_cmp_ps::<_CMP_LT_OQ>(self.0, b.0))
    }
    #[inline(always)]
    fn le(self, b: Self) -> __m256 {
        avx2!(_mm256_cmp_ps::<_CMP_LE_OQ>(self.0, b.0))
    }
    #[inline(always)]
    fn both(a: __m256, b: __m256) -> __m256 {
        avx2!(_mm256_and_ps(a, b))
    }
    #[inline(always)]
    fn all(m: __m256) -> bool {
        avx2!(_mm256_movemask_ps(m) == 0xff)
    }
    #[inline(always)]
    fn keep(self, m: __m256) -> Self {
        avx2!(Self(_mm256_and_ps(self.0, m)))
    }
    #[inline(always)]
    fn select(m: __m256, a: Self, b: Self) -> Self {
        avx2!(Self(_mm256_blendv_ps(b.0, a.0, m)))
    }
    #[inline(always)]
    fn negative(self) -> u32 {
        avx2!(_mm256_movemask_ps(self.0)) as u32 & 0xff
    }
    #[inline(always)]
    fn pack_negative(self, n: __m128i, to: &mut [u16; CHUNK]) -> usize {
        avx2!({
            let bits = self.negative() as usize;
            let lanes = _mm_cvtepu8_epi16(_mm_loadl_epi64(pack::EIGHT[bits].as_ptr().cast()));
            _mm_storeu_si128(to.as_mut_ptr().cast(), _mm_add_epi16(n, lanes));
            bits.count_ones() as usize
        })
    }
    #[inline(always)]
    fn apart<T: Task>(task: T) -> T::Output {
        #[target_feature(enable = "avx2,popcnt")]
        #[inline(never)]
        fn run<T: Task>(task: T) -> T::Output {
            task.run()
        }
        avx2!(run(task))
    }
    #[inline(always)]
    fn transpose<'a>(row: impl Fn(usize) -> &'a [f32; 4]) -> [Self; 4] {
        let (a, b) = (pair(row(0), row(4)), pair(row(1), row(5)));
        let (c, d) = (pair(row(2), row(6)), pair(row(3), row(7)));
        avx2!({
            let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
            let (ef, gh) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
            [
                Self(_mm256_shuffle_ps::<0b01_00_01_00>(ab, cd)),
                Self(_mm256_shuffle_ps::<0b11_10_11_10>(ab, cd)),
                Self(_mm256_shuffle_ps::<0b01_00_01_00>(ef, gh)),
                Self(_mm256_shuffle_ps::<0b11_10_11_10>(ef, gh)),
            ]
        })
    }
}

impl Numbers for __m128i {
    #[inline(always)]
    fn first() -> __m128i {
        avx2!(_mm_setzero_si128())
    }
    #[inline(always)]
    fn next(self) -> __m128i {
        avx2!(_mm_add_epi16(self, _mm_set1_epi16(8)))
    }
}

/// Two rows in one register.
#[inline(always)]
fn pair(low: &[f32; 4], high: &[f32; 4]) -> __m256 {
    avx2!({
        let low = _mm256_castps128_ps256(_mm_loadu_ps(low.as_ptr()));
        _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(high.as_ptr()))
    })
}

/// [`crate::step()`] with AVX2.
///
/// # Safety
///
/// The processor must have AVX2, and POPCNT with it.
#[target_feature(enable = "avx2,popcnt")]
pub fn step<const D: usize>(world: &mut World<'_>) -> Result<u64, Fault> {
    crate::step::<Avx2, D>(world)
}

/// [`crate::perceive`] with AVX2.
///
/// # Safety
///
/// The processor must have AVX2, and POPCNT with it.
#[target_feature(enable = "avx2,popcnt")]
pub fn perceive<const D: usize>(world: &mut World<'_>) -> Result<u64, Fault> {
    crate::perceive::<Avx2, D>(world)
}

/// [`crate::sort`] with AVX2.
///
/// # Safety
///
/// The processor must have AVX2, and POPCNT with it.
#[target_feature(enable = "avx2,popcnt")]
pub fn sort<const D: usize>(world: &mut World<'_>) -> Result<(), Fault> {
    crate::sort::<Avx2, D>(world)
}

/// Position and velocity in one register.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    me: __m256,
    offsets: __m256,
    push: __m128,
}

impl Sums for Whole {
    #[inline(always)]
    fn new(me: &Row) -> Self {
        let (me, zero) = (Avx2::load(&me.0).0, avx2!(_mm256_setzero_ps()));
        Self { me, offsets: zero, push: avx2!(_mm_setzero_ps()) }
    }
    #[inline(always)]
    fn add(&mut self, other: &Row, weight: f32) {
        avx2!({
            let offset = _mm256_sub_ps(self.me, Avx2::load(&other.0).0);
            self.offsets = _mm256_add_ps(self.offsets, offset);
            let push = _mm_mul_ps(_mm_set1_ps(weight), _mm256_castps256_ps128(offset));
            self.push = _mm_add_ps(self.push, push);
        });
    }
    #[inline(always)]
    fn total(&self, count: usize) -> Total {
        let mut total = Total::NONE;
        avx2!({
            _mm_storeu_ps(total.apart.as_mut_ptr(), _mm256_castps256_ps128(self.offsets));
            _mm_storeu_ps(total.drift.as_mut_ptr(), _mm256_extractf128_ps::<1>(self.offsets));
            _mm_storeu_ps(total.push.as_mut_ptr(), self.push);
        });
        total.apart[3] = count as f32;
        total
    }
}
