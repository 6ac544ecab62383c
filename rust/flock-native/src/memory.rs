//! Arrays that start on a cache line.

use std::alloc::{Layout, alloc, dealloc};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use crate::Error;

/// Where arrays start is a multiple of this: a cache line, and the widest vector.
pub const ALIGNMENT: usize = 64;

/// An array of numbers that starts on a cache line, as a `Vec` need not. It owns
/// its memory, all of which has been written and is thus backed by real pages.
#[derive(Debug)]
pub struct Array<T> {
    start: NonNull<T>,
    len: usize,
}

// SAFETY: it owns what it points to, like a boxed slice.
unsafe impl<T: Send> Send for Array<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Array<T> {}

impl<T: Copy> Array<T> {
    /// `len` times `value`, or [`Error::Memory`] when there is no room for it.
    pub fn new(len: usize, value: T) -> Result<Self, Error> {
        let layout = layout::<T>(len).ok_or(Error::Memory(usize::MAX))?;
        if layout.size() == 0 {
            return Ok(Self { start: NonNull::dangling(), len });
        }
        // SAFETY: the size is not zero.
        let start = NonNull::new(unsafe { alloc(layout) }.cast::<T>());
        let start = start.ok_or(Error::Memory(layout.size()))?;
        for i in 0..len {
            // SAFETY: within the allocation.
            unsafe { start.add(i).write(value) };
        }
        Ok(Self { start, len })
    }
}

/// What to allocate for `len` values; nothing when no memory could be so large.
fn layout<T>(len: usize) -> Option<Layout> {
    Layout::array::<T>(len).ok()?.align_to(ALIGNMENT).ok()
}

impl<T> Drop for Array<T> {
    fn drop(&mut self) {
        if let Some(layout) = layout::<T>(self.len).filter(|l| l.size() != 0) {
            // SAFETY: allocated with the same layout. Values are Copy: none has a Drop.
            unsafe { dealloc(self.start.as_ptr().cast(), layout) };
        }
    }
}

impl<T> Deref for Array<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: `len` values were written on construction.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T> DerefMut for Array<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and `self` is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_start_on_a_cache_line() {
        for len in [0, 1, 7, 4097] {
            let mut array = Array::new(len, 1.5f32).expect("array");
            assert_eq!(array.len(), len);
            assert!(array.iter().all(|&v| v == 1.5));
            array.fill(2.0);
            assert_eq!(array.iter().sum::<f32>(), 2.0 * len as f32);
            assert!(len == 0 || array.as_ptr().addr().is_multiple_of(ALIGNMENT));
        }
    }

    #[test]
    fn what_no_memory_holds_is_an_error() {
        for len in [usize::MAX, usize::MAX / 8, 1 << 58] {
            // An array that nobody looks at need not be allocated.
            let array = std::hint::black_box(Array::new(len, 0.0f32));
            assert!(matches!(array, Err(Error::Memory(_))), "{len}");
        }
    }
}
