//! A world that owns its memory.

use flock::grid::MAX_PARTS;
use flock::hash::{FNV_BASIS, fnv_columns};
use flock::{Cells, Policy, Scratch, World, layout, seed, stride};

use crate::Error;
use crate::memory::Array;
use crate::room::Room;

/// No world may be larger. It keeps a mistyped request from taking the machine.
pub const MOST_BYTES: usize = 8 << 30;

/// A policy in canonical form.
pub type PolicyBytes = [u8; layout::POLICY_BYTES];

/// What a world is made from.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many boids.
    pub boids: usize,
    /// 2 or 3.
    pub dimensions: usize,
    /// Decides the first frame.
    pub seed: u64,
    /// The policy of every tick.
    pub policy: PolicyBytes,
    /// Into how many parts a step may be split: 1 to 64.
    pub parts: usize,
}

/// A world and its history: its frames, the memory of a step, and the hash of all
/// frames so far. Arrays start on cache lines.
#[derive(Debug)]
pub struct Heap {
    plan: Plan,
    cells: Cells,
    genome: Array<f32>,
    from: Array<f32>,
    to: Array<f32>,
    room: Room,
    tick: u64,
    chain: u64,
    neighbours: u64,
}

impl Heap {
    /// The world of `plan` before its first tick, with the genes of
    /// [`seed::genome`].
    pub fn new(plan: &Plan) -> Result<Self, Error> {
        let n = plan.boids;
        let policy = read(plan)?;
        let cells = cells(&policy, plan.dimensions);
        affordable(plan, cells)?;
        let mut from = Array::new(layout::FRAME_COLUMNS * stride(n), 0.0)?;
        match plan.dimensions {
            2 => seed::frame::<flock::Native, 2>(&mut from, n, &policy, plan.seed),
            _ => seed::frame::<flock::Native, 3>(&mut from, n, &policy, plan.seed),
        }
        let mut genome = Array::new(layout::GENOME_COLUMNS * stride(n), 0.0)?;
        seed::genome(&mut genome, n);
        Ok(Self {
            plan: *plan,
            cells,
            genome,
            to: Array::new(from.len(), 0.0)?,
            from,
            room: Room::new(n, cells.count()?, plan.parts)?,
            tick: 0,
            chain: FNV_BASIS,
            neighbours: 0,
        })
    }

    /// What the next step reads and writes, borrowed; it is split into `parts`, at
    /// most as many as were planned.
    ///
    /// # Panics
    ///
    /// When more parts are asked for than were planned.
    pub fn world(&mut self, parts: usize) -> World<'_> {
        World {
            n: self.plan.boids,
            cells: self.cells,
            renumber: self.tick.is_multiple_of(layout::GENERATION_TICKS as u64),
            policy: &self.plan.policy,
            genome: &self.genome,
            from: &self.from,
            to: &mut self.to,
            scratch: self.room.scratch(parts),
        }
    }

    /// Makes the frame that a step has written the current one, and adds it to the
    /// chain. `neighbours` is what the step has returned.
    pub fn commit(&mut self, neighbours: u64) {
        std::mem::swap(&mut self.from, &mut self.to);
        self.chain = fnv_columns(self.chain, &self.from, self.plan.boids, layout::FRAME_COLUMNS);
        self.neighbours = neighbours;
        self.tick += 1;
    }

    /// The FNV-1a hash of the frame that the last step has written, committed or not
    /// yet: all columns, without padding.
    #[must_use]
    pub fn written(&self) -> u64 {
        fnv_columns(FNV_BASIS, &self.to, self.plan.boids, layout::FRAME_COLUMNS)
    }

    /// The FNV-1a hash of all frames that were committed, one after the other.
    #[must_use]
    pub fn chain(&self) -> u64 {
        self.chain
    }

    /// The neighbours that all boids had together in the last committed tick.
    #[must_use]
    pub fn neighbours(&self) -> u64 {
        self.neighbours
    }

    /// What the world was made from.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The current frame: eight columns of `stride(boids)` floats.
    pub fn frame_mut(&mut self) -> &mut [f32] {
        &mut self.from
    }
}

/// The policy of `plan`, whose dimensions and parts are checked first.
fn read(plan: &Plan) -> Result<Policy, Error> {
    if !(1..=MAX_PARTS as usize).contains(&plan.parts) {
        return Err(Error::Parts(plan.parts));
    }
    match plan.dimensions {
        2 => Ok(Policy::read::<2>(&plan.policy)?),
        3 => Ok(Policy::read::<3>(&plan.policy)?),
        other => Err(Error::Dimensions(other)),
    }
}

/// As many cells as bounds and radius ask for, one where there is no dimension.
fn cells(policy: &Policy, dimensions: usize) -> Cells {
    let wanted = |i: usize| ((policy.max[i] - policy.min[i]) / policy.radius).ceil().max(1.0);
    Cells(std::array::from_fn(|i| if i < dimensions { wanted(i) as u32 } else { 1 }))
}

/// Whether a world is small enough to be made.
fn affordable(plan: &Plan, cells: Cells) -> Result<(), Error> {
    let scratch = Scratch::bytes(plan.boids, cells, plan.parts)?;
    let columns = 2 * layout::FRAME_COLUMNS + layout::GENOME_COLUMNS;
    let bytes = scratch + 4 * columns * stride(plan.boids);
    if bytes > MOST_BYTES { Err(Error::Memory(bytes)) } else { Ok(()) }
}
