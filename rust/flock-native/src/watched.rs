//! A number that threads wait for.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A number whose changes threads can wait for: spinning at first, asleep after a
/// while. It stands on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
pub struct Watched {
    value: AtomicUsize,
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    changed: Condvar,
    patience: Duration,
}

impl Watched {
    /// The number 0. Whoever waits spins for `patience` before it sleeps.
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        Self {
            value: AtomicUsize::new(0),
            sleepers: AtomicUsize::new(0),
            lock: Mutex::new(()),
            changed: Condvar::new(),
            patience,
        }
    }

    /// The number. What other threads wrote before they changed it can be read.
    #[must_use]
    pub fn get(&self) -> usize {
        self.value.load(Ordering::Acquire)
    }

    /// Changes the number and wakes whoever sleeps.
    pub fn update(&self, change: impl Fn(usize) -> usize) {
        let change = |v| Some(change(v));
        // It never gives up, since the change is always something.
        let _ = self.value.fetch_update(Ordering::SeqCst, Ordering::SeqCst, change);
        // Either a sleeper is counted here, or it sees the number before it sleeps:
        // both sides write first and read then, in one order. Without sleepers this
        // saves a lock and a system call a change.
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            // Once the lock is free, those who were counted are asleep for good.
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
            self.changed.notify_all();
        }
    }

    /// Waits until the number is as wanted.
    pub fn wait(&self, wanted: impl Fn(usize) -> bool) {
        let begin = Instant::now();
        loop {
            if wanted(self.get()) {
                return;
            }
            if begin.elapsed() >= self.patience {
                return self.sleep(wanted);
            }
            for _ in 0..SPINS {
                spin_loop();
            }
        }
    }

    #[cold]
    fn sleep(&self, wanted: impl Fn(usize) -> bool) {
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        while !wanted(self.value.load(Ordering::SeqCst)) {
            guard = self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
    }
}

/// So many times the processor is told that this is a spin between two looks at
/// the number, which cost its owner the cache line.
const SPINS: usize = 4;
