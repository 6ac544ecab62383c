//! One tick of the world.

use core::marker::PhantomData;
use core::ops::Range;

use crate::arch::prefetch;
use crate::candidates::{CAPACITY, Candidates, Flock, Rows};
use crate::columns::WIDEST;
use crate::grid::{self, Cells, Grid, Input, Scratch, Sorted};
use crate::integrate::{Company, Law};
use crate::lanes::{Lanes, Sums, Task, each};
use crate::layout;
use crate::policy::Policy;
use crate::row::Total;
use crate::shared::Shared;
use crate::status::{Fault, Status};
use crate::stride;

/// So many boids ahead, memory is asked for that no prefetcher can foresee.
pub(crate) const AHEAD: usize = 32;

/// Everything that a step reads and writes.
#[derive(Debug)]
pub struct World<'a> {
    /// Number of boids.
    pub n: usize,
    /// The declared size of the grid.
    pub cells: Cells,
    /// Whether boids get new ids, those of their places in the order of cells: the
    /// i-th of them becomes boid i, with the genes of boid i.
    pub renumber: bool,
    /// A policy in canonical form.
    pub policy: &'a [u8; layout::POLICY_BYTES],
    /// Four columns.
    pub genome: &'a [f32],
    /// The frame before, eight columns.
    pub from: &'a [f32],
    /// The frame to write, eight columns. The padding becomes zero.
    pub to: &'a mut [f32],
    /// Working memory, of as many parts as it has candidates.
    pub scratch: Scratch<'a>,
}

/// Steps the world by one tick and returns the number of neighbours that all
/// boids had together. After a fault the output frame means nothing.
#[inline(always)]
pub fn step<V: Lanes, const D: usize>(world: &mut World<'_>) -> Result<u64, Fault> {
    let tick = Tick::<V, D>::sorted(world)?;
    let all = 0..tick.input.n;
    // SAFETY: this is the only thread, and it keeps to the order.
    unsafe {
        let neighbours = tick.perceive(0, all.clone());
        tick.integrate(all)?;
        tick.close();
        Ok(neighbours)
    }
}

/// Only checks and sorts, to measure the share of it. Writes no frame.
#[inline(always)]
pub fn sort<V: Lanes, const D: usize>(world: &mut World<'_>) -> Result<(), Fault> {
    Tick::<V, D>::sorted(world).map(|_| ())
}

/// Sorts, and adds up the neighbours, to measure the share of it. Writes no frame.
#[inline(always)]
pub fn perceive<V: Lanes, const D: usize>(world: &mut World<'_>) -> Result<u64, Fault> {
    let tick = Tick::<V, D>::sorted(world)?;
    // SAFETY: as for a step.
    Ok(unsafe { tick.perceive(0, 0..tick.input.n) })
}

/// A tick under way, which several threads may share: each of them counts a part of
/// the boids; one of them calls [`Tick::place`]; each scatters its part; all of them
/// perceive until nobody is left; each integrates a part; one calls [`Tick::close`].
/// Nobody may begin one of these before all are through with the one before.
#[derive(Debug)]
pub struct Tick<'a, V: Lanes, const D: usize> {
    input: Input<'a>,
    policy: Policy,
    grid: Grid,
    law: Law<V, D>,
    renumber: bool,
    parts: usize,
    to: Shared<'a, f32>,
    candidates: Shared<'a, Candidates>,
    place: Shared<'a, u32>,
    starts: Shared<'a, u32>,
    totals: Shared<'a, Total>,
    sorted: Sorted<'a>,
}

