//! Those who read the frames of a writer that runs on by itself.

use std::mem;

use crate::error::Error;
use crate::reader::{Reader, check_index};
use crate::shape::check_slots;
use crate::signal::Strategy;
use crate::sync::{Ordering, process_id};
use crate::words::Words;

/// Which frames a [`Follower`] reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every frame, in order: the writer waits rather than overwrite one that the
    /// follower has yet to read.
    Every,
    /// The newest frame there is, skipping those between: the writer waits for it
    /// only when it holds the last slot that is free.
    Latest,
}

/// A frame that a [`Follower`] has acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acquired {
    /// The slot that holds it.
    pub slot: usize,
    /// Its epoch.
    pub epoch: u64,
    /// System calls made to get it.
    pub calls: u64,
}

/// Reads the frames of a writer that runs on by itself.
#[derive(Debug)]
pub struct Follower {
    reader: Reader,
    mode: Mode,
    /// Epoch of the next frame; of a reader of the latest: the first that is news.
    next: u64,
    /// What its cursor word holds.
    cursor: u64,
    started: bool,
    skipped: u64,
}

/// How often a follower runs after a writer that is faster than its look at the slots.
const NEWEST_TRIES: usize = 10_000;

impl Follower {
    /// Joins the hub of `slots` slots as reader `index`, which must be free, at the
    /// newest frame. [`Self::leave`] frees the index.
    ///
    /// A follower of every frame joins by saying, in its cursor, that it needs all
    /// frames, and reading the frame signal after that: it holds P, epoch+1 of the
    /// newest frame, F = P-1. From there on no frame of an epoch e >= F is
    /// overwritten before the cursor has passed it:
    ///
    /// - The slot of e is the writer's current one, which it never takes, until it
    ///   publishes e+1.
    /// - It posts e+1, by storing e+2 > P in the signal, after this side has read P
    ///   from it; then comes its fence, and only then its look whether it may take
    ///   the slot of e.
    /// - The cursor was stored, and a fence passed, before P was read. Had the
    ///   writer's fence come first, this side would have read e+2. So it came second,
    ///   and the look finds the cursor, at 1 or further on but never beyond e+1: it
    ///   moves by what this side has released.
    ///
    /// The writer therefore looks at cursors once, before its mark, and a follower
    /// never finds a frame that it needs marked.
    ///
    /// # Errors
    ///
    /// [`Error::Layout`] for a number of slots or an index that no hub has,
    /// [`Error::Taken`] when another process is that reader.
    pub fn join(words: Words, slots: usize, index: usize, mode: Mode) -> Result<Self, Error> {
        check_index(index)?;
        check_slots(slots)?;
        // Acquire: behind what an earlier reader of that index read.
        words
            .owner_word(index)
            .compare_exchange(0, process_id(), Ordering::Acquire, Ordering::Relaxed)
            .map_err(|pid| Error::Taken { index, pid })?;
        let reader = Reader::unchecked(words, slots, index);
        let mut follower = Self { reader, mode, next: 0, cursor: 0, started: false, skipped: 0 };
        if mode == Mode::Every {
            follower.need(0); // which passes the fence of `let_go`
        }
        let newest = follower.reader.words.frame().load();
        follower.next = newest.saturating_sub(1);
        if mode == Mode::Every {
            let next = follower.next;
            follower.need(next);
        }
        Ok(follower)
    }

    /// Tells the writer that the frames before `epoch` may go. Those from the cursor's
    /// old value on are kept by any reader whose cursor is not beyond it.
    fn need(&mut self, epoch: u64) -> u64 {
        let words = &self.reader.words;
        // Release: what was read of those frames was read before. A cursor that
        // wraps, which takes a signal that a hostile process has set, asks for none.
        let cursor = words.cursor(self.reader.index);
        let old = mem::replace(&mut self.cursor, epoch.wrapping_add(1));
        cursor.store(self.cursor, Ordering::Release);
        words.let_go(cursor, Words::cursor, 1..=old)
    }

    /// The epoch of the frame that a follower of every frame acquires next; of the
    /// latest, the first that it has not passed.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Frames that a reader of the latest has not seen between those that it has.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Blocks until there is a frame that the follower has not had. Its slot is not
    /// written before [`Self::release`], which comes before the next acquisition.
    ///
    /// # Errors
    ///
    /// [`Error::Left`] when the engine has left, [`Error::Contradiction`] when the
    /// words of the hub contradict each other.
    pub fn acquire(&mut self, how: Strategy) -> Result<Acquired, Error> {
        let posted = self.next.checked_add(1).ok_or(Error::Epoch(self.next))?;
        let (seen, calls) = self.reader.wait(posted, how)?;
        match self.mode {
            Mode::Every => self.locate(seen).map(|slot| Acquired { slot, epoch: self.next, calls }),
            Mode::Latest => self.lease_newest(seen, calls),
        }
    }

    /// The slot of the next frame, which the cursor protects.
    fn locate(&self, seen: u64) -> Result<usize, Error> {
        let Reader { words, slots, .. } = &self.reader;
        // Acquire: the frame is read behind it.
        let holds = |slot| words.slot(slot).load(Ordering::Acquire) == self.next.wrapping_add(1);
        (0..*slots).find(|&slot| holds(slot)).ok_or(Error::Contradiction { seen, epoch: self.next })
    }

    /// Leases the slot of the newest frame, which was `seen`-1 when the signal was
    /// looked at.
    fn lease_newest(&mut self, mut seen: u64, mut calls: u64) -> Result<Acquired, Error> {
        for _ in 0..NEWEST_TRIES {
            if seen <= self.next {
                break; // the signal went back
            }
            let (slot, more) = self.reader.find(seen);
            calls += more;
            if let Some(slot) = slot {
                self.advance(seen - 1);
                return Ok(Acquired { slot, epoch: seen - 1, calls });
            }
            // The newest frame is not overwritten before the next is posted.
            let again = self.reader.words.frame().load();
            if again == seen {
                break;
            }
            seen = again;
        }
        Err(Error::Contradiction { seen, epoch: seen.saturating_sub(1) })
    }

    /// Notes that a reader of the latest has the frame of `epoch`.
    const fn advance(&mut self, epoch: u64) {
        if self.started {
            self.skipped += epoch - self.next;
        }
        self.started = true;
        self.next = epoch + 1;
    }

    /// Lets go of the frame that was acquired last, and returns the number of system
    /// calls made to wake a writer that waited for it.
    pub fn release(&mut self) -> u64 {
        match self.mode {
            Mode::Latest => self.reader.release(),
            Mode::Every => {
                self.next = self.next.saturating_add(1);
                self.need(self.next)
            }
        }
    }

    /// Lets go of everything and frees the reader's index.
    pub fn leave(self) -> u64 {
        self.reader.words.reclaim(self.reader.index).unwrap_or(0) // an index that join has checked
    }
}
