//! Loops that keep the arithmetic units of one core busy.

use flock::arch::scalar::Scalar;
use flock::lanes::{Lanes, Task};

/// So many chains that wait for nothing but themselves: four cycles of latency on
/// two units need eight, and with their operand they fit into sixteen registers.
const CHAINS: usize = 12;
/// Candidates looked at in a round of [`Mix`].
pub const CANDIDATES: usize = 4;
/// Additions, subtractions and multiplications a candidate: d = p − pⱼ takes three,
/// d·d five, and the comparison with r² one.
pub const MIX: usize = 9;
/// Additions in a round of [`Counter`].
pub const COUNTS: usize = 64;

/// Values that can be hidden from the compiler in a register.
pub trait Opaque: Lanes {
    /// The same value. It costs nothing, and the compiler can neither foresee it
    /// nor compute it together with others: without, LLVM would make vectors of
    /// scalar chains, and drop what nobody reads.
    #[must_use]
    fn opaque(self) -> Self;
}

/// Hides lanes in a register of a class, in a function that has the features which
/// the class asks for, and is inlined where the caller has them too.
macro_rules! opaque {
    ($lanes:ty, $register:ty, $class:ident $(, $feature:literal)?) => {
        impl Opaque for $lanes {
            #[inline(always)]
            fn opaque(self) -> Self {
                $(#[target_feature(enable = $feature)])?
                #[inline]
                #[allow(asm_sub_register)] // the name of the register is a comment
                fn hide(mut register: $register) -> $register {
                    // SAFETY: the assembly is a comment.
                    unsafe {
                        std::arch::asm!(
                            "/* {0} */",
                            inout($class) register,
                            options(nomem, nostack, preserves_flags)
                        );
                    }
                    register
                }
                // SAFETY: the lanes are one field of this type and of this size;
                // whoever uses a back end has looked for its features.
                unsafe {
                    let register = std::mem::transmute::<$lanes, $register>(self);
                    std::mem::transmute::<$register, $lanes>(hide(register))
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use super::{Opaque, Scalar};
    use flock::arch::{avx2::Avx2, sse2::Sse2};
    use std::arch::x86_64::{__m128, __m256};

    opaque!(Scalar, f32, xmm_reg);
    opaque!(Sse2, __m128, xmm_reg);
    opaque!(Avx2, __m256, ymm_reg, "avx2,popcnt");
}

#[cfg(target_arch = "aarch64")]
mod aarch64 {
    use super::{Opaque, Scalar};
    use flock::arch::neon::Neon;
    use std::arch::aarch64::float32x4_t;

    opaque!(Scalar, f32, vreg);
    opaque!(Neon, float32x4_t, vreg);
}

/// Adds to, or multiplies, independent chains: 12 operations a round.
pub struct Chains<V, const MULTIPLY: bool> {
    /// How often.
    pub rounds: u64,
    /// What to add or multiply with.
    pub operand: V,
}

impl<V, const MULTIPLY: bool> Chains<V, MULTIPLY> {
    /// Vector operations a round.
    pub const OPERATIONS: usize = CHAINS;
}

impl<V: Opaque, const MULTIPLY: bool> Task for Chains<V, MULTIPLY> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let operand = self.operand.opaque();
        let mut chains = [V::splat(1.0).opaque(); CHAINS];
        for _ in 0..self.rounds {
            let mut i = 0;
            while i < CHAINS {
                let next = if MULTIPLY { chains[i].mul(operand) } else { chains[i].add(operand) };
                chains[i] = next.opaque();
                i += 1;
            }
        }
    }
}

/// Looks at candidates as the force loop does, without memory: the squared distance
/// of [`CANDIDATES`] vectors of them a round, less the squared radius.
pub struct Mix<V> {
    /// How often.
    pub rounds: u64,
    /// A coordinate of everybody.
    pub place: V,
}

impl<V: Opaque> Task for Mix<V> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let (x, y, z) = (self.place.opaque(), self.place.opaque(), self.place.opaque());
        let square = V::splat(1.0).opaque();
        let mut other = [self.place.opaque(), self.place.opaque(), self.place.opaque()];
        for _ in 0..self.rounds {
            let mut i = 0;
            while i < CANDIDATES {
                // As if they were others each time: nothing of the round before holds.
                other = [other[0].opaque(), other[1].opaque(), other[2].opaque()];
                let _ = excess([x, y, z], other, square);
                i += 1;
            }
        }
    }
}

/// d² − r², every step of it hidden: LLVM makes vectors of three axes, too.
#[inline(always)]
fn excess<V: Opaque>(me: [V; 3], other: [V; 3], square: V) -> V {
    let x = me[0].sub(other[0]).opaque();
    let y = me[1].sub(other[1]).opaque();
    let z = me[2].sub(other[2]).opaque();
    let (xx, yy, zz) = (x.mul(x).opaque(), y.mul(y).opaque(), z.mul(z).opaque());
    xx.add(yy).opaque().add(zz).opaque().sub(square).opaque()
}

/// Adds integers, each to the sum before: [`COUNTS`] a round. By a register, since
/// some processors add constants while they rename, in no time.
pub fn counter(rounds: u64) {
    let mut sum = hidden(0);
    let one = hidden(1);
    for _ in 0..rounds {
        for _ in 0..COUNTS {
            sum = hidden(sum + one);
        }
    }
}

/// The same number, in a register.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
fn hidden(mut v: u64) -> u64 {
    // SAFETY: the assembly is a comment.
    unsafe {
        std::arch::asm!("/* {0} */", inout(reg) v, options(nomem, nostack, preserves_flags));
    }
    v
}
