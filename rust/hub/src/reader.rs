//! Those who lease frames.

use crate::control::{Part, intact};
use crate::error::Error;
use crate::layout::{MAX_READERS, MAX_SLOTS};
use crate::signal::Strategy;
use crate::sync::{Ordering, fence};
use crate::words::Words;

/// Leases frames from the slots of a hub. Each reader has an index of its own.
#[derive(Debug)]
pub struct Reader {
    words: Words,
    slots: usize,
    index: usize,
}

impl Reader {
    /// Reader `index` of a hub of `slots` slots.
    ///
    /// # Errors
    ///
    /// [`Error::Layout`] for a number of slots or an index that no hub has.
    pub fn new(words: Words, slots: usize, index: usize) -> Result<Self, Error> {
        if index >= MAX_READERS {
            return Err(Error::Layout { what: "as reader's index", got: index, want: "0 to 15" });
        }
        if !(2..=MAX_SLOTS).contains(&slots) {
            return Err(Error::Layout { what: "frame slots", got: slots, want: "2 to 16" });
        }
        Ok(Self { words, slots, index })
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
        let (_, calls) = self.words.frame().wait(posted, how)?;
        match (0..self.slots).find(|&slot| self.hold(slot, posted)) {
            Some(slot) => Ok((slot, calls)),
            None => Err(Error::Overwritten { epoch, posted: self.words.frame().load() }),
        }
    }

    /// Leases `slot` if it holds the frame of epoch+1 `posted`.
    fn hold(&self, slot: usize, posted: u64) -> bool {
        let word = self.words.slot(slot);
        if word.load(Ordering::Relaxed) != posted {
            return false;
        }
        let lease = self.words.lease(self.index);
        // Release: a writer that sees this lease instead of the end of the one
        // before must still be behind what was read under that one.
        lease.store(slot as u64 + 1, Ordering::Release);
        // Store the lease, fence, load the mark; see `Writer`.
        if intact(Part::LeaseFence) {
            fence(Ordering::SeqCst);
        }
        // Acquire: the frame is read behind it.
        if !intact(Part::EpochRecheck) || word.load(Ordering::Acquire) == posted {
            return true;
        }
        lease.store(0, Ordering::Release);
        false
    }

    /// Ends the lease and returns the number of system calls made.
    pub fn release(&mut self) -> u64 {
        // Release: the frame was read before the writer sees the end of the lease.
        self.words.lease(self.index).store(0, Ordering::Release);
        self.words.free().bump()
    }
}
