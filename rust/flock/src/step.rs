//! One tick of the world.

use core::array::from_fn;
use core::ops::Range;

use crate::candidates::{CAPACITY, Spans};
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
}

/// Only checks and sorts, to measure the share of it. Writes no frame.
pub fn sort<V: Lanes>(world: &mut World<'_>) -> Result<(), Fault> {
    world.open::<V>().map(|_| ())
}

/// Steps the world by one tick and returns the number of neighbours that all
/// boids had together. On a fault the output frame is as it was.
pub fn step<V: Lanes>(world: &mut World<'_>) -> Result<u64, Fault> {
    let (policy, grid) = world.open::<V>()?;
    let mut walk = Walk::<V> { law: Law::new(&policy), four: [Sums::none(); LANES], neighbours: 0 };
    let [cx, cy, cz] = grid.cells;
    let mut cell = 0;
    for z in 0..cz {
        for y in 0..cy {
            for x in 0..cx {
                let starts = &*world.scratch.starts;
                let boids = starts[cell] as usize..starts[cell + 1] as usize;
                cell += 1;
                if !boids.is_empty() {
                    let spans = Spans::around(&grid, starts, [x, y, z]);
                    walk.visit(world, &spans, boids);
                }
            }
        }
    }
    for c in 0..layout::FRAME_COLUMNS {
        column_mut(world.to, world.n, c)[world.n..].fill(0.0);
    }
    Ok(walk.neighbours)
}

/// A step under way: it goes from cell to cell, and wherever the fourth boid
/// since the last time has been seen it moves all four.
struct Walk<V: Lanes> {
    law: Law<V>,
    four: [Sums<V>; LANES],
    neighbours: u64,
}

impl<V: Lanes> Walk<V> {
    /// Steps the sorted boids of a cell, whose candidates are in `spans`.
    #[inline(always)]
    fn visit(&mut self, world: &mut World<'_>, spans: &Spans, boids: Range<usize>) {
        if spans.boids() <= CAPACITY {
            let Scratch { candidates, sorted, .. } = &mut world.scratch;
            candidates.clear();
            for span in spans.iter() {
                candidates.append(&sorted.columns(), span);
            }
            candidates.seal();
        }
        for i in boids {
            self.four[i % LANES] = perceive(&mut world.scratch, spans, i, self.law.reach);
            if i % LANES == LANES - 1 || i + 1 == world.n {
                self.neighbours += finish(world, i - i % LANES, &self.law, &self.four);
            }
        }
    }
}

/// The sums over the neighbours of the i-th sorted boid. Its candidates have
/// been collected when they all fit; a crowd is gone through piece by piece.
#[inline(always)]
fn perceive<V: Lanes>(
    scratch: &mut Scratch<'_>,
    spans: &Spans,
    i: usize,
    reach: Reach<V>,
) -> Sums<V> {
    let p = from_fn(|axis| V::splat(scratch.sorted.columns()[3 + axis][i]));
    let mut sums = Sums::none();
    if spans.boids() <= CAPACITY {
        sums.gather(scratch.candidates, p, reach);
    } else {
        perceive_crowd(scratch, spans, p, reach, &mut sums);
    }
    sums
}

/// As [`perceive`], for more candidates than can be collected at a time.
#[cold]
#[inline(never)]
fn perceive_crowd<V: Lanes>(
    scratch: &mut Scratch<'_>,
    spans: &Spans,
    p: [V; 3],
    reach: Reach<V>,
    sums: &mut Sums<V>,
) {
    for span in spans.iter() {
        for start in span.clone().step_by(CAPACITY) {
            scratch.candidates.clear();
            let piece = start..span.end.min(start + CAPACITY);
            scratch.candidates.append(&scratch.sorted.columns(), piece);
            scratch.candidates.seal();
            sums.gather(scratch.candidates, p, reach);
        }
    }
}

/// Moves the four boids from the i-th sorted one on and writes them where their
/// ids ask for. Returns the number of their neighbours.
#[inline(always)]
fn finish<V: Lanes>(world: &mut World<'_>, i: usize, law: &Law<V>, four: &[Sums<V>; LANES]) -> u64 {
    let n = world.n;
    let ids = &world.scratch.order[i..n.min(i + LANES)];
    let pick = |data: &[f32], c: usize| {
        let (column, mut lanes) = (column(data, n, c), [0.0; LANES]);
        for (to, &id) in lanes.iter_mut().zip(ids) {
            *to = column[id as usize];
        }
        V::load(&lanes)
    };
    let boids = Boids {
        p: world.scratch.sorted.four(3, i),
        v: world.scratch.sorted.four(0, i),
        energy: pick(world.from, layout::ENERGY),
        fitness: pick(world.from, layout::FITNESS),
    };
    let genes = from_fn(|c| pick(world.genome, c));
    let company = Sums::reduce(four, boids.v, law.reach);
    put(world.to, n, ids, &law.advance(&boids, &genes, &company));
    let mut counts = [0.0; LANES];
    company.count.store(&mut counts);
    counts[..ids.len()].iter().map(|&c| c as u64).sum()
}

/// Writes one lane of `boids` to each of `ids`.
#[inline(always)]
fn put<V: Lanes>(frame: &mut [f32], n: usize, ids: &[u32], boids: &Boids<V>) {
    let [x, y, z] = boids.p;
    let [vx, vy, vz] = boids.v;
    let all = [x, y, z, vx, vy, vz, boids.energy, boids.fitness];
    for (c, values) in all.into_iter().enumerate() {
        let mut lanes = [0.0; LANES];
        values.store(&mut lanes);
        let column = column_mut(frame, n, c);
        for (&id, v) in ids.iter().zip(lanes) {
            column[id as usize] = v;
        }
    }
}
