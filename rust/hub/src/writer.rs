//! The one who publishes frames.

use std::time::Duration;

use crate::control::{Part, intact};
use crate::error::Error;
use crate::layout::MAX_SLOTS;
use crate::pace::Patience;
use crate::shape::check_slots;
use crate::signal::Strategy;
use crate::sync::{Ordering, fence_behind};
use crate::words::Words;

/// Publishes frames into the slots of a hub. There is one a hub.
///
/// A publish is: take a slot that no reader needs, mark it as being written, fill it,
/// store its epoch, post the signal. A reader keeps a slot from being taken in one of
/// two ways.
///
/// - By a lease, on a frame that it has found: store the slot in the lease word, then
///   look whether the slot still holds the epoch. The writer marks before it looks at
///   the leases, and the reader leases before it looks at the mark, with a fence
///   between on either side: either the writer sees the lease or the reader sees the
///   mark.
/// - By its cursor, on every frame from an epoch on. [`crate::Follower::join`] shows
///   why the writer always sees a cursor in time.
///
/// The writer acts on its own record of what the slots hold, never on the slot words,
/// which any process that has the control page could change.
#[derive(Debug)]
pub struct Writer {
    pub(crate) words: Words,
    pub(crate) slots: usize,
    pub(crate) limit: Option<Duration>,
    pub(crate) patience: Patience, // of a loan that spins
    current: usize,
    blocked: u64,
    /// Epoch+1 of the frame in each slot, 0 for none.
    holds: [u64; MAX_SLOTS],
}

impl Writer {
    /// The writer of a fresh hub of `slots` slots. The initial frame lies in the last.
    ///
    /// # Errors
    ///
    /// [`Error::Layout`] for a number of slots that no hub has.
    pub fn new(words: Words, slots: usize) -> Result<Self, Error> {
        check_slots(slots)?;
        let holds = [0; MAX_SLOTS];
        Ok(Self {
            words,
            slots,
            limit: None,
            patience: Patience::default(),
            current: slots - 1,
            blocked: 0,
            holds,
        })
    }

    /// Bounds how long a loan waits, give or take a tenth of a second; `None`, as in
    /// the beginning, is for ever.
    pub const fn set_limit(&mut self, limit: Option<Duration>) {
        self.limit = limit;
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

    /// A slot that may be written: not the current one, and needed by no reader. It
    /// waits while there is none. Returns the slot and the number of system calls
    /// made.
    ///
    /// # Errors
    ///
    /// [`Error::Deserted`] when kernel or viewer has left while every slot is needed,
    /// [`Error::Blocked`] when the limit has passed.
    pub fn loan(&mut self, how: Strategy) -> Result<(usize, u64), Error> {
        if let Some(slot) = self.try_loan() {
            return Ok((slot, 0));
        }
        self.blocked += 1;
        self.await_slot(how)
    }

    /// As [`Self::loan`], or none when there is no such slot now. Of several it is
    /// the one that was written longest ago.
    pub fn try_loan(&mut self) -> Option<usize> {
        let (current, slots) = (self.current, self.slots);
        (1..slots).map(|i| (current + i) % slots).find(|&slot| self.take(slot))
    }

    /// Marks `slot` as being written, unless a reader needs it.
    fn take(&mut self, slot: usize) -> bool {
        // Both looks come before the mark, which others that look for a frame in the
        // slot could see although it is not written after all.
        if self.lessee(slot).is_some() || (intact(Part::Cursor) && self.follower(slot).is_some()) {
            return false;
        }
        let word = self.words.slot(slot);
        // Relaxed: the fence behind it orders the mark before the look at the leases
        // and before the bytes of the next frame. The fence of the last post orders
        // it behind that post: a reader that finds the mark where the newest frame
        // was finds a newer one in the frame signal.
        word.store(0, Ordering::Relaxed);
        fence_behind(word, Part::MarkFence);
        if intact(Part::LeaseRecheck) && self.lessee(slot).is_some() {
            // Release: a reader that loads it goes on to read the frame.
            word.store(self.holds[slot], Ordering::Release);
            return false;
        }
        self.holds[slot] = 0;
        true
    }

    /// A reader that has leased `slot`.
    fn lessee(&self, slot: usize) -> Option<usize> {
        // Acquire: what was read under a lease that has ended was read before it is
        // overwritten.
        (0..self.words.readers())
            .find(|&r| self.words.lease(r).load(Ordering::Acquire) == slot as u64 + 1)
    }

    /// A reader whose cursor keeps the frame in `slot`.
    fn follower(&self, slot: usize) -> Option<usize> {
        (0..self.words.readers()).find(|&r| {
            // Acquire: as for a lease.
            let cursor = self.words.cursor(r).load(Ordering::Acquire);
            cursor != 0 && self.holds[slot] >= cursor
        })
    }

    /// A reader that needs `slot`, to name it.
    pub(crate) fn reader_of(&self, slot: usize) -> Option<usize> {
        self.lessee(slot).or_else(|| self.follower(slot))
    }

    /// Gives the loaned slot to the readers as the frame of `epoch`, which is one
    /// more than the epoch before, and returns the number of system calls made.
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
        self.holds[slot] = posted;
        // Release: the frame is there before its epoch is.
        self.words.slot(slot).store(posted, Ordering::Release);
        self.current = slot;
        Ok(self.words.frame().post(posted))
    }
}
