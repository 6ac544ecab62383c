//! The memory behind the words: a mapped region, the heap, or loom's.

#[cfg(not(loom))]
pub(crate) use mapped::Page;
#[cfg(loom)]
pub(crate) use modelled::Page;

#[cfg(not(loom))]
mod mapped {
    use std::ptr::NonNull;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    use crate::error::Error;
    use crate::layout::*;
    use crate::map::{Access, Region};
    use crate::shape::Kind;
    use crate::words::Words;

    /// One line of the page: its word, and room that nobody uses.
    #[derive(Debug, Default)]
    #[repr(C, align(128))]
    struct Line(AtomicU64);

    const _: () = assert!(size_of::<Line>() == LINE_BYTES && LINES * LINE_BYTES <= PAGE_BYTES);

    #[derive(Debug)]
    enum Owner {
        Region(#[allow(dead_code)] Region), // unmapped when dropped
        Heap(Box<[Line]>),
    }

    /// A control page.
    #[derive(Clone, Debug)]
    pub(crate) struct Page {
        at: NonNull<Line>,
        _owner: Arc<Owner>,
    }

    // SAFETY: the lines are atomics, in memory that the owner keeps and may be
    // dropped by any thread.
    unsafe impl Send for Page {}
    // SAFETY: as above.
    unsafe impl Sync for Page {}

    impl Page {
        pub(crate) fn word(&self, line: usize) -> &AtomicU64 {
            assert!(line < LINES);
            // SAFETY: in bounds, checked right above; the owner holds LINES lines,
            // aligned, for as long as `self` lives; nothing but atomics touches them.
            unsafe { &self.at.add(line).as_ref().0 }
        }

        pub(crate) const fn readers(&self) -> usize {
            MAX_READERS
        }
    }

    impl Words {
        /// The words of a control region.
        ///
        /// # Errors
        ///
        /// [`Error::Region`] when the region holds something else or is read-only.
        pub fn new(region: Region) -> Result<Self, Error> {
            let kind = region.kind();
            if kind != Kind::Control || region.access() != Access::Writable {
                return Err(Error::Region { kind, want: "the control region, writable" });
            }
            let Some(at) = NonNull::new(region.as_ptr().cast()) else {
                return Err(Error::Region { kind, want: "one that is mapped" });
            };
            Ok(Self::of(Page { at, _owner: Arc::new(Owner::Region(region)) }))
        }

        /// Words on the heap, for roles that are threads of one process.
        #[must_use]
        pub fn heap() -> Self {
            let owner = Arc::new(Owner::Heap((0..LINES).map(|_| Line::default()).collect()));
            let Owner::Heap(lines) = &*owner else { unreachable!("made right above") };
            let at = NonNull::from(&lines[..]).cast();
            Self::of(Page { at, _owner: owner })
        }
    }
}

#[cfg(loom)]
mod modelled {
    use std::sync::Arc;

    use loom::sync::atomic::AtomicU64;

    use crate::futex::Queue;
    use crate::layout::*;
    use crate::words::Words;

    /// A control page of which only the words of a model exist, since loom explores
    /// every load of every one. What keeps it alive is no part of the model: an `Arc`
    /// of loom's aborts the program when it is dropped by a model that has failed.
    #[derive(Clone, Debug)]
    pub(crate) struct Page(Arc<Lines>);

    #[derive(Debug)]
    struct Lines {
        readers: usize,
        words: Vec<Option<AtomicU64>>,
        queues: Vec<Option<Queue>>,
    }

    fn modelled(line: usize, slots: usize, readers: usize) -> bool {
        let among = |first: usize, n: usize| (first..first + n).contains(&line);
        among(POLICY_LINE, 7)
            || among(SLOT_LINE, slots)
            || among(LEASE_LINE, readers)
            || among(CURSOR_LINE, readers)
            || among(FREE_LINE, 2)
            || among(OWNER_LINE, readers)
    }

    impl Page {
        pub(crate) fn word(&self, line: usize) -> &AtomicU64 {
            self.0.words[line].as_ref().expect("a line of the model")
        }

        pub(crate) fn queue(&self, line: usize) -> &Queue {
            self.0.queues[line].as_ref().expect("a signal of the model")
        }

        pub(crate) fn readers(&self) -> usize {
            self.0.readers
        }
    }

    impl Words {
        /// The words of a hub of `slots` slots and `readers` readers, in a model.
        #[must_use]
        pub fn model(slots: usize, readers: usize) -> Self {
            let words =
                (0..LINES).map(|line| modelled(line, slots, readers).then(AtomicU64::default));
            let signals = [POLICY_LINE, FRAME_LINE, USED_LINE, FREE_LINE];
            let queues = (0..LINES).map(|line| signals.contains(&line).then(Queue::default));
            let (words, queues) = (words.collect(), queues.collect());
            Self::of(Page(Arc::new(Lines { readers, words, queues })))
        }
    }
}
