//! Who may be a neighbour, and who is: the boids of the 27 cells around a cell
//! (9 in the plane), side by side.

use core::ops::Range;

use crate::arch::prefetch;
use crate::grid::Grid;
use crate::lanes::{Lanes, Sums, each};
use crate::row::Row;

/// Most candidates at a time.
pub const CAPACITY: usize = NOBODY as usize;
/// The candidate that adds nothing: the boid itself, at no distance.
const NOBODY: u16 = 2047;
/// So many neighbours are always added, some of them nobody: at the usual eight,
/// a loop whose length the processor guesses right is worth more than four
/// additions of zero.
const ALWAYS: usize = 12;
/// The distance between two columns: room for a last block that is not full,
/// and no multiple of a page, whose addresses a processor mistakes for each other.
const COLUMN: usize = CAPACITY + 17;
/// So many candidates are copied at a time, and never fewer: most rows of cells
/// hold no more, and a loop that always runs once is predicted.
pub const CHUNK: usize = 8;
/// Where the lanes behind the last candidate are: within nobody's radius, yet
/// near enough for a squared distance to be finite.
const FAR: f32 = 1e12;
/// The column of d² − r², behind those of the positions.
const EXCESS: usize = 3;

/// Up to [`CAPACITY`] candidates. All boids of a cell have the same ones, so that
/// what it costs to collect them is shared, and the loop over them runs over
/// contiguous memory without a lane too many.
///
/// One array, in which columns are a constant apart: a WebAssembly runtime then
/// checks one address a block and not four.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Candidates {
    len: usize,
    columns: [f32; 4 * COLUMN],
    rows: [u32; COLUMN], // of each candidate
    near: [u16; COLUMN], // which candidates are neighbours, ascending
}

impl Candidates {
    /// No candidates.
    pub const NONE: Self =
        Self { len: 0, columns: [0.0; 4 * COLUMN], rows: [0; COLUMN], near: [0; COLUMN] };

    /// Forgets all.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds the sorted boids of `range`, a chunk at a time: the lanes too many are
    /// overwritten by the next range or by [`Self::seal`]. Adds nobody and returns
    /// false when they would be more than [`CAPACITY`].
    ///
    /// # Safety
    ///
    /// The range must lie in the flock, behind which a chunk can be read.
    #[inline(always)]
    pub unsafe fn append<V: Lanes, const D: usize>(
        &mut self,
        flock: &Flock<'_>,
        range: Range<usize>,
    ) -> bool {
        let (mut at, mut from) = (self.len, range.start);
        if at + range.len() > CAPACITY {
            return false;
        }
        self.len += range.len();
        loop {
            for axis in 0..D {
                for lane in (0..CHUNK).step_by(V::WIDTH) {
                    // SAFETY: at most CAPACITY, and a chunk fits behind it.
                    unsafe {
                        let place: V = load(flock.places[axis], from + lane);
                        store(place, &mut self.columns, axis * COLUMN + at + lane);
                    }
                }
            }
            for i in 0..CHUNK {
                // SAFETY: as above.
                unsafe { *self.rows.get_unchecked_mut(at + i) = (from + i) as u32 };
            }
            at += CHUNK;
            from += CHUNK;
            if from >= range.end {
                return true;
            }
        }
    }

    /// Collects the sorted boids in cells `left..right` of each row. Returns false
    /// when they are more than [`CAPACITY`].
    ///
    /// # Safety
    ///
    /// `left..right` must be cells of a row.
    #[inline(always)]
    pub unsafe fn collect<V: Lanes, const D: usize>(
        &mut self,
        flock: &Flock<'_>,
        rows: &Rows,
        [left, right]: [usize; 2],
    ) -> bool {
        self.clear();
        let mut fit = true;
        for &row in rows.first() {
            // SAFETY: starts holds one index more than there are cells, and all of
            // them lie in the flock.
            unsafe {
                let start = *flock.starts.get_unchecked(row + left) as usize;
                let end = *flock.starts.get_unchecked(row + right) as usize;
                prefetch(flock.rows, end + CHUNK);
                fit = fit && self.append::<V, D>(flock, start..end);
            }
        }
        self.seal();
        fit
    }

    /// Moves the lanes behind the last candidate out of reach.
    #[inline(always)]
    pub fn seal(&mut self) {
        let at = self.len.min(CAPACITY);
        for axis in 0..3 {
            self.columns[axis * COLUMN + at..axis * COLUMN + at + CHUNK].fill(FAR);
        }
    }

