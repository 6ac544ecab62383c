//! The meter itself.

use super::account::Account;
use super::stratum::{EVEN, Pace, STRATA, stratum};
use super::{Cost, Phase};
use crate::clock::{monotonic, process_cpu, thread_cpu};

/// Charges laps to phases. It belongs to the thread that runs the role, which does
/// all of the role's work: that thread's CPU is charged in every phase, and what the
/// rest of the process used in the window is known exactly, as the residual.
#[derive(Debug)]
pub struct Meter {
    pub(super) cost: Cost,
    pub(super) accounts: [Account; STRATA],
    tick: Account,          // the one in progress
    pub(super) others: i64, // CPU of other threads in the window
    pace: Pace,
    open: bool, // a tick is in progress
    rare: bool, // of that tick
    phase: Phase,
    counting: bool, // in the window
    sampling: bool, // in a sampled tick
    entered: i64,
    began: i64,  // of the tick
    wall: i64,   // at the start of the lap
    thread: i64, // CPU clock at the start of the lap, while sampling
}

impl Meter {
    /// A meter that charges nothing until [`Meter::count`].
    #[must_use]
    pub fn new(cost: Cost) -> Self {
        Self {
            cost,
            accounts: [Account::default(); STRATA],
            tick: Account::default(),
            others: 0,
            pace: Pace::default(),
            open: false,
            rare: false,
            phase: Phase::Compute,
            counting: false,
            sampling: false,
            entered: 0,
            began: 0,
            wall: monotonic(),
            thread: 0,
        }
    }

    /// How often a phase was entered so far, in the window or not.
    #[must_use]
    pub fn entered(&self) -> i64 {
        self.entered
    }

    /// Starts the window, or ends it: laps are charged while `on` is set.
    pub fn count(&mut self, on: bool) {
        self.end_tick();
        self.open = false;
        self.counting = on;
        // Of the two clocks' differences between both ends: on the first call this
        // takes away what the second one adds.
        self.others = process_cpu() - thread_cpu() - self.others;
        self.set_sampling(false);
        self.wall = monotonic();
        self.began = self.wall;
    }

    /// Ends a tick and starts the next, in [`Phase::Compute`]. Rare ticks are those
    /// whose cost says nothing of the others. The CPU of a sampled tick is read.
    pub fn tick(&mut self, rare: bool, sampled: bool) {
        self.end_tick();
        self.open = true;
        self.rare = rare;
        self.set_sampling(sampled && self.counting);
        self.began = self.wall;
    }

    /// Ends a lap and starts one of phase `next`.
    pub fn enter(&mut self, next: Phase) {
        let now = monotonic();
        self.entered += 1;
        if self.counting {
            self.tick.wall[self.phase as usize] += now - self.wall;
            self.tick.laps[self.phase as usize] += 1;
            if self.sampling {
                self.sample(next);
            }
        }
        self.phase = next;
        self.wall = now;
    }

    /// Charges the CPU of the lap that ends.
    fn sample(&mut self, next: Phase) {
        let last = self.phase;
        self.charge(last);
        if last.blocking() && !next.blocking() {
            // The first reading behind a sleep or a system call finds cold caches and
            // costs more than was calibrated. A second one keeps that out of the lap
            // that starts; what lies between them is the meter's own.
            self.charge(Phase::Metering);
        }
    }

    fn charge(&mut self, phase: Phase) {
        let before = self.thread;
        self.thread = thread_cpu();
        self.tick.sampled_laps[phase as usize] += 1;
        self.tick.cpu[phase as usize] += self.thread - before;
    }

    /// Ends the tick in progress, whose stratum is known only now that its length is.
    fn end_tick(&mut self) {
        self.enter(Phase::Compute);
        if !self.open {
            return;
        }
        let laps: i64 = self.tick.sampled_laps.iter().sum();
        // Less the clocks, or sampled ticks would look slow.
        let duration = self.wall - self.began - (laps as f64 * self.cost.sampled) as i64;
        let length = self.pace.length(duration, self.rare);
        if self.counting {
            self.accounts[stratum(self.rare, length)].add(&self.tick, self.sampling);
            self.tick = Account::default();
        }
    }

    fn set_sampling(&mut self, on: bool) {
        if on && !self.sampling {
            self.thread = thread_cpu();
        }
        self.sampling = on;
    }

    /// What an empty sampled lap was charged with, in ns: for the calibration.
    pub(super) fn seen(&self) -> f64 {
        let compute = Phase::Compute as usize;
        let a = &self.accounts[stratum(false, EVEN)];
        a.cpu[compute] as f64 / a.sampled_laps[compute] as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lap::calibrate;

    /// Spends at least `ns` of this thread's CPU.
    fn burn(ns: i64) {
        let start = thread_cpu();
        while thread_cpu() - start < ns {}
    }

    #[test]
    fn phases_are_told_apart() {
        const TICKS: i64 = 24;
        for stride in [1, 4] {
            let mut m = Meter::new(calibrate());
            m.count(true);
            for i in 0..TICKS {
                m.tick(false, i % stride == stride - 1);
                burn(1_000_000);
                m.enter(Phase::Send);
                burn(500_000);
                m.enter(Phase::Wait);
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            m.count(false);
            let total = m.total();
            for (phase, want) in [("compute", 1e6), ("send", 5e5)] {
                let got = total.cpu_ns[phase] / TICKS as f64;
                assert!((got - want).abs() < 0.05 * want, "stride {stride}: {phase} {got} ns");
            }
            let asleep = total.cpu_ns["wait"];
            assert!(asleep < TICKS as f64 * 3e5, "stride {stride}: {asleep} ns of sleep charged");
            assert!(total.wall_ns["wait"] >= TICKS * 1_000_000);
            assert_eq!((total.ticks, total.sampled), (TICKS, TICKS / stride));
        }
    }

    #[test]
    fn nothing_is_charged_outside_the_window() {
        let mut m = Meter::new(Cost::default());
        m.tick(false, true);
        m.enter(Phase::Send);
        burn(1_000_000);
        m.count(true);
        m.count(false);
        burn(1_000_000);
        m.enter(Phase::Wait);
        let total = m.total();
        assert_eq!(total.wall_ns.get("send"), None);
        assert!(total.cpu_ns.get("send").is_none_or(|&ns| ns == 0.0), "{total:?}");
    }

    #[test]
    fn the_meter_does_not_allocate() {
        // The counter is the process's: other tests may allocate meanwhile, so the
        // least of many attempts is what the meter takes.
        let mut m = Meter::new(Cost::default());
        m.count(true);
        let least = (0..50)
            .map(|_| {
                let before = crate::alloc::COUNTING.allocated().objects;
                m.tick(false, true);
                m.enter(Phase::Wait);
                m.enter(Phase::Compute);
                crate::alloc::COUNTING.allocated().objects - before
            })
            .min();
        assert_eq!(least, Some(0));
    }
}
