//! The atomic words of a control page, every one on a line of its own.

use crate::futex::Futex;
use crate::layout::*;
use crate::page::Page;
use crate::role::Role;
use crate::signal::Signal;
use crate::sync::{AtomicU64, Ordering};

/// The words of a control page. Clones are handles to the same page, which lives as
/// long as the last of them.
///
/// Any process may have written any value to any word: whoever loads one checks the
/// copy before it uses it.
#[derive(Clone, Debug)]
pub struct Words(Page);

impl Words {
    /// The words of a page.
    pub(crate) const fn of(page: Page) -> Self {
        Self(page)
    }

    pub(crate) fn word(&self, line: usize) -> &AtomicU64 {
        self.0.word(line)
    }

    /// How many lease and cursor words there are to look at.
    pub(crate) fn readers(&self) -> usize {
        self.0.readers()
    }

    pub(crate) fn slot(&self, i: usize) -> &AtomicU64 {
        debug_assert!(i < MAX_SLOTS);
        self.word(SLOT_LINE + i)
    }

    pub(crate) fn lease(&self, reader: usize) -> &AtomicU64 {
        debug_assert!(reader < MAX_READERS);
        self.word(LEASE_LINE + reader)
    }

    pub(crate) fn cursor(&self, reader: usize) -> &AtomicU64 {
        debug_assert!(reader < MAX_READERS);
        self.word(CURSOR_LINE + reader)
    }

    pub(crate) fn owner_word(&self, reader: usize) -> &AtomicU64 {
        debug_assert!(reader < MAX_READERS);
        self.word(OWNER_LINE + reader)
    }

    fn signal(&self, line: usize, writers: &'static [Role]) -> Signal<'_> {
        let value = self.word(line);
        #[cfg(not(loom))]
        let futex = Futex::new(value);
        #[cfg(loom)]
        let futex = Futex::new(value, self.0.queue(line));
        let (sleepers, closed) = (self.word(line + 1), self.word(CLOSED_LINE));
        Signal { value, sleepers, closed, futex, writers }
    }

    /// Epoch+1 of the last policy published, from the kernel; 0 before the first.
    #[must_use]
    pub fn policy(&self) -> Signal<'_> {
        self.signal(POLICY_LINE, &[Role::Kernel])
    }

    /// Epoch+1 of the last frame published, from the engine.
    #[must_use]
    pub fn frame(&self) -> Signal<'_> {
        self.signal(FRAME_LINE, &[Role::Engine])
    }

    /// Epoch+1 of the last frame used, from the viewer.
    #[must_use]
    pub fn used(&self) -> Signal<'_> {
        self.signal(USED_LINE, &[Role::Viewer])
    }

    /// How often a reader has let go of what the writer may wait for. Every reader
    /// bumps it; it ends when kernel or viewer has left.
    #[must_use]
    pub fn free(&self) -> Signal<'_> {
        self.signal(FREE_LINE, &[Role::Kernel, Role::Viewer])
    }

    /// The process that is reader `reader`, 0 for none. Only to name it in messages:
    /// nothing may be done to a process on the strength of it.
    #[must_use]
    pub fn owner(&self, reader: usize) -> u64 {
        if reader >= MAX_READERS {
            return 0;
        }
        self.owner_word(reader).load(Ordering::Relaxed)
    }

    /// Says that `role` has left, and wakes everyone who might wait for it.
    pub fn leave(&self, role: Role) {
        // Release: what the role posted last comes before its bit.
        self.word(CLOSED_LINE).fetch_or(role.bit(), Ordering::Release);
        for signal in [self.policy(), self.frame(), self.used(), self.free()] {
            signal.futex.wake();
        }
    }

    /// Whether `role` has left.
    #[must_use]
    pub fn has_left(&self, role: Role) -> bool {
        self.word(CLOSED_LINE).load(Ordering::Acquire) & role.bit() != 0
    }
}
