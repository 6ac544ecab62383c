//! The back ends that this machine has.

use flock::arch::scalar::Scalar;
use flock::status::Fault;
use flock::{Native, World};

/// One tick of a world, by one back end.
pub type Step = fn(&mut World<'_>) -> Result<u64, Fault>;

/// A back end by name, for worlds of one number of dimensions.
#[derive(Clone, Copy)]
pub struct BackEnd {
    pub name: &'static str,
    pub step: Step,
}

/// The back ends of this machine for `D` dimensions, the reference first.
pub fn all<const D: usize>() -> Vec<BackEnd> {
    let mut all = vec![
        BackEnd { name: "scalar", step: |w| flock::step::<Scalar, D>(w) },
        BackEnd { name: "native", step: |w| flock::step::<Native, D>(w) },
    ];
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 was found, and every processor with it has POPCNT.
        let step: Step = |w| unsafe { flock::arch::avx2::step::<D>(w) };
        all.push(BackEnd { name: "avx2", step });
    } else {
        println!("SKIPPED: this processor has no AVX2");
    }
    all
}

#[test]
fn there_is_something_to_compare() {
    use flock::lanes::Lanes;
    let (wide, found) = (<Native as Lanes>::WIDTH, all::<3>().len());
    if wide == 1 {
        println!("SKIPPED: this target has the scalar back end only");
        return;
    }
    assert!(found >= 2, "{found} back ends");
}