impl<'a, V: Lanes, const D: usize> Tick<'a, V, D> {
    /// Checks sizes and the policy.
    #[inline(always)]
    pub fn open(world: &'a mut World<'_>) -> Result<Self, Fault> {
        let (frame, genes) = (layout::FRAME_COLUMNS, layout::GENOME_COLUMNS);
        let World { n, cells, .. } = *world;
        let sized = world.from.len() == frame * stride(n)
            && world.to.len() == frame * stride(n)
            && world.genome.len() == genes * stride(n)
            && world.scratch.fits(n, cells.count()?);
        if !sized {
            return Err(Fault::at(Status::Descriptor, 0));
        }
        let policy = Policy::read::<D>(world.policy)?;
        let scratch = &mut world.scratch;
        Ok(Self {
            grid: Grid::new::<D>(&policy, cells)?,
            law: Law::new(&policy),
            policy,
            input: Input::new(n, world.from, world.genome),
            renumber: world.renumber,
            parts: scratch.candidates.len(),
            to: Shared::new(world.to),
            candidates: Shared::new(scratch.candidates),
            place: Shared::new(scratch.place),
            starts: Shared::new(scratch.starts),
            totals: Shared::new(scratch.totals),
            sorted: Sorted { rows: Shared::new(scratch.rows), places: Shared::new(scratch.places) },
        })
    }

    /// Opens a tick and sorts the flock, alone.
    #[inline(always)]
    fn sorted(world: &'a mut World<'_>) -> Result<Self, Fault> {
        let tick = Self::open(world)?;
        // SAFETY: this is the only thread, and it keeps to the order.
        unsafe {
            for part in 0..tick.parts {
                tick.count(part)?;
            }
            tick.place();
            for part in 0..tick.parts {
                tick.scatter(part);
            }
        }
        Ok(tick)
    }

    /// The boids of a part.
    #[must_use]
    pub fn part(&self, part: usize) -> Range<usize> {
        let size = self.input.n.div_ceil(self.parts).next_multiple_of(WIDEST);
        (part * size).min(self.input.n)..((part + 1) * size).min(self.input.n)
    }

    /// The counts of a part.
    ///
    /// # Safety
    ///
    /// Nobody else may use them during the life of the slice.
    #[allow(clippy::mut_from_ref)]
    unsafe fn counts(&self, part: usize) -> &mut [u32] {
        let cells = self.grid.count() + 1;
        // SAFETY: promised by the caller.
        unsafe { self.starts.part(part * cells..(part + 1) * cells) }
    }

    /// Checks the positions of a part of the boids and counts them by cell.
    ///
    /// # Safety
    ///
    /// Each part is for one thread.
    #[inline(always)]
    pub unsafe fn count(&self, part: usize) -> Result<(), Fault> {
        let range = self.part(part);
        // SAFETY: parts do not overlap.
        let (cell, counts) = unsafe { (self.place.part(range.clone()), self.counts(part)) };
        if self.input.count::<V, D>(&self.policy, &self.grid, range, cell, counts) {
            Ok(())
        } else {
            Err(self.input.fault::<D>(&self.policy))
        }
    }

    /// Gives every cell its place.
    ///
    /// # Safety
    ///
    /// All parts must have been counted, and no other thread may use the tick.
    pub unsafe fn place(&self) {
        let cells = self.grid.count();
        // SAFETY: promised by the caller.
        unsafe {
            grid::offsets(self.starts.part(0..self.parts * (cells + 1)), cells);
            self.sorted.seal(self.input.n);
        }
    }

    /// Puts a part of the boids in their places.
    ///
    /// # Safety
    ///
    /// Cells must have got their places, and each part is for one thread.
    #[inline(always)]
    pub unsafe fn scatter(&self, part: usize) {
        let range = self.part(part);
        // SAFETY: parts do not overlap, and counts are those of this part.
        unsafe {
            let place = self.place.part(range.clone());
            self.sorted.scatter(&self.input, range, place, self.counts(part));
        }
    }

