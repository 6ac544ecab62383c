//! The physics on memory that belongs to others.

use flock::hash::{FNV_BASIS, fnv_columns};
use flock::status::Fault;
use flock::{Cells, Policy, Scratch, layout, seed, stride};
use flock_native::{Backend, Phase, Room};

use crate::error::{Context, Error, Result};

/// A policy in canonical form.
pub type PolicyBytes = [u8; layout::POLICY_BYTES];

/// The working memory of a step, and the way to step. The frames, the genome and the
/// policy are lent to each call.
#[derive(Debug)]
pub struct World {
    n: usize,
    cells: Cells,
    backend: Backend,
    neighbours: u64,
    room: Room,
}

/// What a step reads and writes besides its working memory.
#[derive(Debug)]
pub struct Turn<'a> {
    /// Of this tick.
    pub policy: &'a PolicyBytes,
    /// Four columns.
    pub genome: &'a [f32],
    /// The frame before.
    pub from: &'a [f32],
    /// The frame to write, padding included.
    pub to: &'a mut [f32],
    /// Whether boids are numbered in the order of cells.
    pub renumber: bool,
}

impl World {
    /// Room for `n` boids in as many cells as `policy` asks for, all of it backed by
    /// real pages.
    pub fn new(n: usize, policy: &PolicyBytes) -> Result<Self> {
        if n == 0 {
            return Err(Error::new("engine of 0 boids: want at least 1"));
        }
        let cells = cells(&read(policy)?);
        let bytes = Scratch::bytes(n, cells, 1).map_err(|f| told(f, policy))?;
        let failed = || format!("allocate the {bytes} bytes of a step");
        let count = cells.count().map_err(|f| told(f, policy))?;
        Ok(Self {
            n,
            cells,
            backend: Backend::best(),
            neighbours: 0,
            room: Room::new(n, count, 1).during(failed)?,
        })
    }

    /// Writes the frame before the first tick to `frame`.
    pub fn seed(&self, frame: &mut [f32], policy: &PolicyBytes, seed: u64) -> Result<()> {
        if frame.len() != layout::FRAME_COLUMNS * stride(self.n) {
            return Err(Error::new(format!("seed a frame of {} floats: wrong size", frame.len())));
        }
        seed::frame::<flock::Native, 3>(frame, self.n, &read(policy)?, seed);
        Ok(())
    }

    /// Steps the world by one tick. After an error the output frame means nothing.
    pub fn step(&mut self, turn: Turn<'_>) -> Result<()> {
        let mut world = flock::World {
            n: self.n,
            cells: self.cells,
            renumber: turn.renumber,
            policy: turn.policy,
            genome: turn.genome,
            from: turn.from,
            to: turn.to,
            scratch: self.room.scratch(1),
        };
        let stepped = self.backend.run(Phase::Step, 3, &mut world);
        self.neighbours = stepped.map_err(|f| told(f, turn.policy)).during(|| "step".into())?;
        Ok(())
    }

    /// The mean number of neighbours that a boid had in the last step, exactly.
    #[must_use]
    pub fn mean_neighbours(&self) -> f64 {
        self.neighbours as f64 / self.n as f64
    }

    /// The hash of the genes of a generation.
    #[must_use]
    pub fn genome_hash(&self, genome: &[f32]) -> u64 {
        fnv_columns(FNV_BASIS, genome, self.n, layout::GENOME_COLUMNS)
    }
}

fn read(policy: &PolicyBytes) -> Result<Policy> {
    Policy::read::<3>(policy).map_err(|fault| told(fault, policy))
}

/// As many cells, with an edge of one radius, as the bounds need.
fn cells(policy: &Policy) -> Cells {
    let edge = |i: usize| f64::from(policy.max[i]) - f64::from(policy.min[i]);
    Cells(std::array::from_fn(|i| (edge(i) / f64::from(policy.radius)).ceil() as u32))
}

/// The epoch of a policy.
#[must_use]
pub fn epoch(policy: &PolicyBytes) -> u64 {
    word(policy, 0)
}

/// The generation that a policy asks for.
#[must_use]
pub fn generation(policy: &PolicyBytes) -> u64 {
    word(policy, 8)
}

fn word(policy: &PolicyBytes, at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&policy[at..at + 8]);
    u64::from_le_bytes(bytes)
}

/// A refusal in words.
fn told(fault: Fault, policy: &PolicyBytes) -> Error {
    let refusal = fault.status.refusal().replace("{epoch}", &epoch(policy).to_string());
    Error::new(refusal.replace("{culprit}", &fault.index.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A policy that a small flock can live by.
    fn policy() -> PolicyBytes {
        let mut block = [0; layout::POLICY_BYTES];
        let mut put = |at: usize, v: f32| block[at..at + 4].copy_from_slice(&v.to_le_bytes());
        for (at, v) in [
            (layout::POLICY_DT, 1.0 / 60.0),
            (layout::POLICY_RADIUS, 1.0),
            (layout::POLICY_SEPARATION, 7.5),
            (layout::POLICY_ALIGNMENT, 1.0),
            (layout::POLICY_COHESION, 0.5),
            (layout::POLICY_MARGIN, 0.5),
            (layout::POLICY_WALL_GAIN, 6.0),
            (layout::POLICY_MIN_SPEED, 1.0),
            (layout::POLICY_MAX_SPEED, 3.0),
            (layout::POLICY_MAX_ACCEL, 12.0),
            (layout::POLICY_FIT_DECAY, 0.95),
        ] {
            put(at, v);
        }
        for axis in 0..3 {
            put(layout::POLICY_MAX + 4 * axis, 2.5);
        }
        block
    }

    fn frames(n: usize) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let frame = vec![0.0; layout::FRAME_COLUMNS * stride(n)];
        (frame.clone(), frame, vec![1.0; layout::GENOME_COLUMNS * stride(n)])
    }

    #[test]
    fn a_step_moves_the_flock() {
        let (policy, n) = (policy(), 101);
        let mut world = World::new(n, &policy).expect("a world");
        let (mut from, mut to, genome) = frames(n);
        world.seed(&mut from, &policy, 7).expect("a frame");
        let (policy, from) = (&policy, &from[..]);
        let turn = Turn { policy, genome: &genome, from, to: &mut to, renumber: false };
        world.step(turn).expect("a step");
        assert_ne!(from[..n], to[..n]);
        assert!(world.mean_neighbours() > 1.0, "{}", world.mean_neighbours());
    }

    #[test]
    fn refusals_name_the_culprit() {
        let (good, n) = (policy(), 9);
        let mut world = World::new(n, &good).expect("a world");
        let (mut from, mut to, genome) = frames(n);
        world.seed(&mut from, &good, 7).expect("a frame");
        let mut bad = good;
        bad[layout::POLICY_DT..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
        bad[0] = 5;
        let (policy, from_) = (&bad, &from[..]);
        let turn = Turn { policy, genome: &genome, from: from_, to: &mut to, renumber: false };
        let error = world.step(turn).expect_err("a policy of NaN");
        let want = "step: policy of epoch 5: float at byte 16 is not finite or out of range";
        assert_eq!(error.to_string(), want);
        from[4] = f32::NAN;
        let turn =
            Turn { policy: &good, genome: &genome, from: &from, to: &mut to, renumber: false };
        let error = world.step(turn).expect_err("a boid at NaN");
        let want = "step: position of boid 4 is not a number or outside the bounds";
        assert_eq!(error.to_string(), want);
        assert!(World::new(n, &bad).is_err());
        assert!(World::new(0, &good).is_err());
    }
}
