//! A value that only grows, and the waiting for it.

use std::time::Duration;

use crate::control::{Part, intact};
use crate::error::Error;
use crate::futex::Futex;
use crate::pace::{LOOKS_PER_BURST, Pace, Patience};
use crate::role::Role;
use crate::sync::{AtomicU64, Ordering, fence_behind, spin_loop};

/// How a role waits for a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Sleeps on a futex at once: cheap in CPU, a few microseconds late.
    Park,
    /// Never sleeps. It keeps a core busy, and after 20 µs it offers that core to
    /// others: seldom while nobody takes it, often once somebody did.
    Spin,
    /// Spins where the signal is about to come and sleeps before that. What it has
    /// learned lives in a [`crate::Waiter`], whose comment has the policy. Where there
    /// is none, it spins for some 20 µs and then parks.
    Adaptive,
}

/// The longest sleep between two looks at the closed word. A role that leaves wakes
/// the sleepers; one that looked just before and sleeps just after finds out by this.
pub(crate) const PARK_TIMEOUT: Duration = Duration::from_millis(100);

const SPIN_BURSTS: usize = 16; // bursts of a wait that has no clock, some 20 µs

/// A 64-bit value that only grows, awaited by any number of roles in other
/// processes. All but the free signal have one writer.
#[derive(Clone, Copy, Debug)]
pub struct Signal<'a> {
    pub(crate) value: &'a AtomicU64,
    pub(crate) sleepers: &'a AtomicU64,
    pub(crate) closed: &'a AtomicU64,
    pub(crate) futex: Futex<'a>,
    /// Whose leaving ends the signal.
    pub(crate) writers: &'static [Role],
}

impl Signal<'_> {
    /// Sets the value and wakes whoever sleeps. Returns the number of system calls
    /// made: none while nobody sleeps.
    pub fn post(&self, v: u64) -> u64 {
        // Release: who sees the value sees what was written before the post.
        self.value.store(v, Ordering::Release);
        self.wake_sleepers()
    }

    /// Posts a signal that has several writers: one more than before.
    pub(crate) fn bump(&self) -> u64 {
        // Release as in `post`, and an addition continues the release sequence of
        // the others' additions.
        self.value.fetch_add(1, Ordering::Release);
        self.wake_sleepers()
    }

    fn wake_sleepers(&self) -> u64 {
        // Store value, fence, load sleepers; a sleeper stores sleepers, fence, loads
        // value. One of the two sees the other.
        fence_behind(self.value, Part::PostFence);
        if self.sleepers.load(Ordering::Relaxed) == 0 {
            return 0;
        }
        self.futex.wake();
        1
    }

    /// The value now.
    #[must_use]
    pub fn load(&self) -> u64 {
        // Acquire: what was written before the post is visible behind it.
        self.value.load(Ordering::Acquire)
    }

    /// Blocks until the value is at least `v`. Returns the value seen and the number
    /// of system calls made.
    ///
    /// # Errors
    ///
    /// [`Error::Left`] when the writer has left and the value is still short of `v`.
    pub fn wait(&self, v: u64, how: Strategy) -> Result<(u64, u64), Error> {
        let seen = self.load();
        if seen >= v {
            return Ok((seen, 0));
        }
        match how {
            Strategy::Spin => self.spin(v, &mut Patience::default()),
            Strategy::Park => self.park(v),
            Strategy::Adaptive => match (0..SPIN_BURSTS).find_map(|_| self.burst(v).ok()) {
                Some(seen) => Ok((seen, 0)),
                None => self.park(v),
            },
        }
    }

    /// Looks at the value for a microsecond or so. An error is the last value short of
    /// `v`.
    pub(crate) fn burst(&self, v: u64) -> Result<u64, u64> {
        let mut seen = 0;
        for _ in 0..LOOKS_PER_BURST {
            seen = self.load();
            if seen >= v {
                return Ok(seen);
            }
            spin_loop();
        }
        Err(seen)
    }

    /// Looks until the value is at least `v`, and offers the core at a pace.
    pub(crate) fn spin(&self, v: u64, patience: &mut Patience) -> Result<(u64, u64), Error> {
        let mut calls = 0;
        if let Ok(seen) = self.burst(v) {
            return Ok((seen, calls)); // without a look at the clock
        }
        let mut pace = Pace::new(patience);
        loop {
            if let Ok(seen) = self.burst(v) {
                return Ok((seen, calls));
            }
            self.left(v)?;
            calls += pace.offer(|| self.load() >= v);
        }
    }

    fn park(&self, v: u64) -> Result<(u64, u64), Error> {
        let mut calls = 0;
        loop {
            let (seen, more) = self.doze(v, PARK_TIMEOUT)?;
            calls += more;
            if seen >= v {
                return Ok((seen, calls));
            }
        }
    }

    /// Sleeps once, for at most `limit`, unless the value is `v` already. Returns the
    /// value as it is then and the number of system calls made.
    pub(crate) fn doze(&self, v: u64, limit: Duration) -> Result<(u64, u64), Error> {
        let _asleep = Asleep::count(self.sleepers);
        let seen = self.load();
        if seen >= v {
            return Ok((seen, 0));
        }
        self.left(v)?;
        self.futex.wait(seen, limit)?;
        Ok((self.load(), 1))
    }

    /// Fails when a writer has gone without having posted `v` first.
    pub(crate) fn left(&self, v: u64) -> Result<(), Error> {
        // Acquire: the last post of a role comes before its bit.
        let closed = self.closed.load(Ordering::Acquire);
        let gone = self.writers.iter().find(|role| closed & role.bit() != 0);
        match gone {
            Some(&role) if self.load() < v => Err(Error::Left(role)),
            _ => Ok(()),
        }
    }
}

/// Counts a sleeper as long as it lives.
pub(crate) struct Asleep<'a>(&'a AtomicU64);

impl<'a> Asleep<'a> {
    pub(crate) fn count(sleepers: &'a AtomicU64) -> Self {
        if intact(Part::SleeperCount) {
            sleepers.fetch_add(1, Ordering::Relaxed);
        }
        // The other half of the fence in `wake_sleepers`.
        fence_behind(sleepers, Part::SleeperFence);
        Self(sleepers)
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        #[cfg(loom)]
        if std::thread::panicking() {
            return; // the model has failed, and with it went its atomics
        }
        // Relaxed: nothing is read on the strength of it; a count that is seen late
        // costs the writer a system call.
        if intact(Part::SleeperCount) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
