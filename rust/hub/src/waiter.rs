//! A waiter that learns when to spin and when to sleep.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::forecast::Past;
use crate::pace::{
    FIRST_PATIENCE, Patience, SLICE_LOST, SLICE_TAKEN, YIELD_SHARE, sharpen_timer, wanted,
};
use crate::signal::{PARK_TIMEOUT, Signal, Strategy};
use crate::sync::yield_now;

const SHORT_WAIT: Duration = Duration::from_micros(150); // spun through from its begin
const FIRST_LEAD: Duration = Duration::from_micros(50); // how early a sleep ends, at first
const LEAD_SHARE: u32 = 8; // and at most an eighth of the sleep
const CROWDED_AT: u32 = 3; // score at which spinning stops
const CROWDED_MOST: u32 = 4; // highest score
const FIRST_PENALTY: u32 = 8; // waits that are parked before spinning is tried again
const LAST_PENALTY: u32 = 1024;
const PAID_WAITS: u32 = 512; // quick spins that are worth a slice given away

/// Waits for one signal by one strategy, and for an adaptive one remembers what the
/// last waits were like. Nothing of it lies in shared memory, so that no peer can
/// reach it. It allocates nothing.
///
/// The policy of [`Strategy::Adaptive`] is that of the Go package `zerocopy/hub`, where
/// the comment of `Waiter` gives every step of it and what it costs: look for a
/// microsecond; forecast from the last 16 waits; spin where the signal is about to
/// come, sleep until shortly before it where it is not, park where nothing can be
/// forecast or others want the core.
#[derive(Debug)]
pub struct Waiter {
    how: Strategy,
    base: Instant,
    lead: Duration,
    last: Duration, // when the clock was last read
    patience: Patience,
    crowd: Crowd,
    sharp: bool, // the thread's timer slack has been set
    past: Past,
}

/// One wait on its way.
struct Turn<'a> {
    signal: Signal<'a>,
    v: u64,
    seen: u64,
    calls: u64,
    slept: bool,
}

impl Turn<'_> {
    const fn over(&self) -> bool {
        self.seen >= self.v
    }

    /// Sleeps once. The turn counts as slept if the word came meanwhile.
    fn doze(&mut self, limit: Duration) -> Result<(), Error> {
        let (seen, calls) = self.signal.doze(self.v, limit)?;
        self.seen = seen;
        self.calls += calls;
        self.slept = calls > 0;
        Ok(())
    }
}

impl Waiter {
    /// A waiter that has waited for nothing yet.
    #[must_use]
    pub fn new(how: Strategy) -> Self {
        Self {
            how,
            base: Instant::now(),
            lead: FIRST_LEAD,
            last: Duration::ZERO,
            patience: Patience::default(),
            crowd: Crowd { score: 0, parked: 0, penalty: FIRST_PENALTY, paid: 0 },
            sharp: false,
            past: Past::default(),
        }
    }

    /// The strategy that it was made for.
    #[must_use]
    pub const fn strategy(&self) -> Strategy {
        self.how
    }

    /// Blocks until the value of `signal` is at least `v`. Returns the value seen and
    /// the number of system calls made. It is for one signal: what it learned of two
    /// would be true of neither.
    ///
    /// # Errors
    ///
    /// [`Error::Left`] when the writer has left and the value is still short of `v`.
    pub fn wait(&mut self, signal: Signal<'_>, v: u64) -> Result<(u64, u64), Error> {
        match self.how {
            Strategy::Spin => return signal.spin(v, &mut self.patience),
            Strategy::Park => return signal.wait(v, self.how),
            Strategy::Adaptive => {}
        }
        if self.crowd.parked > 0 {
            let seen = signal.load();
            if seen >= v {
                return Ok((seen, 0));
            }
        } else if let Ok(seen) = signal.burst(v) {
            self.past.note(Duration::ZERO);
            self.crowd.paid = self.crowd.paid.saturating_add(1);
            return Ok((seen, 0));
        }
        let mut turn = Turn { signal, v, seen: 0, calls: 0, slept: false };
        self.take(&mut turn)?;
        Ok((turn.seen, turn.calls))
    }

