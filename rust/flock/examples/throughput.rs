//! Boid-steps per second of each back end, interleaved, and the share of the
//! sort. Reads the policies of the golden file:
//! `cargo run --release --example throughput -- [ROUNDS]`

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use common::Heap;
use flock::arch::scalar::Scalar;
use flock::lanes::Lanes;
use flock::{Native, Policy, layout};

/// The default world of `n` boids at 8 neighbours, grown from a golden policy.
fn policy(n: usize) -> [u8; layout::POLICY_BYTES] {
    let line = include_str!("../testdata/golden.txt").lines().find(|l| !l.starts_with('#'));
    let hex = line.and_then(|l| l.split_whitespace().last()).expect("a golden policy");
    let mut block = [0; layout::POLICY_BYTES];
    for (i, byte) in block.iter_mut().enumerate().take(hex.len() / 2) {
        *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex");
    }
    let edge = (n as f32 / 1.9099).cbrt();
    for axis in 0..3 {
        let put = |b: &mut [u8], at: usize, v: f32| {
            b[at + 4 * axis..at + 4 * axis + 4].copy_from_slice(&v.to_le_bytes());
        };
        put(&mut block, layout::POLICY_MAX, edge);
        put(&mut block, layout::POLICY_TARGET, edge / 2.0);
    }
    Policy::read(&block).expect("policy");
    block
}

fn time(f: impl FnOnce()) -> Duration {
    let start = Instant::now();
    f();
    start.elapsed()
}

fn steps<V: Lanes>(heap: &mut Heap, ticks: usize) -> Duration {
    time(|| {
        for _ in 0..ticks {
            heap.tick::<V>().expect("step");
        }
    })
}

fn main() {
    let rounds: usize = std::env::args().nth(1).map_or(5, |a| a.parse().expect("rounds"));
    println!("boids   scalar M/s  native M/s  ratio  sort %");
    for n in [1_000, 10_000, 100_000] {
        let ticks = 400_000 / n;
        let mut heap = Heap::new(n, policy(n), 7);
        steps::<Native>(&mut heap, 60);
        let mut least = [Duration::MAX; 3];
        for _ in 0..rounds {
            let sort = time(|| {
                (0..ticks).for_each(|_| {
                    flock::sort::<Native>(&mut heap.world()).expect("sort");
                })
            });
            let all = [steps::<Scalar>(&mut heap, ticks), steps::<Native>(&mut heap, ticks), sort];
            least = std::array::from_fn(|i| least[i].min(all[i]));
        }
        let [scalar, native, sort] = least.map(|d| d.as_secs_f64());
        let rate = (n * ticks) as f64 / 1e6;
        println!(
            "{n:6}  {:10.2}  {:10.2}  {:5.2}  {:6.1}",
            rate / scalar,
            rate / native,
            scalar / native,
            100.0 * sort / native
        );
    }
}
