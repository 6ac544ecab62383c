//! A uniform grid over the world, and the flock sorted into its cells.

use core::array::from_fn;
use core::ops::Range;

use crate::candidates::{CHUNK, Candidates};
use crate::columns::{WIDEST, column, lanes, whole};
use crate::integrate::{Boids, Genes};
use crate::lanes::{Lanes, each};
use crate::layout;
use crate::policy::{LIMIT, Policy};
use crate::row::{Row, Total};
use crate::shared::Shared;
use crate::status::{Fault, Status};
use crate::step::AHEAD;
use crate::stride;

/// Most cells along an axis. A coordinate in cells is then exact to 2⁻¹³,
/// which [`SLACK`] covers.
pub const MAX_CELLS: u32 = layout::MAX_CELLS as u32;
/// Most boids in a world.
pub const MAX_BOIDS: u32 = 1 << 26;
/// Most threads that may share a step.
pub const MAX_PARTS: u32 = layout::MAX_THREADS as u32;
/// Rows of cells in a strip: few enough that three layers of a strip of the largest
/// worlds stay in the second-level cache while the walk goes through them.
pub const STRIP: usize = 8;
/// A cell is wider than the radius by this share, so that rounding cannot put
/// two boids within one radius of each other two cells apart.
pub const SLACK: f32 = 1.0 / 4096.0;

// What a host computes the size of a scratch from.
const _: () = {
    assert!(size_of::<Candidates>() == layout::CANDIDATES_BYTES);
    assert!(size_of::<Row>() == layout::ROW_BYTES);
    assert!(size_of::<Total>() == layout::TOTAL_BYTES);
};

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

/// The memory of a step, declared by the caller and free of meaning between
/// two steps.
#[derive(Debug)]
pub struct Scratch<'a> {
    /// Room for the candidates of one cell, for each part that the step is split into.
    pub candidates: &'a mut [Candidates],
    /// `sorted(n)` boids in the order of their cells.
    pub rows: &'a mut [Row],
    /// `sorted(n)` sums over neighbours, in the same order.
    pub totals: &'a mut [Total],
    /// The positions once more, as three columns of `sorted(n)`.
    pub places: &'a mut [f32],
    /// `stride(n)` indices: the cell of boid i, and then its place among the sorted.
    pub place: &'a mut [u32],
    /// Cells + 1 indices for each part. In those of the last part, once the flock
    /// is sorted, cell c holds the boids `starts[c]..starts[c+1]`.
    pub starts: &'a mut [u32],
}

/// The room for `n` sorted boids: a chunk may be read from the last one on.
#[must_use]
pub const fn sorted(n: usize) -> usize {
    n.next_multiple_of(WIDEST) + CHUNK
}

impl Scratch<'_> {
    /// The size in bytes of all of them, in the order of their declaration.
    pub fn bytes(n: usize, cells: Cells, parts: usize) -> Result<usize, Fault> {
        if n > MAX_BOIDS as usize || !(1..=MAX_PARTS as usize).contains(&parts) {
            return Err(Fault::at(Status::Descriptor, 0));
        }
        let words = 3 * sorted(n) + stride(n) + parts * (cells.count()? + 1);
        let boid = size_of::<Row>() + size_of::<Total>();
        Ok(parts * size_of::<Candidates>() + sorted(n) * boid + words * 4)
    }

    /// Whether the arrays have the lengths that `n` and `cells` ask for.
    pub(crate) fn fits(&self, n: usize, cells: usize) -> bool {
        !self.candidates.is_empty()
            && self.rows.len() == sorted(n)
            && self.places.len() == 3 * sorted(n)
            && self.totals.len() == sorted(n)
            && self.place.len() == stride(n)
            && self.starts.len() == self.candidates.len() * (cells + 1)
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
    /// The grid of `policy` in `D` dimensions, or a fault when its bounds need more
    /// than `cells`.
    pub fn new<const D: usize>(policy: &Policy, cells: Cells) -> Result<Self, Fault> {
        cells.count()?;
        let per_length = (1.0 - SLACK) / policy.radius;
        let fits = |i: usize| (policy.max[i] - policy.min[i]) * per_length <= cells.0[i] as f32;
        if !(0..D).all(fits) || cells.0[D..].iter().any(|&c| c != 1) {
            return Err(Fault::at(Status::Grid, 0));
        }
        let last = cells.0.map(|c| (c - 1) as f32);
        Ok(Self { cells: cells.0.map(|c| c as usize), per_length, last })
    }

    /// The number of cells.
    #[must_use]
    pub fn count(&self) -> usize {
        self.cells.iter().product()
    }

    /// The first cell of row (y, z). Rows along x stand in strips of [`STRIP`] rows
    /// of a layer, and a strip goes through all layers before the next one begins.
    #[inline(always)]
    #[must_use]
    pub fn row(&self, y: usize, z: usize) -> usize {
        let [cx, cy, cz] = self.cells;
        let first = y - y % STRIP;
        let height = STRIP.min(cy - first);
        (first * cz + z * height + y % STRIP) * cx
    }

    /// The row of a cell.
    #[must_use]
    pub fn row_of(&self, cell: usize) -> [usize; 2] {
        let [cx, cy, cz] = self.cells;
        let row = cell / cx;
        let first = row / (STRIP * cz) * STRIP;
        let (rest, height) = (row - first * cz, STRIP.min(cy - first));
        [first + rest % height, rest / height]
    }

    /// Writes the cells of boids within the bounds to the front of `to`.
    #[inline(always)]
    fn locate<V: Lanes, const D: usize>(&self, p: [V; D], min: [V; D], to: &mut [u32; WIDEST]) {
        let mut axes = [[0; WIDEST]; 3];
        for i in 0..D {
            let v = p[i].sub(min[i]).mul(V::splat(self.per_length));
            v.clamp(V::splat(0.0), V::splat(self.last[i])).truncate(&mut axes[i]);
        }
        for (i, cell) in to.iter_mut().enumerate().take(V::WIDTH) {
            *cell = self.row(axes[1][i] as usize, axes[2][i] as usize) as u32 + axes[0][i];
        }
    }
}

