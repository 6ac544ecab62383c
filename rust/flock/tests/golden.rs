//! One chain of bits for every back end: what the WebAssembly module gave,
//! the native back ends must give.

mod common;

use common::Heap;
use flock::hash::{FNV_BASIS, fnv_columns};
use flock::layout;
use flock::status::Fault;

/// A line of the golden file: a world, and the hash of all its frames.
struct Case {
    name: String,
    boids: usize,
    steps: usize,
    seed: u64,
    policy: [u8; layout::POLICY_BYTES],
    chain: u64,
    neighbours: u64,
}

fn unhex(text: &str) -> [u8; layout::POLICY_BYTES] {
    let mut policy = [0; layout::POLICY_BYTES];
    assert!(text.len() <= 2 * policy.len(), "policy of {} digits", text.len());
    for (byte, at) in policy.iter_mut().zip((0..text.len()).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    }
    policy
}

fn cases() -> Vec<Case> {
    let lines = include_str!("../testdata/golden.txt").lines().filter(|l| !l.starts_with('#'));
    lines
        .map(|line| {
            let f: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(f.len(), 7, "{line}");
            Case {
                name: f[0].into(),
                boids: f[1].parse().expect("boids"),
                steps: f[2].parse().expect("steps"),
                seed: f[3].parse().expect("seed"),
                chain: u64::from_str_radix(f[4], 16).expect("chain"),
                neighbours: f[5].parse().expect("neighbours"),
                policy: unhex(f[6]),
            }
        })
        .collect()
}

fn check(step: impl Fn(&mut Heap) -> Result<u64, Fault>) {
    let cases = cases();
    assert!(cases.len() >= 3, "golden file of {} cases", cases.len());
    for c in cases {
        let mut heap = Heap::new(c.boids, c.policy, c.seed);
        let (mut chain, mut neighbours) = (FNV_BASIS, 0);
        for tick in 0..c.steps {
            heap.renumber = tick % layout::GENERATION_TICKS == 0;
            neighbours += step(&mut heap).expect("step");
            chain = fnv_columns(chain, &heap.from, c.boids, layout::FRAME_COLUMNS);
        }
        assert_eq!((chain, neighbours), (c.chain, c.neighbours), "{}: {chain:016x}", c.name);
    }
}

#[test]
fn scalar_gives_the_golden_chain() {
    check(Heap::tick::<flock::arch::scalar::Scalar>);
}

#[cfg(target_arch = "aarch64")]
#[test]
fn neon_gives_the_golden_chain() {
    check(Heap::tick::<flock::arch::neon::Neon>);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn sse2_gives_the_golden_chain() {
    check(Heap::tick::<flock::arch::sse2::Sse2>);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn avx2_gives_the_golden_chain() {
    if !is_x86_feature_detected!("avx2") {
        println!("SKIPPED: this processor has no AVX2");
        return;
    }
    check(|heap| {
        // SAFETY: AVX2 was found, and every processor with it has POPCNT.
        let neighbours = unsafe { flock::arch::avx2::step::<3>(&mut heap.world())? };
        std::mem::swap(&mut heap.from, &mut heap.to);
        Ok(neighbours)
    });
}
