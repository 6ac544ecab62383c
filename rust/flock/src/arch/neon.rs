//! NEON, which every `aarch64` has. Its fused multiply-adds are not used: they
//! round once where the others round twice.

use core::arch::aarch64::{
    float32x4_t, uint32x4_t, vabsq_f32, vaddq_f32, vaddvq_u32, vandq_u32, vbslq_f32, vcleq_f32,
    vcltq_f32, vcvtq_u32_f32, vdivq_f32, vdupq_n_f32, vld1q_f32, vld1q_u32, vminvq_u32, vmulq_f32,
    vreinterpretq_f32_f64, vreinterpretq_f32_u32, vreinterpretq_f64_f32, vreinterpretq_s32_f32,
    vreinterpretq_u32_f32, vreinterpretq_u32_s32, vshrq_n_s32, vsqrtq_f32, vst1q_f32, vst1q_u32,
    vsubq_f32, vtrn1q_f32, vtrn1q_f64, vtrn2q_f32, vtrn2q_f64,
};

use crate::arch::pack;
use crate::candidates::CHUNK;
use crate::lanes::{Lanes, Sums, apart};
use crate::row::{Row, Total};

/// Four `f32` in a V register.
#[derive(Clone, Copy, Debug)]
pub struct Neon(float32x4_t);

/// Calls intrinsics. Those that take an address get that of a slice which was
/// found to be long enough, and ask for no alignment but that of an element.
macro_rules! neon {
    ($call:expr) => {
        // SAFETY: NEON is part of aarch64; addresses are those of long enough slices.
        unsafe { $call }
    };
}

/// What each lane of a mask adds to its sum: the lane's bit in the lower byte, and
/// one to the count in the byte above. NEON can neither gather the bits of a mask
/// nor count those of a general register, but add across lanes it can.
const WEIGHTS: [u32; 4] = [0x101, 0x102, 0x104, 0x108];

impl Neon {
    /// The sign bits in the lower byte, and their number in the byte above.
    #[inline(always)]
    fn signs(self) -> u32 {
        neon!({
            let negative = vshrq_n_s32::<31>(vreinterpretq_s32_f32(self.0));
            let weights = vld1q_u32(WEIGHTS.as_ptr());
            vaddvq_u32(vandq_u32(vreinterpretq_u32_s32(negative), weights))
        })
    }
}

impl Lanes for Neon {
    const WIDTH: usize = 4;
    type Numbers = u64;
    type Mask = uint32x4_t;
    type Sums = Halves;

    #[inline(always)]
    fn splat(v: f32) -> Self {
        neon!(Self(vdupq_n_f32(v)))
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        neon!(Self(vld1q_f32(from[..4].as_ptr())))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        neon!(vst1q_f32(to[..4].as_mut_ptr(), self.0))
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        neon!(Self(vaddq_f32(self.0, b.0)))
    }
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        neon!(Self(vsubq_f32(self.0, b.0)))
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        neon!(Self(vmulq_f32(self.0, b.0)))
    }
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        neon!(Self(vdivq_f32(self.0, b.0)))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        neon!(Self(vsqrtq_f32(self.0)))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        neon!(Self(vabsq_f32(self.0)))
    }
    #[inline(always)]
    fn truncate(self, to: &mut [u32]) {
        neon!(vst1q_u32(to[..4].as_mut_ptr(), vcvtq_u32_f32(self.0)));
    }
    #[inline(always)]
    fn lt(self, b: Self) -> uint32x4_t {
        neon!(vcltq_f32(self.0, b.0))
    }
    #[inline(always)]
    fn le(self, b: Self) -> uint32x4_t {
        neon!(vcleq_f32(self.0, b.0))
    }
    #[inline(always)]
    fn both(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        neon!(vandq_u32(a, b))
    }
    #[inline(always)]
    fn all(m: uint32x4_t) -> bool {
        neon!(vminvq_u32(m) == u32::MAX)
    }
    #[inline(always)]
    fn keep(self, m: uint32x4_t) -> Self {
        neon!(Self(vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(self.0), m))))
    }
    #[inline(always)]
    fn select(m: uint32x4_t, a: Self, b: Self) -> Self {
        neon!(Self(vbslq_f32(m, a.0, b.0)))
    }
    #[inline(always)]
    fn negative(self) -> u32 {
        self.signs() & 0xf
    }
    #[inline(always)]
    fn pack_negative(self, n: u64, to: &mut [u16; CHUNK]) -> usize {
        let signs = self.signs();
        // Its own count is not used: it takes a way through the vector registers.
        pack::four(signs & 0xf, n, to);
        (signs >> 8) as usize
    }
    apart!();
    #[inline(always)]
    fn transpose<'a>(row: impl Fn(usize) -> &'a [f32; 4]) -> [Self; 4] {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| Self::load(row(i)).0);
        neon!({
            let (ab, cd) = (vtrn1q_f32(a, b), vtrn1q_f32(c, d));
            let (ef, gh) = (vtrn2q_f32(a, b), vtrn2q_f32(c, d));
            [lower(ab, cd), lower(ef, gh), upper(ab, cd), upper(ef, gh)]
        })
    }
}

/// The lower halves of both.
#[inline(always)]
fn lower(a: float32x4_t, b: float32x4_t) -> Neon {
    neon!({
        let (a, b) = (vreinterpretq_f64_f32(a), vreinterpretq_f64_f32(b));
        Neon(vreinterpretq_f32_f64(vtrn1q_f64(a, b)))
    })
}

/// The upper halves of both.
#[inline(always)]
fn upper(a: float32x4_t, b: float32x4_t) -> Neon {
    neon!({
        let (a, b) = (vreinterpretq_f64_f32(a), vreinterpretq_f64_f32(b));
        Neon(vreinterpretq_f32_f64(vtrn2q_f64(a, b)))
    })
}

/// Position and velocity, a register each.
#[derive(Clone, Copy, Debug)]
pub struct Halves {
    place: float32x4_t,
    motion: float32x4_t,
    apart: float32x4_t,
    drift: float32x4_t,
    push: float32x4_t,
}

impl Sums for Halves {
    #[inline(always)]
    fn new(me: &Row) -> Self {
        let zero = neon!(vdupq_n_f32(0.0));
        let (place, motion) = (Neon::load(me.place()).0, Neon::load(me.motion()).0);
        Self { place, motion, apart: zero, drift: zero, push: zero }
    }
    #[inline(always)]
    fn add(&mut self, other: &Row, weight: f32) {
        neon!({
            let d = vsubq_f32(self.place, Neon::load(other.place()).0);
            let v = vsubq_f32(self.motion, Neon::load(other.motion()).0);
            self.apart = vaddq_f32(self.apart, d);
            self.drift = vaddq_f32(self.drift, v);
            self.push = vaddq_f32(self.push, vmulq_f32(vdupq_n_f32(weight), d));
        });
    }
    #[inline(always)]
    fn total(&self, count: usize) -> Total {
        let mut total = Total::NONE;
        Neon(self.apart).store(&mut total.apart);
        Neon(self.drift).store(&mut total.drift);
        Neon(self.push).store(&mut total.push);
        total.apart[3] = count as f32;
        total
    }
}
