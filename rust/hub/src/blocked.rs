//! A loan that waits for a reader.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use crate::control::Part;
use crate::error::Error;
use crate::pace::{LOOKS_PER_BURST, Pace, Patience};
use crate::role::Role;
use crate::signal::{Asleep, PARK_TIMEOUT, Strategy};
use crate::sync::{AtomicU64, Ordering, fence_behind, spin_loop};
use crate::words::Words;
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
        if how != Strategy::Park
            && let Some(taken) = self.spin_for_slot(start, how)?
        {
            return Ok(taken);
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
            free.futex.wait(seen, PARK_TIMEOUT)?;
        }
    }

    /// Looks at the slots again and again: without end if the writer spins, for a while
    /// if it only starts that way.
    fn spin_for_slot(
        &mut self,
        start: Instant,
        how: Strategy,
    ) -> Result<Option<(usize, u64)>, Error> {
        // Taken out and put back: the loop needs all of the writer.
        let mut patience = self.patience;
        let taken = self.spin_patiently(start, how, &mut patience);
        self.patience = patience;
        taken
    }

    fn spin_patiently(
        &mut self,
        start: Instant,
        how: Strategy,
        patience: &mut Patience,
    ) -> Result<Option<(usize, u64)>, Error> {
        let (mut calls, mut pace) = (0, Pace::new(patience));
        loop {
            // A look at the slots takes longer than one at a value.
            for _ in 0..LOOKS_PER_BURST / 4 {
                if let Some(slot) = self.try_loan() {
                    return Ok(Some((slot, calls)));
                }
                spin_loop();
            }
            self.give_up(start)?;
            if how != Strategy::Spin {
                if pace.impatient() {
                    return Ok(None);
                }
                continue;
            }
            let mut taken = None;
            calls += pace.offer(|| {
                taken = self.try_loan(); // a reader may have needed the core to let go
                taken.is_some()
            });
            if let Some(slot) = taken {
                return Ok(Some((slot, calls)));
            }
        }
    }

    /// Says why a loan that began to wait at `start` need not go on.
    fn give_up(&self, start: Instant) -> Result<(), Error> {
        if let Some(role) =
            [Role::Kernel, Role::Viewer].into_iter().find(|r| self.words.has_left(*r))
        {
            return Err(Error::Deserted(role));
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

impl Words {
    /// Wakes a writer that waits for a slot, behind the store to `word` by which a
    /// reader needs less than before, unless the word of another one is in `keep`: that
    /// reader keeps the slot too, and wakes the writer when it lets go. Of two readers
    /// that let go at once, each looks behind its fence, so that the second one sees
    /// that it is the last. `words` is [`Words::lease`] or [`Words::cursor`]. Returns
    /// the number of system calls made.
    pub(crate) fn let_go<'a>(
        &'a self,
        word: &AtomicU64,
        words: impl Fn(&'a Self, usize) -> &'a AtomicU64,
        keep: RangeInclusive<u64>,
    ) -> u64 {
        let free = self.free();
        // Store the lease or cursor, fence, load the sleepers and the others' words;
        // the writer counts itself, fences, loads leases and cursors, and the others
        // store theirs, fence, load this one. One of each two sees the other.
        fence_behind(word, Part::LetGoFence);
        if free.sleepers.load(Ordering::Relaxed) == 0 {
            return 0;
        }
        let keeps = |v| v != 0 && keep.contains(&v);
        if (0..self.readers()).any(|r| keeps(words(self, r).load(Ordering::Acquire))) {
            return 0;
        }
        free.bump()
    }
}