/// The columns that a step reads.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub(crate) n: usize,
    frame: [&'a [f32]; layout::FRAME_COLUMNS],
    genome: [&'a [f32]; layout::GENOME_COLUMNS],
}

impl<'a> Input<'a> {
    /// Views of a frame and a genome of `n` boids.
    #[must_use]
    pub fn new(n: usize, frame: &'a [f32], genome: &'a [f32]) -> Self {
        let genome = from_fn(|c| column(genome, n, c));
        Self { n, frame: from_fn(|c| column(frame, n, c)), genome }
    }

    /// The genes of a whole group from boid `at` on.
    ///
    /// # Safety
    ///
    /// There must be as many boids.
    #[inline(always)]
    #[must_use]
    pub unsafe fn genes<V: Lanes>(&self, at: usize) -> Genes<V> {
        // SAFETY: promised by the caller.
        each!(c in layout::GENOME_COLUMNS => unsafe { whole(self.genome[c], at) })
    }

    /// A whole group from boid `at` on.
    ///
    /// # Safety
    ///
    /// There must be as many boids.
    #[inline(always)]
    #[must_use]
    pub unsafe fn group<V: Lanes, const D: usize>(&self, at: usize) -> Boids<V, D> {
        // SAFETY: promised by the caller.
        unsafe {
            Boids {
                p: each!(i in D => whole(self.frame[layout::X + i], at)),
                v: each!(i in D => whole(self.frame[layout::VX + i], at)),
                energy: whole(self.frame[layout::ENERGY], at),
                fitness: whole(self.frame[layout::FITNESS], at),
            }
        }
    }

    /// The boids from `at` on.
    #[inline(always)]
    #[must_use]
    pub fn boids<V: Lanes, const D: usize>(&self, at: usize) -> Boids<V, D> {
        let column = |c: usize| self.frame[c];
        Boids {
            p: each!(i in D => lanes(column(layout::X + i), at, self.n, 0.0)),
            v: each!(i in D => lanes(column(layout::VX + i), at, self.n, 0.0)),
            energy: lanes(column(layout::ENERGY), at, self.n, 0.0),
            fitness: lanes(column(layout::FITNESS), at, self.n, 0.0),
        }
    }

    /// The genes of the boids `ids`.
    #[inline(always)]
    #[must_use]
    pub fn genes_of<V: Lanes>(&self, ids: &[usize]) -> Genes<V> {
        each!(c in layout::GENOME_COLUMNS => {
            let mut genes = [0.0; WIDEST];
            for (gene, &id) in genes.iter_mut().zip(ids) {
                *gene = self.genome[c][id];
            }
            V::load(&genes)
        })
    }

    /// The first boid that is not as it should be, and why.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn fault<const D: usize>(&self, policy: &Policy) -> Fault {
        let mut faults =
            (0..self.n).filter_map(|id| Some(Fault::at(self.wrong::<D>(policy, id)?, id as u32)));
        // There is one, unless a back end disagrees with scalar compares.
        faults.next().unwrap_or(Fault::at(Status::Descriptor, 0))
    }

    /// What is wrong with a boid, if anything.
    fn wrong<const D: usize>(&self, policy: &Policy, id: usize) -> Option<Status> {
        let sane = |c: &&[f32]| c[id].abs() <= LIMIT;
        let inside =
            |i: usize| policy.min[i] <= self.frame[i][id] && self.frame[i][id] <= policy.max[i];
        if !(0..D).all(inside) {
            return Some(Status::Position);
        }
        if !self.frame[layout::VX..].iter().all(sane) {
            return Some(Status::State);
        }
        (!self.genome.iter().all(sane)).then_some(Status::Gene)
    }

    /// Checks the positions of the boids in `range`, which starts at a multiple of
    /// [`WIDEST`], notes their cells in `cell`, and counts them in `counts[c + 1]`.
    /// Returns whether all positions were within the bounds.
    #[inline(always)]
    pub fn count<V: Lanes, const D: usize>(
        &self,
        policy: &Policy,
        grid: &Grid,
        range: Range<usize>,
        cell: &mut [u32],
        counts: &mut [u32],
    ) -> bool {
        let min = each!(i in D => V::splat(policy.min[i]));
        let max = each!(i in D => V::splat(policy.max[i]));
        counts.fill(0);
        for at in range.clone().step_by(V::WIDTH) {
            let p = each!(i in D => lanes(self.frame[i], at, self.n, policy.min[i]));
            let mut inside = V::both(min[0].le(p[0]), p[0].le(max[0]));
            for i in 1..D {
                inside = V::both(inside, V::both(min[i].le(p[i]), p[i].le(max[i])));
            }
            if !V::all(inside) {
                return false;
            }
            let mut cells = [0; WIDEST];
            grid.locate(p, min, &mut cells);
            let here = cell[at - range.start..].iter_mut().zip(cells);
            for (to, c) in here.take(V::WIDTH.min(range.end - at)) {
                *to = c;
                counts[c as usize + 1] += 1;
            }
        }
        true
    }
}

