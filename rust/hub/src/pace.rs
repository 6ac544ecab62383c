//! When a spin offers its core to others, and the thread's timer.

use std::time::{Duration, Instant};

use crate::sync::yield_now;

/// Looks at a word between two looks at the rest: about a microsecond.
pub(crate) const LOOKS_PER_BURST: usize = 64;
/// Of spinning before the core is first offered to others.
pub(crate) const SPIN_PATIENCE: Duration = Duration::from_micros(20);
/// A yield that nobody takes is followed by at least this many times its own length.
pub(crate) const YIELD_SHARE: u32 = 20;
/// Longest from a yield that nobody takes to the next, unless yields are dear.
pub(crate) const YIELD_SELDOM: Duration = Duration::from_micros(500);
/// A yield of that length has let somebody run.
pub(crate) const YIELD_TAKEN: Duration = Duration::from_micros(2);

/// The pace at which a spin without end offers its core.
///
/// At once again if somebody has taken it. If nobody did, after as long as the spin
/// has lasted, but no later than `YIELD_SELDOM`, unless yields would then be more than
/// a twentieth of the time.
#[derive(Debug)]
pub(crate) struct Pace {
    begin: Instant,
    next: Duration,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { begin: Instant::now(), next: SPIN_PATIENCE }
    }

    /// Whether the spin has lasted for `SPIN_PATIENCE`.
    pub(crate) fn impatient(&self) -> bool {
        self.begin.elapsed() >= SPIN_PATIENCE
    }

    /// Offers the core if it is time, and returns the number of system calls made.
    pub(crate) fn offer(&mut self) -> u64 {
        let now = self.begin.elapsed();
        if now < self.next {
            return 0;
        }
        yield_now();
        self.next = next_yield(now, self.begin.elapsed());
        1
    }
}

/// When to yield again after a yield from one time to another, all counted from the
/// begin of the spin.
fn next_yield(from: Duration, to: Duration) -> Duration {
    let took = to.saturating_sub(from);
    if took >= YIELD_TAKEN {
        return to;
    }
    to + (took * YIELD_SHARE).max(to.max(SPIN_PATIENCE).min(YIELD_SELDOM))
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
    fn yields_that_nobody_takes_become_seldom() {
        assert_eq!(next_yield(us(20), us(20)), us(40));
        assert_eq!(next_yield(us(400), us(400)), us(800));
        assert_eq!(next_yield(us(2000), us(2000)), us(2500));
        assert_eq!(next_yield(us(20), us(21)), us(42), "as long as the spin has lasted");
        let (from, to) = (us(1000), us(1000) + Duration::from_nanos(1900));
        assert_eq!(next_yield(from, to), to + us(500));
    }

    #[test]
    fn a_yield_that_somebody_takes_is_followed_by_another() {
        assert_eq!(next_yield(us(20), us(22)), us(22));
        assert_eq!(next_yield(us(20), us(4000)), us(4000));
    }
}
