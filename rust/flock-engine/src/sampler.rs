//! Which ticks have their CPU read: the draw of the Go roles, so that an engine of
//! either kind is sampled in the same way.

use flock::layout::GENERATION_TICKS;

use crate::clock::process_cpu;
use crate::control::Config;
use crate::lap::Cost;

/// The share of the process's CPU that reading the clock in ordinary ticks may take.
const METER_BUDGET: f64 = 0.0025;
/// Rare ticks, being few, are sampled so many times as densely.
const RARE_FACTOR: i64 = 10;
/// So many ordinary ticks are sampled however short the window is.
const MIN_SAMPLED: i64 = 12;
/// The same of rare ticks, if there are as many.
const MIN_RARE: i64 = 6;

/// Draws the ticks: in each group of `stride` ticks of a list, of ordinary or of rare
/// ones, it draws one, at a place found by hashing, so that no period of the system can
/// fall in step with the sample.
#[derive(Clone, Copy, Debug)]
pub struct Sampler {
    seed: u64,
    cost: Cost,
    stride: [i64; 2],
    seen: [i64; 2], // ticks of the window so far
    cpu: i64,       // when observe was called
    entered: i64,
}

/// Whether the tick is the last of a generation or the first, which carries the next
/// genome.
#[must_use]
pub const fn is_rare(epoch: u64) -> bool {
    let t = epoch % GENERATION_TICKS as u64;
    t == 0 || t == GENERATION_TICKS as u64 - 1
}

impl Sampler {
    /// A sampler of the trial's seed.
    #[must_use]
    pub fn new(seed: u64, cost: Cost) -> Self {
        Self { seed, cost, stride: [1; 2], seen: [0; 2], cpu: 0, entered: 0 }
    }

    /// The length of a group of ordinary ticks.
    #[must_use]
    pub fn stride(&self) -> i64 {
        self.stride[0]
    }

    /// Starts to watch what ticks cost. `entered` is the meter's count.
    pub fn observe(&mut self, entered: i64) {
        self.cpu = process_cpu();
        self.entered = entered;
    }

    /// Ends the watching and sets the strides.
    pub fn settle(&mut self, config: &Config, entered: i64) {
        let ticks = (config.warm_up - config.warm_up / 2) as f64;
        let cpu = (process_cpu() - self.cpu) as f64;
        let laps = (entered - self.entered) as f64 / ticks;
        let clocks = laps * (self.cost.sampled - self.cost.plain);
        let window = config.ticks as i64;
        self.stride[0] = stride(clocks, cpu / ticks, window / MIN_SAMPLED);
        let rares = 2 * window / GENERATION_TICKS as i64;
        self.stride[1] = (self.stride[0] / RARE_FACTOR).min(rares / MIN_RARE).max(1);
    }

    /// Whether the next tick of the window, from either list, is sampled.
    pub fn draw(&mut self, rare: bool) -> bool {
        let list = usize::from(rare);
        let (i, stride) = (self.seen[list] as u64, self.stride[list] as u64);
        self.seen[list] += 1;
        let group = (i / stride) << 8 | list as u64;
        i % stride == mix(self.seed ^ mix(group)) % stride
    }
}

/// The length of a group: long enough for the clock of one tick to be within the
/// budget of all, and no longer than `most`.
fn stride(clocks_ns: f64, tick_ns: f64, most: i64) -> i64 {
    let want = (clocks_ns / (METER_BUDGET * tick_ns)).ceil();
    if want > 1.0 {
        // A cast of an infinite float gives the largest integer.
        (want as i64).min(most).max(1)
    } else {
        1 // also a process that used no CPU that the clock can see
    }
}

/// The finalizer of `SplitMix64` behind one step of its counter.
const fn mix(x: u64) -> u64 {
    flock::hash::mix(x.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the Go sampler draws; written by `go test ./internal/peer -run SamplerDraws -update`.
    const DRAWS: &str = include_str!("../testdata/draws.txt");

    #[test]
    fn draws_are_those_of_go() {
        let mut lines = 0;
        for line in DRAWS.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let [seed, ordinary, rare, first, drawn] = words[..] else { panic!("{line}") };
            let number = |word: &str| word.parse().expect("a number");
            let mut s = Sampler::new(seed.parse().expect("a seed"), Cost::default());
            s.stride = [number(ordinary), number(rare)];
            let first: u64 = first.parse().expect("an epoch");
            let got: String = (first..first + drawn.len() as u64)
                .map(|epoch| if s.draw(is_rare(epoch)) { '1' } else { '0' })
                .collect();
            assert_eq!(got, drawn, "seed {seed}, strides {ordinary} and {rare}");
            lines += 1;
        }
        assert!(lines >= 8, "{lines} lines");
    }

    #[test]
    fn strides_keep_the_budget() {
        for (clocks, tick, most, want) in [
            (2500.0, 1e6, 100, 1),
            (2501.0, 1e6, 100, 2),
            (5000.0, 1e4, 1000, 200),
            (5000.0, 1e4, 50, 50),
            (5000.0, 1e4, 0, 1),
            (5000.0, 0.0, 70, 70),
            (0.0, 0.0, 70, 1),
            (-1.0, 1e3, 70, 1),
        ] {
            assert_eq!(stride(clocks, tick, most), want, "{clocks} {tick} {most}");
        }
    }

    #[test]
    fn rare_ticks_are_the_ends_of_generations() {
        let rare: Vec<u64> = (0..122).filter(|&e| is_rare(e)).collect();
        assert_eq!(rare, [0, 59, 60, 119, 120]);
    }
}
