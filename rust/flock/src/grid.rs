//! A uniform grid over the world, and the flock sorted into its cells.

use core::array::from_fn;

use crate::candidates::Candidates;
use crate::columns;
use crate::lanes::Lanes;
use crate::layout;
use crate::policy::{LIMIT, Policy};
use crate::status::{Fault, Status};
use crate::{LANES, stride};

/// Most cells along an axis. A coordinate in cells is then exact to 2⁻¹³,
/// which [`SLACK`] covers.
pub const MAX_CELLS: u32 = 1024;
/// Most boids in a world.
pub const MAX_BOIDS: u32 = 1 << 26;
/// A cell is wider than the radius by this share, so that rounding cannot put
/// two boids within one radius of each other two cells apart.
pub const SLACK: f32 = 1.0 / 4096.0;

/// The number of cells along x, y and z.
#[derive(Clone, Copy, Debug)]
pub struct Cells(pub [u32; 3]);

impl Cells {
    /// The number of cells, or a fault when an axis has none or too many.
    pub fn count(self) -> Result<usize, Fault> {
        if self.0.iter().all(|c| (1..=MAX_CELLS).contains(c)) {
            Ok(self.0.iter().map(|&c| c as usize).product())
        } else {
            Err(Fault::at(Status::Descriptor, 0))
        }
    }
}

/// Columns of [`Sorted`].
pub const SORTED: usize = 6;

/// Velocities and positions of the boids in the order of their cells: columns
/// vx vy vz x y z, each a block longer than `stride(n)`, so that four floats can
/// be read from any boid on. Those behind the last boid are zero.
#[derive(Debug)]
pub struct Sorted<'a>(pub &'a mut [f32]);

impl Sorted<'_> {
    /// The length of a column.
    #[inline(always)]
    #[must_use]
    pub const fn column(n: usize) -> usize {
        stride(n) + LANES
    }

    /// All columns.
    #[inline(always)]
    #[must_use]
    pub fn columns(&self) -> [&[f32]; SORTED] {
        let column = self.0.len() / SORTED;
        from_fn(|c| &self.0[c * column..(c + 1) * column])
    }

    /// The position of the i-th boid, in all lanes.
    #[inline(always)]
    #[must_use]
    pub fn place<V: Lanes>(&self, i: usize) -> [V; 3] {
        let [_, _, _, x, y, z] = self.columns();
        [x, y, z].map(|column| V::splat(column[i]))
    }

    /// Columns `first` to `first + 2` of the four boids from `at` on.
    #[inline(always)]
    #[must_use]
    pub fn four<V: Lanes>(&self, first: usize, at: usize) -> [V; 3] {
        let columns = self.columns();
        from_fn(|i| {
            let mut lanes = [0.0; LANES];
            lanes.copy_from_slice(&columns[first + i][at..at + LANES]);
            V::load(&lanes)
        })
    }
}

/// The memory of a step, declared by the caller and free of meaning between
/// two steps.
#[derive(Debug)]
pub struct Scratch<'a> {
    /// Those that may be neighbours of the boids of one cell.
    pub candidates: &'a mut Candidates,
    /// The boids in the order of their cells.
    pub sorted: Sorted<'a>,
    /// `stride(n)` ids: which boid is the i-th of the sorted ones. Behind the
    /// last, the padding keeps its place.
    pub order: &'a mut [u32],
    /// `stride(n)` cells: where boid i is.
    pub cell: &'a mut [u32],
    /// Cells + 2 indices. Sorted, cell c holds the boids `starts[c]..starts[c+1]`.
    pub starts: &'a mut [u32],
}

impl Scratch<'_> {
    /// The size in bytes of all of them, in the order of their declaration.
    pub fn bytes(n: usize, cells: Cells) -> Result<usize, Fault> {
        if n > MAX_BOIDS as usize {
            return Err(Fault::at(Status::Descriptor, 0));
        }
        let words = SORTED * Sorted::column(n) + 2 * stride(n) + cells.count()? + 2;
        Ok(size_of::<Candidates>() + words * size_of::<u32>())
    }

    /// Whether the arrays have the lengths that `n` and `cells` ask for.
    pub(crate) fn fits(&self, n: usize, cells: usize) -> bool {
        self.sorted.0.len() == SORTED * Sorted::column(n)
            && self.order.len() == stride(n)
            && self.cell.len() == stride(n)
            && self.starts.len() == cells + 2
    }
}

/// From positions to cells.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// Cells along each axis.
    pub cells: [usize; 3],
    per_length: f32,
    last: [f32; 3],
}

impl Grid {
    /// The grid of `policy`, or a fault when its bounds need more than `cells`.
    pub fn new(policy: &Policy, cells: Cells) -> Result<Self, Fault> {
        cells.count()?;
        let per_length = (1.0 - SLACK) / policy.radius;
        let fits = |i: usize| (policy.max[i] - policy.min[i]) * per_length <= cells.0[i] as f32;
        if !(0..3).all(fits) {
            return Err(Fault::at(Status::Grid, 0));
        }
        let last = cells.0.map(|c| (c - 1) as f32);
        Ok(Self { cells: cells.0.map(|c| c as usize), per_length, last })
    }

