//! What one lap of the meter costs.

use super::{Meter, Phase};
use crate::clock::thread_cpu;

/// The cost of an empty lap, in ns of CPU.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// With the wall clock only.
    pub plain: f64,
    /// With the thread's clock.
    pub sampled: f64,
    /// What an empty sampled lap is charged with.
    pub seen: f64,
}

const ROUNDS: usize = 9; // of which the median is taken
const LAPS: usize = 1000; // a round

/// Measures empty laps on this thread, in some 10 ms.
#[must_use]
pub fn calibrate() -> Cost {
    let (mut plain, mut sampled, mut seen) = ([0.0; ROUNDS], [0.0; ROUNDS], [0.0; ROUNDS]);
    for round in 0..ROUNDS {
        plain[round] = empty_laps(&mut Meter::new(Cost::default()), false);
        let mut meter = Meter::new(Cost::default());
        sampled[round] = empty_laps(&mut meter, true);
        seen[round] = meter.seen();
    }
    Cost { plain: median(plain), sampled: median(sampled), seen: median(seen) }
}

/// Runs empty laps and returns the CPU of one.
fn empty_laps(meter: &mut Meter, sampled: bool) -> f64 {
    meter.count(true);
    meter.tick(false, sampled);
    let start = thread_cpu();
    for _ in 0..LAPS {
        meter.enter(Phase::Compute);
    }
    let used = thread_cpu() - start;
    meter.count(false);
    used as f64 / LAPS as f64
}

fn median(mut values: [f64; ROUNDS]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[ROUNDS / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibration_is_plausible() {
        let cost = calibrate();
        assert!(0.0 < cost.plain && cost.plain < cost.sampled, "{cost:?}");
        assert!(0.0 < cost.seen && cost.seen < 1.5 * cost.sampled, "{cost:?}");
    }
}
