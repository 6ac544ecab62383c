//! The atomics of the protocol: those of the machine, or loom's under `--cfg loom`.
//!
//! loom treats a `SeqCst` load or store as acquire or release. Where the protocol
//! needs more, it says so by a `fence(SeqCst)`, which loom does model.

use crate::control::{Part, intact};

#[cfg(loom)]
use loom::sync::atomic::fence;
#[cfg(loom)]
pub(crate) use loom::{
    hint::spin_loop,
    sync::atomic::{AtomicU64, Ordering},
    thread::yield_now,
};
#[cfg(not(loom))]
use std::sync::atomic::fence;
#[cfg(not(loom))]
pub(crate) use std::{
    hint::spin_loop,
    sync::atomic::{AtomicU64, Ordering},
    thread::yield_now,
};

/// A full fence behind the store to `word`: of two threads that each store a word of
/// their own, pass this fence and load the other's, at least one sees the other.
///
/// loom switches threads at atomic operations that depend on each other, and not at
/// fences. There the word is stored once more, so that it explores a switch between
/// the store and the fence.
#[inline(always)]
pub(crate) fn fence_behind(word: &AtomicU64, part: Part) {
    if cfg!(loom) {
        word.fetch_or(0, Ordering::Relaxed);
    }
    if intact(part) {
        fence(Ordering::SeqCst);
    }
}

/// This process as it stands in an owner word.
pub(crate) fn process_id() -> u64 {
    std::process::id().into()
}
