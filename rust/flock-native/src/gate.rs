//! A barrier that a panic opens.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::watched::Watched;

/// A barrier for a fixed number of threads, which nobody waits at for ever: once a
/// thread is lost, all others are turned back.
#[derive(Debug)]
pub struct Gate {
    size: usize,
    arrived: AtomicUsize,
    round: Watched,
}

/// A thread that should have come was lost to a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// The round of a gate that is broken.
const BROKEN: usize = usize::MAX;

impl Gate {
    /// A gate for `size` threads, which spin for `patience` before they sleep.
    #[must_use]
    pub fn new(size: usize, patience: Duration) -> Self {
        Self { size, arrived: AtomicUsize::new(0), round: Watched::new(patience) }
    }

    /// Waits for all others. The last to arrive does `last` before anybody goes on;
    /// what each did before it arrived is done for all of them afterwards.
    pub fn pass(&self, last: impl FnOnce()) -> Result<(), Broken> {
        let round = self.round.get();
        if round == BROKEN {
            return Err(Broken);
        }
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.size {
            last();
            self.arrived.store(0, Ordering::Relaxed);
            self.round.update(|r| if r == BROKEN { r } else { r + 1 });
        } else {
            self.round.wait(|r| r != round);
        }
        if self.round.get() == BROKEN { Err(Broken) } else { Ok(()) }
    }

    /// Something that breaks the gate when a panic drops it.
    ///
    /// Note: a guard and no closure, which would lack the instructions that its
    /// caller may use.
    #[must_use]
    pub fn alarm(&self) -> Alarm<'_> {
        Alarm(self)
    }
}

/// Breaks its gate when it is dropped: see [`Gate::alarm`].
#[derive(Debug)]
pub struct Alarm<'a>(&'a Gate);

impl Alarm<'_> {
    /// Drops it without breaking the gate.
    pub fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        self.0.round.update(|_| BROKEN);
    }
}
