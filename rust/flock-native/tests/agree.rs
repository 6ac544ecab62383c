//! Back ends and threads give one chain of bits, and the same faults.

use std::f32::consts::PI;

use flock::layout;
use flock_native::heap::{Plan, PolicyBytes};
use flock_native::{Backend, Error, Heap, Phase, Pool, together};

/// Thread counts: alone, some, and more than most machines have cores for.
const CREWS: [usize; 5] = [1, 2, 3, 4, 7];
const TICKS: u64 = 50;

/// A policy of the golden file in a cube of such an edge.
fn policy(edge: f32) -> PolicyBytes {
    let line = include_str!("../../flock/testdata/golden.txt").lines().nth(2).expect("a world");
    let digits = line.split_whitespace().last().expect("a policy");
    let mut policy = [0; layout::POLICY_BYTES];
    for (byte, at) in policy.iter_mut().zip((0..digits.len()).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).expect("hex");
    }
    for axis in 0..3 {
        let (min, max) = (layout::POLICY_MIN + 4 * axis, layout::POLICY_MAX + 4 * axis);
        policy[min..min + 4].copy_from_slice(&0.0f32.to_le_bytes());
        policy[max..max + 4].copy_from_slice(&edge.to_le_bytes());
    }
    policy
}

/// A world of some eight neighbours a boid, and no smaller than two radii.
fn plan(boids: usize, dimensions: usize, parts: usize) -> Plan {
    let ball = if dimensions == 2 { PI } else { 4.0 / 3.0 * PI };
    let edge = (boids as f32 * ball / 8.0).powf(1.0 / dimensions as f32).max(2.0);
    Plan { boids, dimensions, seed: 42, policy: policy(edge), parts }
}

/// A world and who steps it.
struct Case {
    heap: Heap,
    pool: Pool,
}

impl Case {
    fn new(plan: &Plan) -> Self {
        let heap = Heap::new(plan).expect("world");
        Self { heap, pool: Pool::new(plan.parts).expect("threads") }
    }

    fn together(&mut self, backend: Backend, phase: Phase) -> Result<u64, flock::status::Fault> {
        let dimensions = self.heap.plan().dimensions;
        let world = &mut self.heap.world(self.pool.size());
        together::run(&mut self.pool, backend, phase, dimensions, world)
    }

    /// The chain and the neighbours of so many ticks.
    fn advance(&mut self, backend: Backend, ticks: u64) -> (u64, u64) {
        let mut neighbours = 0;
        for _ in 0..ticks {
            let found = self.together(backend, Phase::Step).expect("step");
            self.heap.commit(found);
            neighbours += found;
        }
        (self.heap.chain(), neighbours)
    }
}

/// The chain and the neighbours of so many ticks on one core.
fn alone(plan: &Plan, backend: Backend, ticks: u64) -> (u64, u64) {
    let mut heap = Heap::new(plan).expect("world");
    let mut neighbours = 0;
    for _ in 0..ticks {
        let found = backend.run(Phase::Step, plan.dimensions, &mut heap.world(1)).expect("step");
        heap.commit(found);
        neighbours += found;
    }
    (heap.chain(), neighbours)
}

fn worlds() -> impl Iterator<Item = (usize, usize)> {
    [0, 1, 7, 8, 9, 4097].into_iter().flat_map(|boids| [(boids, 2), (boids, 3)])
}

#[test]
fn back_ends_give_one_chain() {
    for (boids, dimensions) in worlds() {
        let plan = plan(boids, dimensions, 1);
        let want = alone(&plan, Backend::Scalar, TICKS);
        assert_eq!(boids > 1, want.1 > 0, "neighbours of {boids} boids");
        for backend in Backend::ALL {
            if let Some(reason) = backend.missing() {
                println!("SKIPPED: {}: {reason}", backend.name());
                continue;
            }
            let got = alone(&plan, *backend, TICKS);
            assert_eq!(got, want, "{} with {boids} boids, {dimensions}-D", backend.name());
        }
    }
}

#[test]
fn threads_give_the_chain_of_one() {
    for (boids, dimensions) in worlds() {
        let want = alone(&plan(boids, dimensions, 1), Backend::Scalar, TICKS);
        for parts in CREWS {
            let mut case = Case::new(&plan(boids, dimensions, parts));
            let got = case.advance(Backend::best(), TICKS);
            assert_eq!(got, want, "{parts} threads, {boids} boids, {dimensions}-D");
        }
    }
}

