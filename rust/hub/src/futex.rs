//! Sleeping on a word that other processes change.

#[cfg(loom)]
pub(crate) use modelled::{Futex, Queue};
#[cfg(not(loom))]
pub(crate) use system::Futex;

#[cfg(not(loom))]
mod system {
    use std::sync::atomic::AtomicU64;
    use std::time::Duration;
    use std::{io, ptr};

    use crate::error::Error;

    /// The half of a word that changes with every post.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Futex<'a>(&'a AtomicU64);

    impl<'a> Futex<'a> {
        pub(crate) fn new(word: &'a AtomicU64) -> Self {
            Self(word)
        }

        /// The first half, on the little-endian machines that the project runs on.
        fn low(self) -> *const u32 {
            const { assert!(cfg!(target_endian = "little")) };
            ptr::from_ref(self.0).cast()
        }

        /// Sleeps while the word is `seen`, at most `limit`. Being woken, finding another value, a
        /// signal and the time-out all return: the caller looks again.
        pub(crate) fn wait(self, seen: u64, limit: Duration) -> Result<(), Error> {
            let timeout = libc::timespec {
                tv_sec: limit.as_secs() as libc::time_t,
                tv_nsec: limit.subsec_nanos().into(),
            };
            // Not FUTEX_PRIVATE: whoever wakes is another process.
            // SAFETY: both pointers are to memory that outlives the call; the kernel
            // reads the word atomically.
            let rc = unsafe {
                let timeout = ptr::from_ref(&timeout);
                libc::syscall(libc::SYS_futex, self.low(), libc::FUTEX_WAIT, seen as u32, timeout)
            };
            if rc == 0 {
                return Ok(());
            }
            let error = io::Error::last_os_error();
            match error.raw_os_error() {
                Some(libc::EAGAIN | libc::EINTR | libc::ETIMEDOUT) => Ok(()),
                _ => Err(Error::Futex(error)),
            }
        }

        /// Wakes every sleeper in every process.
        pub(crate) fn wake(self) {
            // SAFETY: the word is mapped, which is all that the call asks for. It
            // cannot fail on a mapped, aligned word.
            unsafe { libc::syscall(libc::SYS_futex, self.low(), libc::FUTEX_WAKE, i32::MAX) };
        }
    }
}

#[cfg(loom)]
mod modelled {
    use std::time::Duration;

    use loom::sync::atomic::{AtomicU64, Ordering};
    use loom::sync::{Condvar, Mutex};

    use crate::error::Error;

    /// The kernel's queue of those who sleep on one word.
    #[derive(Debug, Default)]
    pub(crate) struct Queue {
        bucket: Mutex<()>,
        sleepers: Condvar,
    }

    /// A futex as the kernel defines it: the word is compared and the sleeper queued
    /// under the lock that a waker takes. It has no time-out, so that a wake-up that
    /// is lost is a deadlock, which loom reports.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Futex<'a> {
        word: &'a AtomicU64,
        queue: &'a Queue,
    }

    impl<'a> Futex<'a> {
        pub(crate) fn new(word: &'a AtomicU64, queue: &'a Queue) -> Self {
            Self { word, queue }
        }

        pub(crate) fn wait(self, seen: u64, _limit: Duration) -> Result<(), Error> {
            let bucket = self.queue.bucket.lock().unwrap();
            if self.word.load(Ordering::Relaxed) as u32 == seen as u32 {
                drop(self.queue.sleepers.wait(bucket).unwrap());
            }
            Ok(())
        }

        pub(crate) fn wake(self) {
            drop(self.queue.bucket.lock().unwrap());
            self.queue.sleepers.notify_all();
        }
    }
}