    fn now(&mut self) -> Duration {
        self.last = self.base.elapsed();
        self.last
    }

    fn take(&mut self, turn: &mut Turn<'_>) -> Result<(), Error> {
        let begin = self.now();
        if !self.crowd.parks()
            && let Some(f) = self.past.forecast()
        {
            if f.from <= SHORT_WAIT {
                self.spin(turn, begin, begin + 2 * f.to + FIRST_PATIENCE)?;
            } else {
                let lead = self.lead.min(f.from / LEAD_SHARE);
                self.sleep(turn, begin + f.from - lead)?;
                if !turn.over() {
                    let now = self.now();
                    self.spin(turn, now, begin + f.to + lead)?;
                }
            }
        }
        while !turn.over() {
            turn.doze(PARK_TIMEOUT)?;
        }
        self.note(begin, turn.slept);
        Ok(())
    }

    /// Notes the gap of a wait that is over. One that was slept through ended before
    /// the waiter did; for a spin the clock's last value is near enough, and to read
    /// it once more would take as long as the signal.
    fn note(&mut self, begin: Duration, slept: bool) {
        if !slept {
            self.past.note(self.last.saturating_sub(begin));
            return;
        }
        let gap = self.now().saturating_sub(begin);
        self.past.note(gap - self.lead.min(gap / LEAD_SHARE));
    }

    /// Sleeps until the clock says so or the word comes, and learns how late that was.
    fn sleep(&mut self, turn: &mut Turn<'_>, until: Duration) -> Result<(), Error> {
        if !self.sharp {
            self.sharp = true;
            sharpen_timer();
            turn.calls += 1;
        }
        while !turn.over() {
            let now = self.now();
            let left = until.saturating_sub(now);
            if left.is_zero() {
                self.learn(now - until);
                return Ok(());
            }
            turn.doze(left.min(PARK_TIMEOUT))?;
        }
        Ok(())
    }

    /// Moves the lead towards what a sleep was late by.
    fn learn(&mut self, late: Duration) {
        if late > self.lead {
            self.lead += (late - self.lead) / 4;
        } else {
            self.lead -= (self.lead - late) / 16;
        }
    }

    /// Looks at the word until the clock says so, the word comes, or others turn out
    /// to want the core, from `begin` on.
    fn spin(&mut self, turn: &mut Turn<'_>, begin: Duration, until: Duration) -> Result<(), Error> {
        turn.slept = false;
        let (mut offer, mut offered) = (begin + self.patience.begin(), false);
        let mut last = self.now();
        loop {
            let looked = turn.signal.burst(turn.v);
            turn.seen = looked.unwrap_or_else(|seen| seen);
            if looked.is_ok() {
                if !offered {
                    self.crowd.paid = self.crowd.paid.saturating_add(1);
                    self.crowd.calm();
                }
                return Ok(());
            }
            let now = self.now();
            if now - last >= SLICE_LOST {
                offer = offer.min(now + self.patience.lost());
            }
            turn.signal.left(turn.v)?;
            if now >= until {
                return Ok(());
            }
            last = now;
            if now < offer {
                continue;
            }
            yield_now();
            offered = true;
            turn.calls += 1;
            last = self.now();
            let took = last - now;
            turn.seen = turn.signal.load();
            // A spin that ends when the core is wanted need not offer it again at once.
            let rest = YIELD_SHARE * took.min(SLICE_TAKEN);
            offer = last + self.patience.offered(took, turn.over()).max(rest);
            if self.crowd.judge(took, turn.over()) || turn.over() {
                return Ok(());
            }
        }
    }
}

/// What a waiter knows of others that want its core.
#[derive(Debug)]
struct Crowd {
    score: u32,
    parked: u32,  // waits still to be parked
    penalty: u32, // how many the next time
    paid: u32,    // waits that ended without an offer of the core since one was taken
}

