//! Threads that stay, to share one job after the other.

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, available_parallelism};
use std::time::Duration;
use std::{io, mem};

use crate::gate::Gate;
use crate::watched::Watched;

/// Whoever waits spins so long before it sleeps: about as long as it takes to be
/// woken again, so that no wait costs more than twice what it would have cost at
/// best. Phases of small worlds are shorter than that, and the pause between two
/// steps of a world that somebody looks at is longer.
const PATIENCE: Duration = Duration::from_micros(30);

/// What all threads do, each with its number and the gate between phases.
type Job<'a> = dyn Fn(usize, &Gate) + Sync + 'a;

/// A fixed number of threads, the caller of [`Pool::run`] the first among them.
#[derive(Debug)]
pub struct Pool {
    common: Arc<Common>,
    threads: Vec<JoinHandle<()>>,
    patience: Duration,
}

/// What the threads share.
#[derive(Debug)]
struct Common {
    jobs: Watched, // the number of the last one, or END
    busy: Watched, // how many threads are at it, the caller excluded
    job: UnsafeCell<Option<Order>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// A job and its gate, without their lifetimes.
#[derive(Clone, Copy)]
struct Order {
    job: *const Job<'static>,
    gate: *const Gate,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order")
    }
}

// SAFETY: `job` is written by the caller of `run` while all threads wait for
// `jobs` to change, and read after it has; what it points to is Sync.
unsafe impl Send for Common {}
// SAFETY: as above.
unsafe impl Sync for Common {}

/// The number of jobs that ends the threads.
const END: usize = usize::MAX;

impl Pool {
    /// A pool of `size` threads, the caller included: at least one. Fails when the
    /// system refuses a thread.
    pub fn new(size: usize) -> io::Result<Self> {
        let patience = patience(size);
        let common = Arc::new(Common {
            jobs: Watched::new(patience),
            busy: Watched::new(patience),
            job: UnsafeCell::new(None),
            panic: Mutex::new(None),
        });
        let mut pool = Self { common, threads: Vec::new(), patience };
        for part in 1..size {
            let common = pool.common.clone();
            let thread = Builder::new().name(format!("flock-{part}"));
            pool.threads.push(thread.spawn(move || common.serve(part))?);
        }
        Ok(pool)
    }

    /// How many threads there are, the caller included.
    #[must_use]
    pub fn size(&self) -> usize {
        self.threads.len() + 1
    }

    /// Runs `job` on all threads at once, each with its number and a gate for all of
    /// them, and returns when all are through. A panic goes on here, once they are; it
    /// does not break the pool.
    pub fn run(&mut self, job: &Job<'_>) {
        let gate = Gate::new(self.size(), self.patience);
        // SAFETY: only the lifetime changes. No thread uses the job or the gate when
        // this function returns or unwinds: `busy` is 0 then.
        let job = unsafe { mem::transmute::<*const Job<'_>, *const Job<'static>>(job) };
        let order = Order { job, gate: &raw const gate };
        // SAFETY: all threads wait for the next job, so that nobody reads this one.
        unsafe { *self.common.job.get() = Some(order) };
        self.common.busy.update(|_| self.threads.len());
        self.common.jobs.update(|n| n + 1);
        self.common.share(0, order);
        self.common.busy.wait(|busy| busy == 0);
        let panic = self.common.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.common.jobs.update(|_| END);
        for thread in self.threads.drain(..) {
            // Panics of jobs were caught; there is nothing else to hear of.
            let _ = thread.join();
        }
    }
}

impl Common {
    /// Shares in every job until the end.
    fn serve(&self, part: usize) {
        for done in 0.. {
            self.jobs.wait(|jobs| jobs != done);
            if self.jobs.get() == END {
                return;
            }
            // SAFETY: the caller of `run` wrote it before it changed `jobs`, and
            // waits for this thread before it writes the next one.
            if let Some(order) = unsafe { *self.job.get() } {
                self.share(part, order);
            }
            self.busy.update(|busy| busy - 1);
        }
    }

    /// One thread's share of a job. Keeps the first panic.
    fn share(&self, part: usize, order: Order) {
        // SAFETY: both live until `run` has seen that all threads are through.
        let (job, gate) = unsafe { (&*order.job, &*order.gate) };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let alarm = gate.alarm();
            job(part, gate);
            alarm.disarm();
        }));
        if let Err(panic) = outcome {
            let mut first = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(panic);
        }
    }
}

/// How long the threads of a pool spin: not at all when they are more than cores,
/// since whoever spins then keeps a core from the one that is waited for. To be asked
/// once: counting cores takes tens of microseconds, of files that are read.
fn patience(size: usize) -> Duration {
    let cores = available_parallelism().map_or(1, usize::from);
    if size > cores { Duration::ZERO } else { PATIENCE }
}