#[test]
fn threads_give_the_chain_of_one_with_every_back_end() {
    let want = alone(&plan(999, 3, 1), Backend::Scalar, TICKS);
    for backend in Backend::available() {
        let got = Case::new(&plan(999, 3, 3)).advance(backend, TICKS);
        assert_eq!(got, want, "{}", backend.name());
    }
}

#[test]
fn phases_find_the_neighbours_of_a_step() {
    for parts in [1, 3] {
        let mut case = Case::new(&plan(999, 3, parts));
        case.advance(Backend::best(), 61);
        let want = case.together(Backend::best(), Phase::Step).expect("step");
        assert!(want > 999, "{want} neighbours");
        assert_eq!(case.together(Backend::best(), Phase::Perceive), Ok(want));
        assert_eq!(case.together(Backend::best(), Phase::Sort), Ok(0));
        for backend in Backend::available() {
            let world = &mut case.heap.world(1);
            assert_eq!(backend.run(Phase::Perceive, 3, world), Ok(want), "{}", backend.name());
        }
    }
}

#[test]
fn faults_are_those_of_one_thread() {
    // Positions stop a step at its first gate, velocities at its end.
    for (column, boids) in [(0, 9), (2, 4097), (layout::VX, 4097), (layout::ENERGY, 9)] {
        let bad = boids * 2 / 3;
        let poison = |heap: &mut Heap| {
            heap.frame_mut()[column * flock::stride(boids) + bad] = f32::NAN;
            heap.frame_mut()[column * flock::stride(boids) + boids - 1] = f32::INFINITY;
        };
        let mut heap = Heap::new(&plan(boids, 3, 1)).expect("world");
        poison(&mut heap);
        let want = Backend::Scalar.run(Phase::Step, 3, &mut heap.world(1));
        assert_eq!(want.expect_err("refused").index as usize, bad);
        for parts in CREWS {
            let mut case = Case::new(&plan(boids, 3, parts));
            poison(&mut case.heap);
            let got = case.together(Backend::best(), Phase::Step);
            assert_eq!(got, want, "{parts} threads, column {column} of {boids}");
            // A fault does not outlast its step.
            let at = column * flock::stride(boids);
            let sane = case.heap.frame_mut()[at];
            for i in [bad, boids - 1] {
                case.heap.frame_mut()[at + i] = sane;
            }
            assert!(case.together(Backend::best(), Phase::Step).is_ok());
        }
    }
}

#[test]
fn worlds_that_cannot_be_are_refused() {
    let good = plan(9, 3, 1);
    let refused = |plan: Plan| Heap::new(&plan).expect_err("refused");
    assert_eq!(refused(Plan { dimensions: 4, ..good }), Error::Dimensions(4));
    for parts in [0, 65, usize::MAX] {
        assert_eq!(refused(Plan { parts, ..good }), Error::Parts(parts));
    }
    for boids in [1 << 27, usize::MAX] {
        assert!(matches!(refused(Plan { boids, ..good }), Error::Fault(_)), "{boids}");
    }
    let wide = Plan { policy: policy(1e6), ..good };
    assert!(matches!(refused(wide), Error::Fault(_)));
    let heavy = Plan { policy: policy(1000.0), ..good };
    assert!(matches!(refused(Plan { parts: 64, ..heavy }), Error::Memory(_)));
    assert!(matches!(refused(Plan { policy: [0; 256], ..good }), Error::Fault(_)));
}

#[test]
fn a_world_of_other_parts_is_a_fault() {
    let mut heap = Heap::new(&plan(9, 3, 2)).expect("world");
    let mut pool = Pool::new(2).expect("threads");
    let step = |pool: &mut Pool, heap: &mut Heap, parts, dimensions| {
        together::run(pool, Backend::best(), Phase::Step, dimensions, &mut heap.world(parts))
    };
    assert!(step(&mut pool, &mut heap, 1, 3).is_err());
    assert!(step(&mut pool, &mut heap, 2, 4).is_err());
    assert!(step(&mut pool, &mut heap, 2, 3).is_ok());
}
