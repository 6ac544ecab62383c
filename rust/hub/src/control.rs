//! Negative controls: a model that leaves a part of the protocol out must fail, or
//! it would prove nothing. Without `--cfg loom` every part is there, at compile time.

/// A part of the protocol that a model may leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// That a reader's first look at a slot word is an acquire.
    MarkAcquire,
    /// The writer's fence between marking a slot and looking at the leases.
    MarkFence,
    /// The writer's look at the leases behind its mark.
    LeaseRecheck,
    /// The reader's fence between leasing a slot and looking at the mark.
    LeaseFence,
    /// The reader's look at the mark behind its lease.
    EpochRecheck,
    /// That the end of a lease is stored by a release.
    LeaseRelease,
    /// The writer's look at the cursors.
    Cursor,
    /// The fence between a lease or cursor that asks for less, or for the first time,
    /// and the look for a sleeping writer or at the frame signal.
    LetGoFence,
    /// The fence between a post and the look at the sleepers.
    PostFence,
    /// The count of a sleeper.
    SleeperCount,
    /// The sleeper's fence between counting itself and looking at the value.
    SleeperFence,
}

/// Whether the protocol has `part`: always, outside a model.
#[cfg(not(loom))]
#[inline(always)]
pub(crate) const fn intact(_: Part) -> bool {
    true
}

#[cfg(loom)]
pub(crate) use modelled::intact;
#[cfg(loom)]
pub use modelled::leave_out;

#[cfg(loom)]
mod modelled {
    use std::cell::Cell;

    use super::Part;

    std::thread_local! {
        // loom runs all threads of a model on the thread that started it.
        static LEFT_OUT: Cell<Option<Part>> = const { Cell::new(None) };
    }

    /// Leaves `part` out of every model that this thread checks from here on.
    pub fn leave_out(part: Part) {
        LEFT_OUT.set(Some(part));
    }

    pub(crate) fn intact(part: Part) -> bool {
        LEFT_OUT.get() != Some(part)
    }
}
