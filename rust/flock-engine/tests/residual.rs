//! A test with a process of its own: it looks at what other threads burn.

use flock_engine::clock::thread_cpu;
use flock_engine::lap::{Meter, calibrate};

fn burn(ns: i64) {
    let start = thread_cpu();
    while thread_cpu() - start < ns {}
}

/// What other threads use is measured, not sampled.
#[test]
fn other_threads_are_residual() {
    let mut m = Meter::new(calibrate());
    m.count(true);
    for i in 0..20 {
        m.tick(false, i % 10 == 5);
        if i == 3 {
            // No tick that is sampled.
            std::thread::spawn(|| burn(30_000_000)).join().expect("a thread that burns");
        }
        burn(1_000_000);
    }
    m.count(false);
    let total = m.total();
    let (residual, compute) = (total.cpu_ns["residual"], total.cpu_ns["compute"]);
    assert!((29e6..40e6).contains(&residual), "residual {residual} ns, others burnt 30 ms");
    assert!((compute - 20e6).abs() < 2e6, "compute {compute} ns, the role burnt 20 ms");
}
