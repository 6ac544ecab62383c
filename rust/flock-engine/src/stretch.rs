//! The CPU of the process along the window: see docs/meter.md.

use std::collections::BTreeMap;

use crate::clock::{monotonic, process_cpu};
use crate::control::Config;

/// Into how many stretches a window is cut at most; the same in all runtimes.
const MOST: u64 = 60;

/// Reads the clocks where a stretch of the window begins, and at the end of the last.
#[derive(Debug, Default)]
pub struct Cutter {
    next: u64, // epochs
    step: u64,
    last: u64,
    cpu: Vec<i64>,
    wall: Vec<i64>,
}

impl Cutter {
    /// Has room for all readings, so that none allocates.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let step = config.ticks.div_ceil(MOST).max(1);
        let count = config.ticks / step;
        let room = usize::try_from(count).map_or(0, |count| count + 1);
        Self {
            next: config.warm_up,
            step,
            last: config.warm_up + count * step,
            cpu: Vec::with_capacity(room),
            wall: Vec::with_capacity(room),
        }
    }

    /// Is told that the tick of an epoch is about to begin.
    pub fn pass(&mut self, epoch: u64) {
        if epoch == self.next && epoch <= self.last {
            self.cpu.push(process_cpu());
            self.wall.push(monotonic());
            self.next += self.step;
        }
    }

    /// What was read, stretch by stretch, by the names of docs/results-format.md.
    #[must_use]
    pub fn series(&self) -> BTreeMap<&'static str, Vec<i64>> {
        let lengths = |read: &[i64]| read.windows(2).map(|w| w[1] - w[0]).collect();
        BTreeMap::from([
            ("stretch_cpu_ns", lengths(&self.cpu)),
            ("stretch_wall_ns", lengths(&self.wall)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_cut_as_in_go() {
        // As in TestStretchTicks of internal/control.
        let wants =
            [(60, 1, 60), (120, 2, 60), (1800, 30, 60), (100, 2, 50), (61, 2, 30), (7, 1, 7)];
        for (ticks, step, count) in wants {
            let config = Config { boids: 1, seed: 1, warm_up: 5, ticks, slots: 3 };
            let mut cutter = Cutter::new(&config);
            let room = cutter.cpu.capacity();
            for epoch in 0..=config.last_epoch() {
                cutter.pass(epoch);
            }
            let series = cutter.series();
            let got =
                (cutter.step, series["stretch_cpu_ns"].len(), series["stretch_wall_ns"].len());
            assert_eq!(got, (step, count, count), "{ticks} ticks");
            assert_eq!(cutter.cpu.capacity(), room, "{ticks} ticks");
            assert!(series["stretch_wall_ns"].iter().all(|&ns| ns > 0), "{series:?}");
        }
    }
}
