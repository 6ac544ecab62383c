//! The back ends of this target, and which of them this processor has.

use flock::World;
use flock::arch::scalar::Scalar;
use flock::status::{Fault, Status};

/// One way to spell the arithmetic of a step. All of them give the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// One float after the other: the reference.
    Scalar,
    /// Four floats.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// Eight floats.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Four floats.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

/// How much of a step to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Check and sort.
    Sort,
    /// Sort, and add up the neighbours.
    Perceive,
    /// All of it, which writes a frame.
    Step,
}

impl Backend {
    /// Those of this target, the slowest first.
    #[cfg(target_arch = "x86_64")]
    pub const ALL: &[Self] = &[Self::Scalar, Self::Sse2, Self::Avx2];
    /// Those of this target, the slowest first.
    #[cfg(target_arch = "aarch64")]
    pub const ALL: &[Self] = &[Self::Scalar, Self::Neon];
    /// Those of this target, the slowest first.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub const ALL: &[Self] = &[Self::Scalar];

    /// What the processor lacks to run this back end; nothing when it can.
    #[must_use]
    pub fn missing(self) -> Option<&'static str> {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 if !is_x86_feature_detected!("avx2") => Some("no AVX2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 if !is_x86_feature_detected!("popcnt") => Some("no POPCNT"),
            _ => None,
        }
    }

    /// Those that this processor can run, the slowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|b| b.missing().is_none())
    }

    /// The fastest that this processor can run.
    #[must_use]
    pub fn best() -> Self {
        Self::available().last().unwrap_or(Self::Scalar)
    }

    /// Its name in requests and results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => "sse2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "neon",
        }
    }

    /// Does `phase` of the next step of `world` on one core. Returns the neighbours
    /// that all boids have together, 0 where nobody looked for them.
    ///
    /// # Panics
    ///
    /// When the processor cannot run this back end: see [`Self::missing`].
    pub fn run(self, phase: Phase, dimensions: usize, world: &mut World<'_>) -> Result<u64, Fault> {
        match dimensions {
            2 => self.run_in::<2>(phase, world),
            3 => self.run_in::<3>(phase, world),
            _ => Err(Fault::at(Status::Descriptor, 0)),
        }
    }

    fn run_in<const D: usize>(self, phase: Phase, world: &mut World<'_>) -> Result<u64, Fault> {
        self.demand();
        match self {
            Self::Scalar => alone::<Scalar, D>(phase, world),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => alone::<flock::arch::sse2::Sse2, D>(phase, world),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => alone::<flock::arch::neon::Neon, D>(phase, world),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                use flock::arch::avx2::{perceive, sort, step};
                // SAFETY: the processor has AVX2 and POPCNT: demanded above.
                unsafe {
                    match phase {
                        Phase::Sort => sort::<D>(world).map(|()| 0),
                        Phase::Perceive => perceive::<D>(world),
                        Phase::Step => step::<D>(world),
                    }
                }
            }
        }
    }

    /// Panics when the processor cannot run this back end: its instructions would be
    /// undefined.
    pub(crate) fn demand(self) {
        if let Some(reason) = self.missing() {
            panic!("back end {}: {reason}", self.name());
        }
    }
}

/// A phase with a back end that every machine of this target has.
fn alone<V: flock::lanes::Lanes, const D: usize>(
    phase: Phase,
    world: &mut World<'_>,
) -> Result<u64, Fault> {
    match phase {
        Phase::Sort => flock::sort::<V, D>(world).map(|()| 0),
        Phase::Perceive => flock::perceive::<V, D>(world),
        Phase::Step => flock::step::<V, D>(world),
    }
}

/// Evaluates an expression in which `$V` names the lanes of a back end, which the
/// processor must have: it panics otherwise.
macro_rules! with_lanes {
    ($backend:expr, $V:ident => $e:expr) => {{
        let backend: $crate::Backend = $backend;
        backend.demand();
        match backend {
            $crate::Backend::Scalar => {
                type $V = flock::arch::scalar::Scalar;
                $e
            }
            #[cfg(target_arch = "x86_64")]
            $crate::Backend::Sse2 => {
                type $V = flock::arch::sse2::Sse2;
                $e
            }
            #[cfg(target_arch = "x86_64")]
            $crate::Backend::Avx2 => {
                type $V = flock::arch::avx2::Avx2;
                $e
            }
            #[cfg(target_arch = "aarch64")]
            $crate::Backend::Neon => {
                type $V = flock::arch::neon::Neon;
                $e
            }
        }
    }};
}
pub(crate) use with_lanes;