    /// Adds up the neighbours of the sorted boids of `range`, and returns how many
    /// these are together.
    ///
    /// # Safety
    ///
    /// The flock must be sorted, and the candidates of a part and each boid are for one thread.
    #[inline(always)]
    pub unsafe fn perceive(&self, part: usize, range: Range<usize>) -> u64 {
        let column = grid::sorted(self.input.n);
        // SAFETY: nobody writes what the sort made; the candidates of the part and the boids are ours.
        let (mut eyes, totals) = unsafe {
            let cells = self.grid.count() + 1;
            let starts = &self.starts.all()[(self.parts - 1) * cells..self.parts * cells];
            let places = self.sorted.places.all();
            let flock = Flock {
                rows: self.sorted.rows.all(),
                places: [0, 1, 2].map(|axis| &places[axis * column..(axis + 1) * column]),
                starts,
            };
            let eyes = Eyes::<V, D> {
                candidates: &mut self.candidates.part(part..part + 1)[0],
                flock,
                square: self.law.square,
                lanes: PhantomData,
            };
            (eyes, self.totals.part(range.clone()))
        };
        let (cx, mut at, mut neighbours) = (self.grid.cells[0], range.start, 0);
        while at < range.end {
            // The row of the boid that is next: rows without anybody are skipped.
            let cell = eyes.flock.starts.partition_point(|&start| start as usize <= at) - 1;
            let (row, rows) = (cell - cell % cx, Rows::around(&self.grid, self.grid.row_of(cell)));
            for x in cell % cx..cx {
                let end = range.end.min(eyes.flock.starts[row + x + 1] as usize);
                if at < end {
                    let span = [x.saturating_sub(1), (x + 2).min(cx)];
                    let totals = &mut totals[at - range.start..end - range.start];
                    neighbours += eyes.visit(&rows, span, at, totals);
                    at = end;
                }
            }
        }
        neighbours
    }

    /// Moves a range of the boids, which starts at a multiple of [`WIDEST`], and
    /// writes them. Fails when the state or the genes of one of them cannot be.
    ///
    /// # Safety
    ///
    /// All boids must have been perceived, and each boid is for one thread.
    #[inline(always)]
    pub unsafe fn integrate(&self, range: Range<usize>) -> Result<(), Fault> {
        // SAFETY: nobody writes what earlier phases made.
        let (place, totals) = unsafe { (&self.place.all()[..self.input.n], self.totals.all()) };
        let whole = if self.renumber { 0 } else { range.len() / V::WIDTH * V::WIDTH };
        let (rest, range) = (range.start + whole..range.end, range.start..range.start + whole);
        let mut sane = V::apart(Integrate(Portion { tick: self, place, totals, range }));
        sane &= V::apart(Straggle(Portion { tick: self, place, totals, range: rest }));
        if sane { Ok(()) } else { Err(self.input.fault::<D>(&self.policy)) }
    }

    /// Ends the tick: makes the padding of the output zero.
    ///
    /// # Safety
    ///
    /// No other thread may use the tick.
    pub unsafe fn close(&self) {
        let (n, size) = (self.input.n, stride(self.input.n));
        for c in 0..layout::FRAME_COLUMNS {
            // SAFETY: promised by the caller.
            unsafe { self.to.part(c * size + n..(c + 1) * size).fill(0.0) };
        }
    }
}

/// What it takes to see the neighbours of a boid.
struct Eyes<'a, V, const D: usize> {
    candidates: &'a mut Candidates,
    flock: Flock<'a>,
    square: f32,
    lanes: PhantomData<V>,
}

