//! One tick of the world.

use crate::columns::{column, column_mut};
use crate::grid::{self, Cells, Grid, Input, Scratch};
use crate::integrate::{Boids, Law};
use crate::lanes::Lanes;
use crate::layout;
use crate::neighbours::{Spans, Sums, gather};
use crate::policy::Policy;
use crate::status::{Fault, Status};
use crate::{LANES, stride};

/// Everything that a step reads and writes.
#[derive(Debug)]
pub struct World<'a> {
    /// Number of boids.
    pub n: usize,
    /// The declared size of the grid.
    pub cells: Cells,
    /// A policy in canonical form.
    pub policy: &'a [u8; layout::POLICY_BYTES],
    /// Four columns.
    pub genome: &'a [f32],
    /// The frame before, eight columns.
    pub from: &'a [f32],
    /// The frame to write, eight columns. The padding becomes zero.
    pub to: &'a mut [f32],
    /// Working memory.
    pub scratch: Scratch<'a>,
}

impl World<'_> {
    /// Checks sizes and the policy, and sorts the flock.
    #[inline(always)]
    fn open<V: Lanes>(&mut self) -> Result<(Policy, Grid), Fault> {
        let (frame, genes) = (layout::FRAME_COLUMNS, layout::GENOME_COLUMNS);
        let sized = self.from.len() == frame * stride(self.n)
            && self.to.len() == frame * stride(self.n)
            && self.genome.len() == genes * stride(self.n)
            && self.scratch.fits(self.n, self.cells.count()?);
        if !sized {
            return Err(Fault::at(Status::Descriptor, 0));
        }
        let policy = Policy::read(self.policy)?;
        let grid = Grid::new(&policy, self.cells)?;
        let input = Input::new(self.n, self.from, self.genome);
        grid::sort::<V>(&input, &policy, &grid, &mut self.scratch)?;
        Ok((policy, grid))
    }
}

/// Only checks and sorts, to measure the share of it. Writes no frame.
pub fn sort<V: Lanes>(world: &mut World<'_>) -> Result<(), Fault> {
    world.open::<V>().map(|_| ())
}

/// Steps the world by one tick and returns the number of neighbours that all
/// boids had together. On a fault the output frame is as it was.
pub fn step<V: Lanes>(world: &mut World<'_>) -> Result<u64, Fault> {
    let (policy, grid) = world.open::<V>()?;
    let law = Law::<V>::new(&policy);
    let mut four = [Sums::<V>::none(); LANES];
    let mut neighbours = 0;
    let [cx, cy, cz] = grid.cells;
    let mut cell = 0;
    for z in 0..cz {
        for y in 0..cy {
            for x in 0..cx {
                let (first, last) = (world.scratch.starts[cell], world.scratch.starts[cell + 1]);
                cell += 1;
                if first < last {
                    let spans = Spans::around(&grid, world.scratch.starts, [x, y, z]);
                    for i in first as usize..last as usize {
                        four[i % LANES] = perceive(world, &spans, i, &law);
                        if i % LANES == LANES - 1 || i + 1 == world.n {
                            neighbours += finish(world, i / LANES, &law, &four);
                        }
                    }
                }
            }
        }
    }
    for c in 0..layout::FRAME_COLUMNS {
        column_mut(world.to, world.n, c)[world.n..].fill(0.0);
    }
    Ok(neighbours)
}

/// The sums over the neighbours of the i-th sorted boid.
#[inline(always)]
fn perceive<V: Lanes>(world: &World<'_>, spans: &Spans, i: usize, law: &Law<V>) -> Sums<V> {
    let blocks = &*world.scratch.blocks;
    let own = &blocks[i / LANES];
    let p = own.p.map(|axis| V::splat(axis[i % LANES]));
    let mut sums = Sums::none();
    for span in spans.iter() {
        gather(&blocks[span], p, law.reach, &mut sums);
    }
    sums
}

/// Moves the boids of sorted block `b` and writes them where their ids ask for.
/// Returns the number of their neighbours.
#[inline(always)]
fn finish<V: Lanes>(world: &mut World<'_>, b: usize, law: &Law<V>, four: &[Sums<V>; LANES]) -> u64 {
    let n = world.n;
    let here = LANES.min(n - b * LANES);
    let mut ids = [0; LANES];
    for (to, &id) in ids[..here].iter_mut().zip(&world.scratch.order[b * LANES..]) {
        *to = id as usize;
    }
    let pick = |data: &[f32], c: usize| {
        let column = column(data, n, c);
        V::load(&ids.map(|id| column[id]))
    };
    let block = &world.scratch.blocks[b];
    let boids = Boids {
        p: core::array::from_fn(|i| V::load(&block.p[i])),
        v: core::array::from_fn(|i| V::load(&block.v[i])),
        energy: pick(world.from, layout::ENERGY),
        fitness: pick(world.from, layout::FITNESS),
    };
    let genes = core::array::from_fn(|c| pick(world.genome, c));
    let sums = Sums::reduce(four);
    put(world, &ids[..here], &law.advance(&boids, &genes, &sums));
    let mut counts = [0.0; LANES];
    sums.count.store(&mut counts);
    counts[..here].iter().map(|&c| c as u64).sum()
}

/// Writes one lane of `boids` to each of `ids`.
#[inline(always)]
fn put<V: Lanes>(world: &mut World<'_>, ids: &[usize], boids: &Boids<V>) {
    let [x, y, z] = boids.p;
    let [vx, vy, vz] = boids.v;
    let all = [x, y, z, vx, vy, vz, boids.energy, boids.fitness];
    for (c, values) in all.into_iter().enumerate() {
        let mut lanes = [0.0; LANES];
        values.store(&mut lanes);
        let column = column_mut(world.to, world.n, c);
        for (&id, v) in ids.iter().zip(lanes) {
            column[id] = v;
        }
    }
}
