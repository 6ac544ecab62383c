//! Memory that the parts of a step share.

use core::marker::PhantomData;
use core::ops::Range;

use crate::arch::prefetch;

/// A slice that several threads may use at once. It checks every index, and
/// leaves to its user that nobody writes what another one reads or writes.
#[derive(Debug)]
pub struct Shared<'a, T> {
    data: *mut T,
    len: usize,
    lender: PhantomData<&'a mut [T]>,
}

// SAFETY: every access is unsafe, and asks for what makes it sound.
unsafe impl<T: Send> Send for Shared<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    /// Shares `data`.
    pub fn new(data: &'a mut [T]) -> Self {
        Self { data: data.as_mut_ptr(), len: data.len(), lender: PhantomData }
    }

    /// All of it, to read.
    ///
    /// # Safety
    ///
    /// Nobody may write it during the life of the slice.
    #[inline(always)]
    #[must_use]
    pub unsafe fn all(&self) -> &[T] {
        // SAFETY: a slice lent it; nobody writes, by the caller's promise.
        unsafe { core::slice::from_raw_parts(self.data, self.len) }
    }

    /// A range of it, to write.
    ///
    /// # Safety
    ///
    /// Nobody else may read or write the range during the life of the slice.
    #[inline(always)]
    #[must_use]
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn part(&self, range: Range<usize>) -> &mut [T] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: in bounds; exclusive by the caller's promise.
        unsafe { core::slice::from_raw_parts_mut(self.data.add(range.start), range.len()) }
    }

    /// [`Self::part`] of `len` values from `at` on, unchecked.
    ///
    /// # Safety
    ///
    /// They must be there, and nobody else may read or write them during the life of
    /// the slice.
    #[inline(always)]
    #[must_use]
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn part_unchecked(&self, at: usize, len: usize) -> &mut [T] {
        debug_assert!(at + len <= self.len);
        // SAFETY: promised by the caller.
        unsafe { core::slice::from_raw_parts_mut(self.data.add(at), len) }
    }

    /// Asks for the cache line of a value.
    #[inline(always)]
    pub fn prefetch(&self, at: usize) {
        // SAFETY: an empty slice of valid memory.
        prefetch(unsafe { core::slice::from_raw_parts(self.data, 0) }, at);
    }

    /// Writes one value.
    ///
    /// # Safety
    ///
    /// Nobody else may read or write that place at the same time.
    #[inline(always)]
    pub unsafe fn put(&self, at: usize, value: T) {
        assert!(at < self.len);
        // SAFETY: in bounds; exclusive by the caller's promise. What was there
        // needs no drop: shared memory holds numbers.
        unsafe { self.data.add(at).write(value) }
    }
}
