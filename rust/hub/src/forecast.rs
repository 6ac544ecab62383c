//! When a signal is likely to come, from when it has come before.

use std::time::Duration;

const PAST_GAPS: usize = 16; // waits that a forecast looks back on
const FEWEST_GAPS: usize = 4; // with fewer it knows nothing yet
const WINDOW_SHARE: u32 = 5; // a window is a fifth of its start long
const WINDOW_FLOOR: Duration = Duration::from_micros(1); // and at least this
const BLIND_SPIN: Duration = Duration::from_micros(50);

/// How long the last waits took, in a ring.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    noted: usize,
    gaps: [Duration; PAST_GAPS],
}

/// When the signal is likely to come, counted from the begin of the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forecast {
    pub(crate) from: Duration,
    pub(crate) to: Duration,
}

impl Past {
    pub(crate) const fn note(&mut self, gap: Duration) {
        self.gaps[self.noted % PAST_GAPS] = gap;
        self.noted = self.noted.wrapping_add(1);
    }

    /// The window of a fifth of its own start that holds the most of the last waits,
    /// the earliest if several do, or none if that is not more than half of them: then
    /// spinning through it would not shorten the median.
    pub(crate) fn forecast(&self) -> Option<Forecast> {
        let n = self.noted.min(PAST_GAPS);
        if n < FEWEST_GAPS {
            return Some(Forecast { from: Duration::ZERO, to: BLIND_SPIN });
        }
        let mut gaps = self.gaps;
        let sorted = &mut gaps[..n];
        sorted.sort_unstable();
        let (mut best, mut end) = ((0, None), 0);
        for (i, &from) in sorted.iter().enumerate() {
            let to = from + (from / WINDOW_SHARE).max(WINDOW_FLOOR);
            end += sorted[end..].iter().take_while(|gap| **gap <= to).count();
            if end - i > best.0 {
                best = (end - i, Some(Forecast { from, to }));
            }
        }
        best.1.filter(|_| 2 * best.0 > n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(gaps: &[u64]) -> Past {
        let mut past = Past::default();
        gaps.iter().for_each(|us| past.note(Duration::from_micros(*us)));
        past
    }

    fn window(from: u64, to: u64) -> Option<Forecast> {
        let us = Duration::from_micros;
        Some(Forecast { from: us(from), to: us(to) })
    }

    #[test]
    fn a_short_past_says_to_spin_briefly() {
        assert_eq!(past(&[]).forecast(), window(0, 50));
        assert_eq!(past(&[900, 900, 900]).forecast(), window(0, 50));
    }

    #[test]
    fn a_period_is_found_among_outliers() {
        assert_eq!(past(&[1000, 1010, 5, 1050, 1100, 9000]).forecast(), window(1000, 1200));
        assert_eq!(past(&[0, 0, 0, 0]).forecast(), window(0, 1));
    }

    #[test]
    fn half_of_the_waits_are_not_enough() {
        assert_eq!(past(&[10, 10, 1000, 9000]).forecast(), None);
        assert_eq!(past(&[1, 10, 100, 1000, 10_000]).forecast(), None);
    }

    #[test]
    fn only_the_last_waits_count() {
        let gaps: Vec<u64> = [7; 40].into_iter().chain([500; 16]).collect();
        assert_eq!(past(&gaps).forecast(), window(500, 600));
    }
}
