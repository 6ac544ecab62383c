//! The atomics of the protocol: those of the machine, or loom's under `--cfg loom`.
//!
//! loom treats a `SeqCst` load or store as acquire or release. Where the protocol
//! needs more, it says so by a `fence(SeqCst)`, which loom does model.

#[cfg(loom)]
pub(crate) use loom::{
    hint::spin_loop,
    sync::atomic::{AtomicU64, Ordering, fence},
    thread::yield_now,
};
#[cfg(not(loom))]
pub(crate) use std::{
    hint::spin_loop,
    sync::atomic::{AtomicU64, Ordering, fence},
    thread::yield_now,
};

/// This process as it stands in an owner word.
pub(crate) fn process_id() -> u64 {
    std::process::id().into()
}