    /// Finds the candidates, sealed, within the radius of `me` and adds them to
    /// `sums`, one after the other. Returns the sums, and how many were added.
    //
    // Note: by value, because sums behind a reference stay in memory, and each
    // addition then waits for the store of the one before.
    #[inline(always)]
    #[must_use]
    pub fn add_near<V: Lanes, const D: usize>(
        &mut self,
        mut sums: V::Sums,
        flock: &Flock<'_>,
        me: usize,
        square: f32,
    ) -> (V::Sums, usize) {
        let near = self.find::<V, D>(&flock.rows[me], square);
        let always = if V::WIDTH == 1 { 0 } else { ALWAYS };
        self.near[near..near + ALWAYS].fill(NOBODY);
        self.rows[CAPACITY] = me as u32;
        self.columns[EXCESS * COLUMN + CAPACITY] = 0.0;
        for &c in &self.near[..near.max(always)] {
            let c = usize::from(c) % (CAPACITY + 1);
            // SAFETY: collected candidates lie in the flock, and so does nobody.
            let other = unsafe { flock.rows.get_unchecked(self.rows[c] as usize) };
            sums.add(other, self.columns[EXCESS * COLUMN + c]);
        }
        (sums, near)
    }

    /// Lists the candidates with d² < `square` and keeps the excess of each.
    #[inline(always)]
    fn find<V: Lanes, const D: usize>(&mut self, me: &Row, square: f32) -> usize {
        let p = each!(axis in D => V::splat(me.0[axis]));
        let square = V::splat(square);
        let mut near = 0;
        for at in (0..self.len.min(CAPACITY)).step_by(V::WIDTH) {
            // SAFETY: no more are near than were looked at, which are at most
            // CAPACITY; a chunk fits behind that.
            unsafe {
                let columns = &mut self.columns;
                let d = each!(axis in D => p[axis].sub(load(columns, axis * COLUMN + at)));
                let excess = V::square(d).sub(square);
                store(excess, columns, EXCESS * COLUMN + at);
                let to = self.near.get_unchecked_mut(near..near + CHUNK);
                near += excess.pack_negative(at as u16, to);
            }
        }
        near
    }
}

/// The lanes of `from` from `at` on.
///
/// # Safety
///
/// They must lie in it.
#[inline(always)]
unsafe fn load<V: Lanes>(from: &[f32], at: usize) -> V {
    debug_assert!(at + V::WIDTH <= from.len());
    // SAFETY: promised by the caller.
    V::load(unsafe { core::slice::from_raw_parts(from.as_ptr().add(at), V::WIDTH) })
}

/// Writes `lanes` to `to` from `at` on.
///
/// # Safety
///
/// They must lie in it.
#[inline(always)]
unsafe fn store<V: Lanes>(lanes: V, to: &mut [f32], at: usize) {
    debug_assert!(at + V::WIDTH <= to.len());
    // SAFETY: promised by the caller.
    lanes.store(unsafe { core::slice::from_raw_parts_mut(to.as_mut_ptr().add(at), V::WIDTH) });
}

/// The sorted boids, to read.
#[derive(Clone, Copy, Debug)]
pub struct Flock<'a> {
    /// The boids.
    pub rows: &'a [Row],
    /// Their positions, a chunk longer than the rows that count.
    pub places: [&'a [f32]; 3],
    /// Where each cell starts, and where the last one ends.
    pub starts: &'a [u32],
}

/// The rows of cells around a row of cells, or as many of them as there are. In
/// each of them the boids of neighbouring cells are contiguous once sorted.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    first: [usize; 9], // cell, of each row
    len: usize,
}

impl Rows {
    /// What is around row (y, z), layer by layer.
    #[must_use]
    pub fn around(grid: &Grid, [y, z]: [usize; 2]) -> Self {
        let [_, cy, cz] = grid.cells;
        let mut rows = Self { first: [0; 9], len: 0 };
        for z in z.saturating_sub(1)..(z + 2).min(cz) {
            for y in y.saturating_sub(1)..(y + 2).min(cy) {
                rows.first[rows.len] = grid.row(y, z);
                rows.len += 1;
            }
        }
        rows
    }

    /// The first cells of the rows.
    #[inline(always)]
    #[must_use]
    pub fn first(&self) -> &[usize] {
        &self.first[..self.len]
    }
}