impl<V: Lanes, const D: usize> Eyes<'_, V, D> {
    /// Adds up the neighbours of the sorted boids from `at` on, which share a cell,
    /// among the cells `span` of each row. Returns how many they are.
    #[inline(always)]
    fn visit(&mut self, rows: &Rows, span: [usize; 2], at: usize, totals: &mut [Total]) -> u64 {
        let (candidates, flock) = (&mut *self.candidates, self.flock);
        let fit = V::apart(Collect::<V, D> { candidates, flock, rows, span, lanes: PhantomData });
        let mut neighbours = 0;
        for (me, total) in (at..).zip(totals) {
            let near = if fit {
                let candidates = &mut *self.candidates;
                let (flock, square) = (self.flock, self.square);
                V::apart(Perceive::<V, D> {
                    candidates,
                    me,
                    flock,
                    square,
                    total,
                    lanes: PhantomData,
                })
            } else {
                self.search(rows, span, me, total)
            };
            neighbours += near as u64;
        }
        neighbours
    }

    /// The sums of a boid when its candidates are more than can be collected at a
    /// time: it goes through them piece by piece.
    #[inline(always)]
    fn search(&mut self, rows: &Rows, span: [usize; 2], me: usize, total: &mut Total) -> usize {
        let (mut sums, mut near) = (V::Sums::new(&self.flock.rows[me]), 0);
        for &row in rows.first() {
            let starts = self.flock.starts;
            let range = starts[row + span[0]] as usize..starts[row + span[1]] as usize;
            for start in range.clone().step_by(CAPACITY) {
                self.candidates.clear();
                let piece = start..range.end.min(start + CAPACITY);
                // SAFETY: a piece of a row of cells.
                unsafe { self.candidates.append::<V, D>(&self.flock, piece) };
                self.candidates.seal();
                let found = self.candidates.add_near::<V, D>(sums, &self.flock, me, self.square);
                (sums, near) = (found.0, near + found.1);
            }
        }
        *total = sums.total(near - 1);
        near - 1
    }
}

/// Collects the candidates of a cell.
struct Collect<'a, V: Lanes, const D: usize> {
    candidates: &'a mut Candidates,
    flock: Flock<'a>,
    rows: &'a Rows,
    span: [usize; 2],
    lanes: PhantomData<V>,
}

impl<V: Lanes, const D: usize> Task for Collect<'_, V, D> {
    type Output = bool;
    #[inline(always)]
    fn run(self) -> bool {
        // SAFETY: the walk goes through the cells of a row.
        unsafe { self.candidates.collect::<V, D>(&self.flock, self.rows, self.span) }
    }
}

/// Adds up the neighbours of a boid among collected candidates.
struct Perceive<'a, V: Lanes, const D: usize> {
    candidates: &'a mut Candidates,
    me: usize,
    flock: Flock<'a>,
    square: f32,
    total: &'a mut Total,
    lanes: PhantomData<V>,
}

impl<V: Lanes, const D: usize> Task for Perceive<'_, V, D> {
    type Output = usize;
    #[inline(always)]
    fn run(self) -> usize {
        let sums = V::Sums::new(&self.flock.rows[self.me]);
        let (sums, near) =
            self.candidates.add_near::<V, D>(sums, &self.flock, self.me, self.square);
        *self.total = sums.total(near - 1);
        near - 1
    }
}

/// The boids of `range`, to be moved.
struct Portion<'a, 'b, V: Lanes, const D: usize> {
    tick: &'a Tick<'b, V, D>,
    place: &'a [u32],
    totals: &'a [Total],
    range: Range<usize>,
}

/// Moves boids, one a lane, in whole groups from the first of `range` on, and keeps
/// their ids. Returns whether all of them were sane.
//
// Note: between its loads and its stores a group takes no branch. V8 computes a
// value again in each branch that uses it: with a check an access, and the way of
// the stragglers in the same function, a group was twelve times as dear.
struct Integrate<'a, 'b, V: Lanes, const D: usize>(Portion<'a, 'b, V, D>);

impl<V: Lanes, const D: usize> Task for Integrate<'_, '_, V, D> {
    type Output = bool;
    #[inline(always)]
    fn run(self) -> bool {
        let mut sane = true;
        for at in self.0.range.clone().step_by(V::WIDTH) {
            sane &= self.group(at);
        }
        sane
    }
}

