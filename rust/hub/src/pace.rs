//! When a spin offers its core to others, and the thread's timer.

use std::time::{Duration, Instant};

use crate::sync::yield_now;

/// Looks at a word between two looks at the rest: about a microsecond.
pub(crate) const LOOKS_PER_BURST: usize = 64;
/// Of spinning before the core is first offered to others.
pub(crate) const FIRST_PATIENCE: Duration = Duration::from_micros(20);
/// Less than what the kernel's scheduler leaves anybody unasked.
pub(crate) const MOST_PATIENCE: Duration = Duration::from_millis(2);
/// Spins after which patience is tried anew: others may have come.
pub(crate) const FRESH_EVERY: u32 = 64;
/// A yield that nobody takes is followed by at least this many times its own length.
pub(crate) const YIELD_SHARE: u32 = 20;
/// A yield of that length in which the word came has let the peer run.
pub(crate) const YIELD_TAKEN: Duration = Duration::from_micros(2);
/// A yield of that length has let somebody run.
pub(crate) const SLICE_TAKEN: Duration = Duration::from_micros(20);
/// Between two looks at the word: somebody else was on the core. In a virtual machine
/// whose host is busy a tick of the timer takes up to 50 µs, and a yield that nobody
/// takes up to 10 µs.
pub(crate) const SLICE_LOST: Duration = Duration::from_micros(200);

/// How long to spin before the core is offered to others.
///
/// It doubles with every offer that nobody takes and is back where it was when somebody
/// does, when a slice was lost unasked, and every 64 spins: who spins patiently would else
/// never hear of others that have come meanwhile. What an offer costs beyond its time is
/// that the way out of the spin leaves the processor's caches and branch predictors: some
/// 40 ns, half of what a signal takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    long: Duration,
    spins: u32,
}

impl Default for Patience {
    /// That of somebody who knows nothing yet.
    fn default() -> Self {
        Self { long: FIRST_PATIENCE, spins: 0 }
    }
}

impl Patience {
    /// Begins a spin, and returns how long it is before the first offer.
    pub(crate) const fn begin(&mut self) -> Duration {
        self.spins = self.spins.wrapping_add(1);
        if self.spins.is_multiple_of(FRESH_EVERY) {
            self.long = FIRST_PATIENCE;
        }
        self.long
    }

    /// Says that somebody has had the core unasked, and returns how long to spin before
    /// it is offered, to find out who it was.
    pub(crate) const fn lost(&mut self) -> Duration {
        self.long = FIRST_PATIENCE;
        FIRST_PATIENCE
    }

    /// Takes into account how long an offer took and whether the word came meanwhile,
    /// and returns how long to spin before the next: not at all if somebody has taken
    /// it, and else so long that offers are no more than a twentieth of the time.
    pub(crate) fn offered(&mut self, took: Duration, came: bool) -> Duration {
        if wanted(took, came) {
            self.long = FIRST_PATIENCE;
            return Duration::ZERO;
        }
        self.long = (2 * self.long).min(MOST_PATIENCE);
        (YIELD_SHARE * took).max(self.long)
    }
}

/// Whether others want the core that was offered to them for so long: they used it, or
/// it was needed for the word to come.
pub(crate) fn wanted(took: Duration, came: bool) -> bool {
    took >= SLICE_TAKEN || came && took >= YIELD_TAKEN
}

/// The pace at which a spin without end offers its core.
#[derive(Debug)]
pub(crate) struct Pace<'a> {
    patience: &'a mut Patience,
    begin: Instant,
    last: Duration, // when the clock was last read
    next: Duration,
}

impl<'a> Pace<'a> {
    pub(crate) fn new(patience: &'a mut Patience) -> Self {
        let next = patience.begin();
        Self { patience, begin: Instant::now(), last: Duration::ZERO, next }
    }

    /// Whether the spin has lasted for `FIRST_PATIENCE`.
    pub(crate) fn impatient(&self) -> bool {
        self.begin.elapsed() >= FIRST_PATIENCE
    }

    /// Offers the core if it is time, and returns the number of system calls made.
    /// `came` looks whether what the spin waits for has come.
    pub(crate) fn offer(&mut self, came: impl FnOnce() -> bool) -> u64 {
        let now = self.begin.elapsed();
        if now - self.last >= SLICE_LOST {
            self.next = self.next.min(now + self.patience.lost());
        }
        self.last = now;
        if now < self.next {
            return 0;
        }
        yield_now();
        let came = came();
        self.last = self.begin.elapsed();
        self.next = self.last + self.patience.offered(self.last - now, came);
        1
    }
}

/// Lets this thread's sleeps end on time instead of up to 50 µs late. Were it refused,
/// a waiter would learn how late they are.
pub(crate) fn sharpen_timer() {
    // SAFETY: the call takes numbers only, and changes a property of this thread.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1 as libc::c_ulong, 0, 0, 0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn us(n: u64) -> Duration {
        Duration::from_micros(n)
    }

    #[test]
    fn offers_that_nobody_takes_become_seldom() {
        let mut patience = Patience::default();
        assert_eq!(patience.long, us(20));
        let short = YIELD_TAKEN - Duration::from_nanos(1);
        for (took, came, next) in [(us(0), false, 40), (short, true, 80), (us(9), false, 180)] {
            assert_eq!(patience.offered(took, came), us(next));
        }
        assert_eq!(patience.long, us(160));
        (0..20).for_each(|_| _ = patience.offered(us(0), false));
        assert_eq!(patience.long, MOST_PATIENCE);
    }

    #[test]
    fn an_offer_that_somebody_takes_is_followed_by_another() {
        for (took, came) in [(us(2), true), (us(20), false), (us(4000), true)] {
            let mut patience = Patience { long: us(320), spins: 0 };
            assert_eq!((patience.offered(took, came), patience.long), (us(0), us(20)));
        }
    }
    #[test]
    fn patience_is_tried_anew_now_and_then() {
        let mut patience = Patience { long: MOST_PATIENCE, spins: 0 };
        assert!((1..FRESH_EVERY).all(|_| patience.begin() == MOST_PATIENCE));
        assert_eq!(patience.begin(), us(20));
        patience.long = MOST_PATIENCE;
        assert_eq!((patience.lost(), patience.long), (us(20), us(20)));
    }
}