/// Turns counts into places: those of the boids of cell c that part t counted
/// start at `counts[t][c + 1]` afterwards. When each part has then moved its start
/// behind every boid that it placed, the last part's is where cell c + 1 starts.
pub fn offsets(counts: &mut [u32], cells: usize) {
    let mut total = 0;
    for c in 1..=cells {
        for part in counts.chunks_exact_mut(cells + 1) {
            (part[c], total) = (total, total + part[c]);
        }
    }
}

/// The flock in the order of its cells, on its way there.
#[derive(Debug)]
pub(crate) struct Sorted<'a> {
    pub rows: Shared<'a, Row>,
    pub places: Shared<'a, f32>,
}

impl Sorted<'_> {
    /// Writes each boid of `range` to the next free place of its cell, which
    /// `place` holds, and leaves that place there. In a cell, boids stand in order
    /// of their id.
    ///
    /// # Safety
    ///
    /// `next` must be what [`offsets`] made of the counts of these boids, and other
    /// threads may only scatter other ranges.
    #[inline(always)]
    pub unsafe fn scatter(
        &self,
        input: &Input<'_>,
        range: Range<usize>,
        place: &mut [u32],
        next: &mut [u32],
    ) {
        let column = sorted(input.n);
        let [x, y, z, vx, vy, vz, ..] = input.frame.map(|c| &c[range.clone()]);
        for i in 0..range.len() {
            if let Some(&cell) = place.get(i + AHEAD) {
                let near = next[cell as usize + 1] as usize;
                self.rows.prefetch(near);
                for axis in 0..3 {
                    self.places.prefetch(axis * column + near);
                }
            }
            let place = &mut place[i];
            let next = &mut next[*place as usize + 1];
            *place = *next;
            *next += 1;
            let at = *place as usize;
            // SAFETY: no other boid has this place.
            unsafe {
                self.rows.put(at, Row([x[i], y[i], z[i], 0.0, vx[i], vy[i], vz[i], 0.0]));
                self.places.put(at, x[i]);
                self.places.put(column + at, y[i]);
                self.places.put(2 * column + at, z[i]);
            }
        }
    }

    /// Makes the room behind the last boid harmless.
    ///
    /// # Safety
    ///
    /// No other thread may use the sorted boids.
    pub unsafe fn seal(&self, n: usize) {
        let end = sorted(n);
        // SAFETY: promised by the caller.
        unsafe {
            self.rows.part(n..end).fill(Row::ZERO);
            for axis in 0..3 {
                self.places.part(axis * end + n..(axis + 1) * end).fill(0.0);
            }
        }
    }
}
