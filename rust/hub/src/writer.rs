//! The one who publishes frames.

use crate::control::{Part, intact};
use crate::error::Error;
use crate::layout::MAX_SLOTS;
use crate::role::Role;
use crate::signal::Strategy;
use crate::sync::{Ordering, fence};
use crate::words::Words;

/// Publishes frames into the slots of a hub. There is one a hub.
///
/// A publish is: take a slot that no reader has leased or still needs, mark it as
/// being written, fill it, store its epoch, post the signal. A lease is: store the
/// slot in the reader's lease word, then look whether the slot still holds the epoch.
/// Marking comes before looking at the leases, and leasing before looking at the
/// mark, with a fence between on either side, so that either the writer sees the
/// lease or the reader sees the mark.
#[derive(Debug)]
pub struct Writer {
    words: Words,
    slots: usize,
    current: usize,
    blocked: u64,
}

impl Writer {
    /// The writer of a hub of `slots` slots. The initial frame lies in the last one.
    ///
    /// # Errors
    ///
    /// [`Error::Layout`] for a number of slots that no hub has.
    pub fn new(words: Words, slots: usize) -> Result<Self, Error> {
        if !(2..=MAX_SLOTS).contains(&slots) {
            return Err(Error::Layout { what: "frame slots", got: slots, want: "2 to 16" });
        }
        Ok(Self { words, slots, current: slots - 1, blocked: 0 })
    }

    /// The slot of the last frame published: the step's input, never loaned.
    #[must_use]
    pub const fn current(&self) -> usize {
        self.current
    }

    /// Loans that had to wait for a reader, over the writer's life.
    #[must_use]
    pub const fn blocked(&self) -> u64 {
        self.blocked
    }

    /// A slot that may be written: not the current one, held by no reader and needed
    /// by none. It waits on the free signal while there is none. Returns the slot and
    /// the number of system calls made.
    ///
    /// # Errors
    ///
    /// [`Error::Deserted`] when kernel or viewer has left while every slot is held.
    pub fn loan(&mut self, how: Strategy) -> Result<(usize, u64), Error> {
        if let Some(slot) = self.try_loan() {
            return Ok((slot, 0));
        }
        self.blocked += 1;
        let mut calls = 0;
        loop {
            // Before the look: a reader that lets go after it has bumped it by then.
            let free = self.words.free().load();
            if let Some(slot) = self.try_loan() {
                return Ok((slot, calls));
            }
            match self.words.free().wait(free.wrapping_add(1), how) {
                Ok((_, more)) => calls += more,
                Err(Error::Left(Role::Kernel | Role::Viewer)) => return Err(Error::Deserted),
                Err(e) => return Err(e),
            }
        }
    }

    /// As [`Self::loan`], or none when there is no such slot now.
    pub fn try_loan(&mut self) -> Option<usize> {
        (1..self.slots).map(|i| (self.current + i) % self.slots).find(|&slot| self.take(slot))
    }

    /// Marks `slot` as being written, unless a reader holds or needs it.
    fn take(&self, slot: usize) -> bool {
        if self.leased(slot) {
            return false; // without a mark that a second reader of the slot could see
        }
        let word = self.words.slot(slot);
        // Acquire and release are of no use here: the word's own value was stored by
        // this thread, and a reader that loads the mark learns nothing from it.
        let was = word.swap(0, Ordering::Relaxed);
        // Store the mark, fence, load the leases; the reader stores its lease,
        // fences, loads the mark.
        if intact(Part::MarkFence) {
            fence(Ordering::SeqCst);
        }
        if intact(Part::LeaseRecheck) && (self.needed(was) || self.leased(slot)) {
            // Release: a reader that loads it goes on to read the frame.
            word.store(was, Ordering::Release);
            return false;
        }
        true
    }

    /// Whether a reader has leased `slot`.
    fn leased(&self, slot: usize) -> bool {
        // Acquire: what a reader read under a lease that has ended was read before
        // it is overwritten.
        (0..self.words.readers())
            .any(|r| self.words.lease(r).load(Ordering::Acquire) == slot as u64 + 1)
    }

    /// Whether a reader's cursor still asks for the frame of epoch+1 `posted`.
    fn needed(&self, posted: u64) -> bool {
        (0..self.words.readers()).any(|r| {
            let cursor = self.words.cursor(r).load(Ordering::Acquire);
            cursor != 0 && posted >= cursor
        })
    }

    /// Gives the loaned slot to the readers as the frame of `epoch` and returns the
    /// number of system calls made.
    ///
    /// # Errors
    ///
    /// [`Error::Turn`] for a slot that is not one of the hub or is the current one,
    /// [`Error::Epoch`] for an epoch that cannot be posted.
    pub fn publish(&mut self, slot: usize, epoch: u64) -> Result<u64, Error> {
        if slot >= self.slots || slot == self.current {
            return Err(Error::Turn("publish a slot that is not on loan"));
        }
        let posted = epoch.checked_add(1).ok_or(Error::Epoch(epoch))?;
        // Release: the frame is there before its epoch is.
        self.words.slot(slot).store(posted, Ordering::Release);
        self.current = slot;
        Ok(self.words.frame().post(posted))
    }
}
