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
/// A yield of that length has let somebody run.
pub(crate) const YIELD_TAKEN: Duration = Duration::from_micros(2);
/// Between two looks at the word: somebody else was on the core.
pub(crate) const CORE_LOST: Duration = Duration::from_micros(20);

/// How long to spin before the core is offered to others.
///
/// It doubles with every offer that nobody takes and is back where it was when somebody
/// does, or when the core is taken unasked. What an offer costs beyond its time is that
/// the way out of the spin leaves the processor's caches and branch predictors: some
/// 40 ns, half of what a signal takes.
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

    /// Takes into account how long an offer took, and returns how long to spin before
    /// the next: not at all if somebody has taken it, and else so long that offers are
    /// no more than a twentieth of the time.
    pub(crate) fn offered(&mut self, took: Duration) -> Duration {
        if took >= YIELD_TAKEN {
            self.0 = FIRST_PATIENCE;
            return Duration::ZERO;
        }
        self.0 = (2 * self.0).min(MOST_PATIENCE);
        (YIELD_SHARE * took).max(self.0)
    }

    /// Says that the core was taken unasked, and returns how long to spin before it is
    /// offered.
    pub(crate) const fn lost(&mut self) -> Duration {
        self.0 = FIRST_PATIENCE;
        FIRST_PATIENCE
    }
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
    pub(crate) fn offer(&mut self) -> u64 {
        let now = self.begin.elapsed();
        if now - self.last >= CORE_LOST {
            self.next = self.next.min(now + self.patience.lost());
        }
        self.last = now;
        if now < self.next {
            return 0;
        }
        yield_now();
        self.last = self.begin.elapsed();
        self.next = self.last + self.patience.offered(self.last - now);
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
        assert_eq!(
            [short, us(0), us(1)].map(|took| patience.offered(took)),
            [us(40), us(80), us(160)]
        );
        (0..20).for_each(|_| _ = patience.offered(us(0)));
        assert_eq!(patience.first(), MOST_PATIENCE);
    }

    #[test]
    fn an_offer_that_somebody_takes_is_followed_by_another() {
        for took in [us(2), us(4000)] {
            let mut patience = Patience(us(320));
            assert_eq!((patience.offered(took), patience.first()), (us(0), us(20)));
        }
    }

    #[test]
    fn a_core_that_was_lost_is_offered_soon() {
        let mut patience = Patience(us(2000));
        assert_eq!((patience.lost(), patience.first()), (us(20), us(20)));
    }
}
