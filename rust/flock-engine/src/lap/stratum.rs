//! Sorts of ticks that are scaled for themselves.

use super::account::Account;

/// A tick not much longer than the mean.
pub const EVEN: usize = 0;
/// More than [`SLOW_TICKS`] times the mean.
pub const SLOW: usize = 1;
/// More than [`STALLED_TICKS`] times the mean.
pub const STALLED: usize = 2;
const LENGTHS: usize = 3;

/// Ordinary and rare ticks, by length. A sampled tick stands for others of its own
/// sort only: one that the operating system has interrupted is one of few, and if it
/// happens to be sampled it must not count as often as an even one does. There is
/// no collector here whose ticks would be a sort of their own.
pub const STRATA: usize = 2 * LENGTHS;

const SLOW_TICKS: i64 = 2;
const STALLED_TICKS: i64 = 6;

/// The stratum of a tick.
pub const fn stratum(rare: bool, length: usize) -> usize {
    rare as usize * LENGTHS + length
}

/// The mean length of the ticks so far, warm-up included, rare ones apart.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    sum: [i64; 2],
    ticks: [i64; 2],
}

impl Pace {
    /// Sorts a tick by its duration in ns and counts it.
    pub fn length(&mut self, duration: i64, rare: bool) -> usize {
        let list = usize::from(rare);
        let mean = match self.ticks[list] {
            0 => duration,
            ticks => self.sum[list] / ticks,
        };
        // One stall must not make the rest look even.
        self.sum[list] += duration.min(STALLED_TICKS * mean);
        self.ticks[list] += 1;
        match duration {
            d if d > STALLED_TICKS * mean => STALLED,
            d if d > SLOW_TICKS * mean => SLOW,
            _ => EVEN,
        }
    }
}

/// The number of ticks that the sampled ones of each stratum stand for: all of the
/// stratum, and those of the strata beside it that have no sampled tick of their own.
pub fn standing(accounts: &[Account; STRATA]) -> [i64; STRATA] {
    let mut ticks = [0; STRATA];
    for (s, account) in accounts.iter().enumerate() {
        ticks[nearest(accounts, s / LENGTHS, s % LENGTHS)] += account.ticks;
    }
    ticks
}

/// The stratum that stands for one: itself if it was sampled, else the nearest length
/// of its kind. Rare ticks never stand for others, nor others for them.
fn nearest(accounts: &[Account; STRATA], kind: usize, length: usize) -> usize {
    for distance in 0..LENGTHS {
        for l in [length.checked_sub(distance), Some(length + distance)].into_iter().flatten() {
            let s = kind * LENGTHS + l;
            if l < LENGTHS && accounts[s].sampled > 0 {
                return s;
            }
        }
    }
    kind * LENGTHS + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_tells_lengths_apart() {
        let mut pace = Pace::default();
        let ticks = [
            (10, false, EVEN),
            (12, false, EVEN),
            (50, true, EVEN),
            (9, false, EVEN),
            (25, false, SLOW),
            (11, false, EVEN),
            (200, false, STALLED),
            (10, false, EVEN),
            (60, true, EVEN),
            (130, true, SLOW),
            (2000, true, STALLED),
            (55, true, EVEN),
        ];
        for (i, (ms, rare, want)) in ticks.into_iter().enumerate() {
            assert_eq!(pace.length(ms * 1_000_000, rare), want, "tick {i} of {ms} ms, rare {rare}");
        }
    }

    #[test]
    fn unsampled_strata_are_stood_for() {
        let mut accounts = [Account::default(); STRATA];
        for (rare, length, ticks, sampled) in [
            (false, EVEN, 90, 10),
            (false, SLOW, 7, 0),
            (false, STALLED, 3, 0),
            (true, EVEN, 2, 0),
            (true, SLOW, 4, 2),
            (true, STALLED, 1, 0),
        ] {
            accounts[stratum(rare, length)] = Account { ticks, sampled, ..Account::default() };
        }
        let mut want = [0; STRATA];
        want[stratum(false, EVEN)] = 100;
        want[stratum(true, SLOW)] = 7;
        assert_eq!(standing(&accounts), want);
    }
}
