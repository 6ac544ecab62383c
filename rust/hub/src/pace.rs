//! When a spin offers its core to others, and the thread's timer.

use std::time::{Duration, Instant};

use crate::sync::yield_now;

/// Looks at a word between two looks at the rest: about a microsecond.
pub(crate) const LOOKS_PER_BURST: usize = 64;
/// Of spinning before the core is first offered to others.
pub(crate) const FIRST_PATIENCE: Duration = Duration::from_micros(20);
/// Less than what the kernel's scheduler leaves anybody unasked.
pub(crate) const MOST_PATIENCE: Duration = Duration::from_millis(2);
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
/// does. What an offer costs beyond its time is that the way out of the spin leaves the
/// processor's caches and branch predictors: some 40 ns, half of what a signal takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience(Duration);

impl Default for Patience {
    /// That of somebody who knows nothing yet.
    fn default() -> Self {
        Self(FIRST_PATIENCE)
    }
}

impl Patience {
    /// How long to spin before the first offer.
    pub(crate) const fn first(self) -> Duration {
        self.0
    }

    /// Takes into account how long an offer took and whether the word came meanwhile,
    /// and returns how long to spin before the next: not at all if somebody has taken
    /// it, and else so long that offers are no more than a twentieth of the time.
    pub(crate) fn offered(&mut self, took: Duration, came: bool) -> Duration {
        if wanted(took, came) {
            self.0 = FIRST_PATIENCE;
            return Duration::ZERO;
        }
        self.0 = (2 * self.0).min(MOST_PATIENCE);
        (YIELD_SHARE * took).max(self.0)
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
        let next = patience.first();
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
            self.next = self.next.min(now + FIRST_PATIENCE); // to find out who it was
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
        assert_eq!(patience.first(), us(20));
        let short = YIELD_TAKEN - Duration::from_nanos(1);
        for (took, came, next) in [(us(0), false, 40), (short, true, 80), (us(9), false, 180)] {
            assert_eq!(patience.offered(took, came), us(next));
        }
        assert_eq!(patience.first(), us(160));
        (0..20).for_each(|_| _ = patience.offered(us(0), false));
        assert_eq!(patience.first(), MOST_PATIENCE);
    }

    #[test]
    fn an_offer_that_somebody_takes_is_followed_by_another() {
        for (took, came) in [(us(2), true), (us(20), false), (us(4000), true)] {
            let mut patience = Patience(us(320));
            assert_eq!((patience.offered(took, came), patience.first()), (us(0), us(20)));
        }
    }
}
