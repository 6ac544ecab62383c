//! Those who lease frames by their epoch.

use std::cell::Cell;

use crate::control::{Part, intact};
use crate::error::Error;
use crate::layout::MAX_READERS;
use crate::shape::check_slots;
use crate::signal::Strategy;
use crate::sync::{Ordering, fence_behind, process_id};
use crate::waiter::Waiter;
use crate::words::Words;

/// Leases frames by their epoch, in step with the writer: somebody else makes the
/// writer wait until the frame has been used. A reader of a writer that runs on by
/// itself is a [`crate::Follower`]. Each has an index of its own.
#[derive(Debug)]
pub struct Reader {
    pub(crate) words: Words,
    pub(crate) slots: usize,
    pub(crate) index: usize,
    held: Cell<u64>, // what its lease word holds
    waiter: Waiter,
}

/// Fails for an index that no reader has.
pub(crate) fn check_index(index: usize) -> Result<(), Error> {
    if index >= MAX_READERS {
        return Err(Error::Layout { what: "as a reader's index", got: index, want: "0 to 15" });
    }
    Ok(())
}

impl Reader {
    /// Reader `index` of a hub of `slots` slots. It names this process as its owner.
    ///
    /// # Errors
    ///
    /// [`Error::Layout`] for a number of slots or an index that no hub has.
    pub fn new(words: Words, slots: usize, index: usize) -> Result<Self, Error> {
        check_index(index)?;
        check_slots(slots)?;
        words.owner_word(index).store(process_id(), Ordering::Relaxed);
        Ok(Self::unchecked(words, slots, index))
    }

    /// A reader whose numbers have been checked.
    pub(crate) fn unchecked(words: Words, slots: usize, index: usize) -> Self {
        Self { words, slots, index, held: Cell::new(0), waiter: Waiter::new(Strategy::Park) }
    }

    /// Waits for the frame signal with what the reader has learned so far. It waits by
    /// one strategy all its life; to change it is to start learning anew.
    pub(crate) fn wait(&mut self, posted: u64, how: Strategy) -> Result<(u64, u64), Error> {
        if self.waiter.strategy() != how {
            self.waiter = Waiter::new(how);
        }
        self.waiter.wait(self.words.frame(), posted)
    }

    /// Blocks until the frame of `epoch` is published and leases its slot, which is
    /// not written before [`Self::release`]. Returns the slot and the number of
    /// system calls made.
    ///
    /// # Errors
    ///
    /// [`Error::Overwritten`] when the frame is gone, [`Error::Left`] when the engine
    /// has left without it.
    pub fn lease(&mut self, epoch: u64, how: Strategy) -> Result<(usize, u64), Error> {
        let posted = epoch.checked_add(1).ok_or(Error::Epoch(epoch))?;
        let (_, calls) = self.wait(posted, how)?;
        match self.find(posted) {
            (Some(slot), more) => Ok((slot, calls + more)),
            _ => Err(Error::Overwritten { epoch, posted: self.words.frame().load() }),
        }
    }

    /// Leases the slot that holds the frame of epoch+1 `posted`, if there is one.
    pub(crate) fn find(&self, posted: u64) -> (Option<usize>, u64) {
        let mut calls = 0;
        let slot = (0..self.slots).find(|&slot| {
            let (held, more) = self.hold(slot, posted);
            calls += more;
            held
        });
        (slot, calls)
    }

    /// Leases `slot` if it holds the frame of epoch+1 `posted`.
    fn hold(&self, slot: usize, posted: u64) -> (bool, u64) {
        let word = self.words.slot(slot);
        // Acquire: behind a mark or a newer frame, the signal that is newer, too.
        let order = if intact(Part::MarkAcquire) { Ordering::Acquire } else { Ordering::Relaxed };
        if word.load(order) != posted {
            return (false, 0);
        }
        // Release: a writer that sees this lease instead of the end of the one before
        // must still be behind what was read under that one.
        let lease = self.words.lease(self.index);
        self.held.set(slot as u64 + 1);
        lease.store(slot as u64 + 1, Ordering::Release);
        // Store the lease, fence, load the mark; see `Writer`.
        fence_behind(lease, Part::LeaseFence);
        // Acquire: the frame is read behind it.
        if !intact(Part::EpochRecheck) || word.load(Ordering::Acquire) == posted {
            return (true, 0);
        }
        (false, self.end_lease()) // the writer may have seen the lease, and wait
    }

    /// Ends the lease and wakes a writer that waits for it. Returns the number of
    /// system calls made.
    pub fn release(&mut self) -> u64 {
        self.end_lease()
    }

    fn end_lease(&self) -> u64 {
        // Release: the frame was read before the writer sees the end of the lease.
        let order = if intact(Part::LeaseRelease) { Ordering::Release } else { Ordering::Relaxed };
        let lease = self.words.lease(self.index);
        lease.store(0, order);
        let held = self.held.take();
        self.words.let_go(lease, Words::lease, held..=held)
    }
}

impl Words {
    /// Takes from a reader whose process is known to be dead what it holds and what
    /// it needs, frees its index, and wakes a writer that waits for it. Any process
    /// that has the control page may call it, and must not while the reader, or
    /// another one of that index, still runs.
    ///
    /// # Errors
    ///
    /// [`Error::Layout`] for an index that no reader has.
    pub fn reclaim(&self, index: usize) -> Result<u64, Error> {
        check_index(index)?;
        self.lease(index).store(0, Ordering::Release);
        let cursor = self.cursor(index);
        cursor.store(0, Ordering::Release);
        // Whatever else is needed: nobody knows what the dead reader held.
        let calls = self.free().bump();
        // Last: from here on another reader may take the index. Release: what this
        // one read comes before anything that the next one tells the writer.
        self.owner_word(index).store(0, Ordering::Release);
        Ok(calls)
    }
}