impl Crowd {
    /// Whether this wait is one that parks at once.
    const fn parks(&mut self) -> bool {
        if self.parked == 0 {
            return false;
        }
        self.parked -= 1;
        true
    }

    /// Takes into account that nobody wanted the core.
    const fn calm(&mut self) {
        self.score = self.score.saturating_sub(1);
        if self.score == 0 {
            self.penalty = FIRST_PENALTY;
        }
    }

    /// Takes into account what an offer of the core took and whether the word came
    /// meanwhile, and says whether to stop spinning.
    fn judge(&mut self, took: Duration, came: bool) -> bool {
        if !wanted(took, came) {
            self.calm();
            return false;
        }
        if self.paid >= PAID_WAITS {
            (self.paid, self.penalty) = (0, FIRST_PENALTY);
            return false;
        }
        self.paid = 0;
        self.score = (self.score + 2).min(CROWDED_MOST);
        if self.score < CROWDED_AT {
            return false;
        }
        self.parked = self.penalty;
        self.penalty = (2 * self.penalty).min(LAST_PENALTY);
        true
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;
    use crate::Words;
    use crate::pace::YIELD_TAKEN;

    #[test]
    fn a_crowded_core_is_left_for_longer_each_time() {
        let mut crowd = Waiter::new(Strategy::Adaptive).crowd;
        let long = Duration::from_millis(3);
        for penalty in [8, 16, 32] {
            while !crowd.judge(long, false) {}
            assert_eq!((0..100).take_while(|_| crowd.parks()).count(), penalty);
        }
        for _ in 0..CROWDED_MOST {
            assert!(!crowd.judge(Duration::ZERO, true));
        }
        assert_eq!(crowd.penalty, FIRST_PENALTY, "a quiet core is forgiven");
    }

    #[test]
    fn many_quick_spins_pay_for_a_slice() {
        let mut crowd = Waiter::new(Strategy::Adaptive).crowd;
        crowd.score = CROWDED_MOST;
        crowd.paid = PAID_WAITS;
        assert!(!crowd.judge(Duration::from_millis(3), false));
        assert!(crowd.judge(Duration::from_millis(3), false));
    }

    #[test]
    fn a_word_that_comes_in_a_yield_needed_the_core() {
        let fresh = || Waiter::new(Strategy::Adaptive).crowd;
        let (mut shared, mut alone) = (fresh(), fresh());
        assert!(!shared.judge(YIELD_TAKEN, true) && shared.judge(YIELD_TAKEN, true));
        for _ in 0..10 {
            let short = YIELD_TAKEN - Duration::from_nanos(1);
            assert!(!alone.judge(short, true) && !alone.judge(YIELD_TAKEN, false));
        }
    }

    #[test]
    fn the_lead_follows_what_sleeps_are_late_by() {
        let mut waiter = Waiter::new(Strategy::Adaptive);
        (0..200).for_each(|_| waiter.learn(Duration::from_micros(200)));
        assert!(waiter.lead > Duration::from_micros(190), "{:?}", waiter.lead);
        (0..200).for_each(|_| waiter.learn(Duration::ZERO));
        assert!(waiter.lead < Duration::from_micros(10), "{:?}", waiter.lead);
    }

    #[test]
    fn every_strategy_sees_every_value() {
        for how in [Strategy::Park, Strategy::Spin, Strategy::Adaptive] {
            let words = Words::heap();
            let shared = words.clone();
            let poster = std::thread::spawn(move || {
                for v in 1..=300 {
                    if v % 10 == 0 {
                        std::thread::sleep(Duration::from_micros(300));
                    }
                    shared.policy().post(v);
                }
            });
            let mut waiter = Waiter::new(how);
            for v in 1..=300 {
                assert!(waiter.wait(words.policy(), v).expect("nobody leaves").0 >= v, "{how:?}");
            }
            poster.join().expect("the poster");
        }
    }
}