impl<V: Lanes, const D: usize> Integrate<'_, '_, V, D> {
    /// Moves the group from `at` on.
    #[inline(always)]
    fn group(&self, at: usize) -> bool {
        let Tick { input, law, .. } = self.0.tick;
        let ahead = (at + AHEAD).min(self.0.place.len() - V::WIDTH);
        for lane in 0..V::WIDTH {
            let place = self.at(ahead + lane);
            prefetch(self.0.totals, place);
            prefetch(self.0.totals, place + 1); // most straddle two lines
        }
        // SAFETY: a whole group lies in the columns; the sort gave places below n.
        let (boids, genes, company) = unsafe {
            let total = |lane| self.0.totals.get_unchecked(self.at(at + lane));
            (input.group::<V, D>(at), input.genes::<V>(at), company(total))
        };
        let next = law.advance(&boids, &genes, &company).columns();
        let size = stride(input.n);
        for (c, values) in next.into_iter().enumerate() {
            // SAFETY: the boids lie in each column, and are those of this thread.
            values.store(unsafe { self.0.tick.to.part_unchecked(c * size + at, V::WIDTH) });
        }
        boids.sane(&genes)
    }

    /// The place of boid `id` among the sorted.
    #[inline(always)]
    fn at(&self, id: usize) -> usize {
        debug_assert!(id < self.0.place.len());
        // SAFETY: callers know that there is such a boid.
        unsafe { *self.0.place.get_unchecked(id) as usize }
    }
}

/// Moves boids to new ids, or those that do not fill a group. Returns whether all of
/// them were sane.
struct Straggle<'a, 'b, V: Lanes, const D: usize>(Portion<'a, 'b, V, D>);

impl<V: Lanes, const D: usize> Task for Straggle<'_, '_, V, D> {
    type Output = bool;
    #[inline(always)]
    fn run(self) -> bool {
        let mut sane = true;
        for at in self.0.range.clone().step_by(V::WIDTH) {
            let boids = &self.0.place[at..self.0.range.end.min(at + V::WIDTH)];
            let mut places = [0; WIDEST];
            for (place, &p) in places.iter_mut().zip(boids) {
                *place = p as usize;
            }
            sane &= self.few(at, &places, boids.len());
        }
        sane
    }
}

impl<V: Lanes, const D: usize> Straggle<'_, '_, V, D> {
    /// Moves `len` boids from `at` on, whose places are known.
    #[inline(always)]
    fn few(&self, at: usize, places: &[usize; WIDEST], len: usize) -> bool {
        let Tick { input, law, renumber, .. } = self.0.tick;
        let mut ids: [usize; WIDEST] = core::array::from_fn(|lane| at + lane);
        if *renumber {
            ids = *places;
        }
        let (boids, genes) = (input.boids(at), input.genes_of(&ids[..len]));
        let company = company(|lane| &self.0.totals[places[lane]]);
        let next = law.advance(&boids, &genes, &company).columns();
        let mut lanes = [[0.0; WIDEST]; layout::FRAME_COLUMNS];
        for (to, values) in lanes.iter_mut().zip(next) {
            values.store(to);
        }
        self.put(&lanes, &ids[..len]);
        boids.sane(&genes)
    }

    /// Writes the columns of boids to `ids`.
    #[inline(always)]
    fn put(&self, columns: &[[f32; WIDEST]; layout::FRAME_COLUMNS], ids: &[usize]) {
        let size = stride(self.0.tick.input.n);
        for (c, lanes) in columns.iter().enumerate() {
            for (&id, &v) in ids.iter().zip(lanes) {
                // SAFETY: no two boids have one id, and these are of this thread.
                unsafe { self.0.tick.to.put(c * size + id, v) };
            }
        }
    }
}

/// The sums of a group, of which `total` has one a lane.
#[inline(always)]
fn company<'a, V: Lanes, const D: usize>(total: impl Fn(usize) -> &'a Total) -> Company<V, D> {
    let [ax, ay, az, count] = V::transpose(|i| &total(i).apart);
    let [dx, dy, dz, _] = V::transpose(|i| &total(i).drift);
    let [px, py, pz, _] = V::transpose(|i| &total(i).push);
    Company {
        apart: first([ax, ay, az]),
        drift: first([dx, dy, dz]),
        push: first([px, py, pz]),
        count,
    }
}

/// The first components of a vector.
#[inline(always)]
fn first<V: Lanes, const D: usize>(v: [V; 3]) -> [V; D] {
    each!(i in D => v[i])
}
