//! A loan that waits for a reader.

use std::time::{Duration, Instant};

use crate::control::{Part, intact};
use crate::error::Error;
use crate::role::Role;
use crate::signal::{Asleep, LOOKS_PER_BURST, SPIN_BURSTS, Strategy};
use crate::sync::{spin_loop, yield_now};
use crate::writer::Writer;

impl Writer {
    /// Takes a slot as soon as a reader has let go of one.
    ///
    /// A reader that lets go looks for a sleeping writer and bumps the free signal
    /// only then, so that it costs a reader one load while the writer runs. The
    /// writer counts itself as a sleeper, notes the signal's value, and looks at the
    /// slots after that: a reader that lets go behind that look has seen the sleeper,
    /// and the value is another one before the futex compares it.
    pub(crate) fn await_slot(&mut self, how: Strategy) -> Result<(usize, u64), Error> {
        let start = Instant::now();
        if how == Strategy::Spin {
            return self.spin_for_slot(start);
        }
        let words = self.words.clone();
        let free = words.free();
        let _asleep = Asleep::count(free.sleepers);
        let mut calls = 0;
        loop {
            // Acquire: a bump that is seen here comes behind what the reader let go.
            let seen = free.load();
            if let Some(slot) = self.try_loan() {
                return Ok((slot, calls));
            }
            self.give_up(start)?;
            calls += 1;
            free.futex.wait(seen)?;
        }
    }

    fn spin_for_slot(&mut self, start: Instant) -> Result<(usize, u64), Error> {
        let (mut calls, mut bursts) = (0, 0_usize);
        loop {
            for _ in 0..LOOKS_PER_BURST {
                if let Some(slot) = self.try_loan() {
                    return Ok((slot, calls));
                }
                spin_loop();
            }
            self.give_up(start)?;
            bursts += 1;
            if bursts > SPIN_BURSTS {
                yield_now(); // the reader may need the core to let go
                calls += 1;
            }
        }
    }

    /// Says why a loan that began to wait at `start` need not go on.
    fn give_up(&self, start: Instant) -> Result<(), Error> {
        if self.words.has_left(Role::Kernel) || self.words.has_left(Role::Viewer) {
            return Err(Error::Deserted);
        }
        let waited = start.elapsed();
        match self.limit {
            Some(limit) if waited >= limit => Err(self.blocked_by(waited)),
            _ => Ok(()),
        }
    }

    fn blocked_by(&self, after: Duration) -> Error {
        let slot = (self.current() + 1) % self.slots;
        let reader = self.reader_of(slot);
        Error::Blocked { slot, reader, pid: reader.map_or(0, |r| self.words.owner(r)), after }
    }
}

impl crate::words::Words {
    /// Wakes a writer that waits for a slot, behind the store by which a reader needs
    /// less than before. Returns the number of system calls made.
    pub(crate) fn let_go(&self) -> u64 {
        let free = self.free();
        // Store the lease or cursor, fence, load the sleepers; the writer counts
        // itself, fences, loads leases and cursors.
        if intact(Part::LetGoFence) {
            crate::sync::fence(crate::sync::Ordering::SeqCst);
        }
        if free.sleepers.load(crate::sync::Ordering::Relaxed) == 0 {
            return 0;
        }
        free.bump()
    }
}
