//! A pool shares jobs, and survives their panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use flock_native::Pool;
use flock_native::gate::{Broken, Gate};

const CREWS: [usize; 4] = [1, 2, 3, 7];

/// What `job` panics with on `pool`.
fn panic_of(pool: &mut Pool, job: &(dyn Fn(usize, &Gate) + Sync)) -> &'static str {
    let panic = catch_unwind(AssertUnwindSafe(|| pool.run(job))).expect_err("a panic");
    panic.downcast_ref::<&str>().copied().expect("a message")
}

#[test]
fn every_thread_does_its_part_once() {
    for size in CREWS {
        let mut pool = Pool::new(size).expect("threads");
        let done: Vec<_> = (0..size).map(|_| AtomicUsize::new(0)).collect();
        for _ in 0..100 {
            pool.run(&|part, _| {
                done[part].fetch_add(1, Ordering::Relaxed);
            });
        }
        assert!(done.iter().all(|d| d.load(Ordering::Relaxed) == 100), "{done:?}");
    }
}

#[test]
fn nobody_passes_a_gate_before_all_have_come() {
    for size in CREWS {
        let mut pool = Pool::new(size).expect("threads");
        let (come, last) = (AtomicUsize::new(0), AtomicUsize::new(0));
        pool.run(&|_, gate| {
            for round in 1..=200 {
                come.fetch_add(1, Ordering::Relaxed);
                let passed = gate.pass(|| {
                    last.fetch_add(1, Ordering::Relaxed);
                });
                assert_eq!(passed, Ok(()));
                assert_eq!(last.load(Ordering::Relaxed), round);
                assert!(come.load(Ordering::Relaxed) >= size * round);
                assert_eq!(gate.pass(|| ()), Ok(()));
            }
        });
        assert_eq!(come.load(Ordering::Relaxed), 200 * size);
    }
}

#[test]
fn a_panic_turns_the_others_back() {
    for size in CREWS {
        let mut pool = Pool::new(size).expect("threads");
        for victim in 0..size {
            let turned = AtomicUsize::new(0);
            let message = panic_of(&mut pool, &|part, gate| {
                let first = gate.pass(|| ());
                if part == victim {
                    assert_eq!(first, Ok(()));
                    panic!("lost");
                }
                // Whoever was slow at the first gate may hear of it there.
                assert_eq!(gate.pass(|| ()), Err(Broken));
                assert_eq!(gate.pass(|| ()), Err(Broken));
                turned.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!((message, turned.into_inner()), ("lost", size - 1));
        }
        pool.run(&|_, gate| assert_eq!(gate.pass(|| ()), Ok(())));
    }
}

#[test]
fn a_panic_between_arrival_and_passage_breaks_the_gate() {
    for size in CREWS {
        let mut pool = Pool::new(size).expect("threads");
        let message = panic_of(&mut pool, &|_, gate| {
            assert_eq!(gate.pass(|| panic!("lost")), Err(Broken));
        });
        assert_eq!(message, "lost");
    }
}

#[test]
fn all_threads_may_panic() {
    let mut pool = Pool::new(4).expect("threads");
    assert_eq!(panic_of(&mut pool, &|_, _| panic!("lost")), "lost");
    pool.run(&|_, gate| assert_eq!(gate.pass(|| ()), Ok(())));
}
