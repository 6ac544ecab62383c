//! A global allocator that counts, so that "nothing is allocated in the window" is
//! measured and not said.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// The system's allocator, with a count of what it is asked for by any thread.
#[derive(Debug)]
pub struct Counting {
    objects: AtomicI64,
    bytes: AtomicI64,
}

/// What was allocated so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocated {
    /// Allocations, growing an old one included.
    pub objects: i64,
    /// Bytes asked for.
    pub bytes: i64,
}

impl Counting {
    /// An allocator that has counted nothing.
    #[must_use]
    #[allow(clippy::new_without_default)] // a static is made from a const
    pub const fn new() -> Self {
        Self { objects: AtomicI64::new(0), bytes: AtomicI64::new(0) }
    }

    /// What was allocated so far. The two counts are read one after the other: they
    /// belong together only where no other thread allocates.
    pub fn allocated(&self) -> Allocated {
        Allocated { objects: self.objects.load(Relaxed), bytes: self.bytes.load(Relaxed) }
    }

    /// Counts one allocation. Relaxed: a count orders nothing.
    fn count(&self, bytes: usize) {
        self.objects.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes as i64, Relaxed);
    }
}

// SAFETY: every call is passed on as it came to the system's allocator, which
// keeps the contract; counting touches no memory but the counters.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.count(new_size);
        // SAFETY: as above.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}

/// The allocator of this program and of its tests.
#[global_allocator]
pub static COUNTING: Counting = Counting::new();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_are_counted() {
        // Other tests allocate at the same time: the count is a lower bound.
        let before = COUNTING.allocated();
        let v = std::hint::black_box(vec![1u8; 4096]);
        let after = COUNTING.allocated();
        assert!(after.objects > before.objects);
        assert!(after.bytes - before.bytes >= v.len() as i64);
    }
}
