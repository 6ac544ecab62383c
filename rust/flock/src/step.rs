//! One tick of the world.

use core::array::from_fn;
use core::ops::Range;

use crate::candidates::{Around, CAPACITY};
use crate::columns::{column, column_mut};
use crate::grid::{self, Cells, Grid, Input, Scratch};
use crate::integrate::{Boids, Law};
use crate::lanes::Lanes;
use crate::layout;
use crate::neighbours::{Reach, Sums};
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

    /// Makes the padding of the output zero.
    fn close(&mut self) {
        for c in 0..layout::FRAME_COLUMNS {
            column_mut(self.to, self.n, c)[self.n..].fill(0.0);
        }
    }
}

/// Only checks and sorts, to measure the share of it. Writes no frame.
pub fn sort<V: Lanes>(world: &mut World<'_>) -> Result<(), Fault> {
    world.open::<V>().map(|_| ())
}

/// Steps the world by one tick and returns the number of neighbours that all
/// boids had together. After a fault the output frame means nothing.
pub fn step<V: Lanes>(world: &mut World<'_>) -> Result<u64, Fault> {
    let (policy, grid) = world.open::<V>()?;
    let mut walk = Walk::<V>::new(&policy);
    let [cx, cy, cz] = grid.cells;
    let mut cell = 0;
    for z in 0..cz {
        for y in 0..cy {
            for x in 0..cx {
                let starts = &*world.scratch.starts;
                let boids = starts[cell] as usize..starts[cell + 1] as usize;
                cell += 1;
                if !boids.is_empty() {
                    walk.visit(world, Around::new(&grid, [x, y, z]), boids);
                }
            }
        }
    }
    if walk.insane {
        return Err(Input::new(world.n, world.from, world.genome).fault(&policy));
    }
    world.close();
    Ok(walk.neighbours)
}

/// A step under way: it goes from cell to cell, and wherever the fourth boid
/// since the last time has been seen it moves all four.
struct Walk<V: Lanes> {
    law: Law<V>,
    four: [Sums<V>; LANES],
    neighbours: u64,
    insane: bool,
}

impl<V: Lanes> Walk<V> {
    fn new(policy: &Policy) -> Self {
        Self { law: Law::new(policy), four: [Sums::none(); LANES], neighbours: 0, insane: false }
    }

    /// Steps the sorted boids of a cell.
    #[inline(always)]
    fn visit(&mut self, world: &mut World<'_>, around: Around, boids: Range<usize>) {
        let Scratch { candidates, sorted, starts, .. } = &mut world.scratch;
        let fit = candidates.collect(&sorted.columns(), starts, around);
        for i in boids {
            let sums = &mut self.four[i % LANES];
            if fit {
                let p = world.scratch.sorted.place(i);
                *sums = Sums::none().over(world.scratch.candidates, p, self.law.reach);
            } else {
                *sums = perceive_crowd(&mut world.scratch, around, i, self.law.reach);
            }
            if i % LANES == LANES - 1 || i + 1 == world.n {
                self.finish(world, i - i % LANES);
            }
        }
    }

    /// Moves the four boids from the i-th sorted one on and writes them where
    /// their ids ask for. Behind the last boid the ids are those of the padding,
    /// which may be written at will until the step ends.
    #[inline(always)]
    fn finish(&mut self, world: &mut World<'_>, i: usize) {
        let n = world.n;
        let mut ids = [0; LANES];
        ids.copy_from_slice(&world.scratch.order[i..i + LANES]);
        let pick = |data: &[f32], c: usize| {
            let column = &column(data, n, c)[..n];
            V::load(&ids.map(|id| column.get(id as usize).copied().unwrap_or(0.0)))
        };
        let boids = Boids {
            p: world.scratch.sorted.four(3, i),
            v: world.scratch.sorted.four(0, i),
            energy: pick(world.from, layout::ENERGY),
            fitness: pick(world.from, layout::FITNESS),
        };
        let genes = from_fn(|c| pick(world.genome, c));
        let company = Sums::reduce(&self.four, boids.v, self.law.reach);
        put(world.to, n, ids, &self.law.advance(&boids, &genes, &company));
        self.insane |= !boids.sane(&genes);
        let mut counts = [0.0; LANES];
        company.count.store(&mut counts);
        self.neighbours += counts[..LANES.min(n - i)].iter().map(|&c| c as u64).sum::<u64>();
    }
}

/// The sums of the i-th sorted boid when its candidates are more than can be
/// collected at a time: it goes through them piece by piece.
#[cold]
#[inline(never)]
fn perceive_crowd<V: Lanes>(
    scratch: &mut Scratch<'_>,
    around: Around,
    i: usize,
    reach: Reach<V>,
) -> Sums<V> {
    let Scratch { candidates, sorted, starts, .. } = scratch;
    let (p, columns) = (sorted.place(i), sorted.columns());
    let mut sums = Sums::none();
    for range in around.ranges(starts) {
        for start in range.clone().step_by(CAPACITY) {
            candidates.clear();
            candidates.append(&columns, start..range.end.min(start + CAPACITY));
            candidates.seal();
            sums = sums.over(candidates, p, reach);
        }
    }
    sums
}

/// Writes one lane of `boids` to each of `ids`.
#[inline(always)]
fn put<V: Lanes>(frame: &mut [f32], n: usize, ids: [u32; LANES], boids: &Boids<V>) {
    let [x, y, z] = boids.p;
    let [vx, vy, vz] = boids.v;
    let all = [x, y, z, vx, vy, vz, boids.energy, boids.fitness];
    for (c, values) in all.into_iter().enumerate() {
        let mut lanes = [0.0; LANES];
        values.store(&mut lanes);
        let column = column_mut(frame, n, c);
        for (id, v) in ids.into_iter().zip(lanes) {
            column[id as usize] = v;
        }
    }
}
