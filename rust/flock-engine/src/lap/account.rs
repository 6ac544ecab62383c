//! What was charged in the ticks of one stratum.

use super::{Cost, PHASES, Phase};

/// Sums over the ticks of one stratum, or of one tick. Arrays are by phase, times
/// in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Account {
    /// Wall clock, of every lap.
    pub wall: [i64; PHASES],
    /// CPU of the laps of sampled ticks, as read.
    pub cpu: [i64; PHASES],
    /// Laps, all of them.
    pub laps: [i64; PHASES],
    /// Laps whose CPU was read.
    pub sampled_laps: [i64; PHASES],
    /// Ticks.
    pub ticks: i64,
    /// Ticks whose CPU was read.
    pub sampled: i64,
}

impl Account {
    /// Adds one tick.
    pub fn add(&mut self, tick: &Self, sampled: bool) {
        for p in 0..PHASES {
            self.wall[p] += tick.wall[p];
            self.cpu[p] += tick.cpu[p];
            self.laps[p] += tick.laps[p];
            self.sampled_laps[p] += tick.sampled_laps[p];
        }
        self.ticks += 1;
        self.sampled += i64::from(sampled);
    }

    /// The CPU of each phase, in ns, over so many ticks as the sampled ones stand for:
    /// what was read, less what an empty lap is seen to cost, scaled; and the
    /// meter's cost in this account's own ticks, which is known for every lap.
    pub fn cpu_ns(&self, cost: &Cost, ticks: i64) -> [f64; PHASES] {
        let mut cpu = [0.0; PHASES];
        for p in Phase::CHARGED.map(|p| p as usize) {
            let sampled_laps = self.sampled_laps[p] as f64;
            if self.sampled > 0 {
                let scale = ticks as f64 / self.sampled as f64;
                cpu[p] = (self.cpu[p] as f64 - cost.seen * sampled_laps) * scale;
            }
            let plain_laps = (self.laps[p] - self.sampled_laps[p]) as f64;
            cpu[Phase::Metering as usize] += cost.plain * plain_laps + cost.sampled * sampled_laps;
        }
        cpu[Phase::Metering as usize] += self.cpu[Phase::Metering as usize] as f64;
        cpu
    }
}