    /// The cells of four boids within the bounds.
    #[inline(always)]
    fn locate<V: Lanes>(&self, p: [V; 3], min: [V; 3]) -> [u32; LANES] {
        let axis = |i: usize| {
            let v = p[i].sub(min[i]).mul(V::splat(self.per_length));
            v.clamp(V::splat(0.0), V::splat(self.last[i])).truncate()
        };
        let (x, y, z) = (axis(0), axis(1), axis(2));
        let (cx, cy) = (self.cells[0] as u32, self.cells[1] as u32);
        from_fn(|i| (z[i] * cy + y[i]) * cx + x[i])
    }
}

/// The columns that a step reads.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    n: usize,
    frame: [&'a [[f32; LANES]]; layout::FRAME_COLUMNS],
    genome: [&'a [[f32; LANES]]; layout::GENOME_COLUMNS],
}

impl<'a> Input<'a> {
    /// Views of a frame and a genome of `n` boids.
    #[must_use]
    pub fn new(n: usize, frame: &'a [f32], genome: &'a [f32]) -> Self {
        Self { n, frame: columns::blocks(frame, n), genome: columns::blocks(genome, n) }
    }

    #[inline(always)]
    fn vector<V: Lanes>(&self, first: usize, b: usize, fill: [f32; 3]) -> [V; 3] {
        from_fn(|i| V::load(&columns::block(self.frame[first + i], b, self.n, fill[i])))
    }

    /// The first boid that is not as it should be, and why.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn fault(&self, policy: &Policy) -> Fault {
        let faults =
            (0..self.n).filter_map(|id| Some(Fault::at(self.wrong(policy, id)?, id as u32)));
        // There is one, unless a back end disagrees with scalar compares.
        faults.into_iter().next().unwrap_or(Fault::at(Status::Descriptor, 0))
    }

    /// What is wrong with a boid, if anything.
    fn wrong(&self, policy: &Policy, id: usize) -> Option<Status> {
        let (b, lane) = (id / LANES, id % LANES);
        let sane = |c: &&[[f32; LANES]]| c[b][lane].abs() <= LIMIT;
        let inside = |i: usize| {
            policy.min[i] <= self.frame[i][b][lane] && self.frame[i][b][lane] <= policy.max[i]
        };
        if !(0..3).all(inside) {
            return Some(Status::Position);
        }
        if !self.frame[layout::VX..].iter().all(sane) {
            return Some(Status::State);
        }
        (!self.genome.iter().all(sane)).then_some(Status::Gene)
    }
}

/// Sorts the flock into cells: afterwards `scratch` holds sorted, order and
/// starts. The sort is stable: within a cell, boids stand in order of their id.
/// Fails when a boid is out of bounds; what else a boid has is checked where
/// it is read anyway.
#[inline(always)]
pub fn sort<V: Lanes>(
    input: &Input<'_>,
    policy: &Policy,
    grid: &Grid,
    scratch: &mut Scratch<'_>,
) -> Result<(), Fault> {
    scratch.starts.fill(0);
    count::<V>(input, policy, grid, scratch)?;
    let mut total = 0;
    for start in scratch.starts.iter_mut() {
        total += *start;
        *start = total;
    }
    scatter(input, scratch);
    Ok(())
}

/// Checks the positions, notes the cell of each boid, and counts the boids of cell
/// c in `starts[c + 2]`: the sum of those in front of it is then in
/// `starts[c + 1]`, which the scatter moves on to the end of c, which is where
/// c + 1 starts. No second array is needed.
#[inline(always)]
fn count<V: Lanes>(
    input: &Input<'_>,
    policy: &Policy,
    grid: &Grid,
    scratch: &mut Scratch<'_>,
) -> Result<(), Fault> {
    let (min, max) = (policy.min.map(V::splat), policy.max.map(V::splat));
    for (b, cells) in scratch.cell.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let p = input.vector::<V>(layout::X, b, policy.min);
        let inside = |i: usize| V::both(min[i].le(p[i]), p[i].le(max[i]));
        if !V::all(V::both(V::both(inside(0), inside(1)), inside(2))) {
            return Err(input.fault(policy));
        }
        *cells = grid.locate(p, min);
        for &c in &cells[..LANES.min(input.n - b * LANES)] {
            scratch.starts[c as usize + 2] += 1;
        }
    }
    Ok(())
}

/// Writes each boid to the next free place of its cell.
#[inline(always)]
fn scatter(input: &Input<'_>, scratch: &mut Scratch<'_>) {
    let column = Sorted::column(input.n);
    for c in 0..SORTED {
        scratch.sorted.0[c * column + input.n..(c + 1) * column].fill(0.0);
    }
    let [x, y, z, vx, vy, vz, ..] = input.frame;
    for (id, to) in scratch.order.iter_mut().enumerate().skip(input.n) {
        *to = id as u32;
    }
    for (b, cells) in scratch.cell.as_chunks::<LANES>().0.iter().enumerate() {
        for lane in 0..LANES.min(input.n - b * LANES) {
            let next = &mut scratch.starts[cells[lane] as usize + 1];
            let at = *next as usize;
            *next += 1;
            scratch.order[at] = (b * LANES + lane) as u32;
            for (c, from) in [vx, vy, vz, x, y, z].into_iter().enumerate() {
                scratch.sorted.0[c * column + at] = from[b][lane];
            }
        }
    }
}
