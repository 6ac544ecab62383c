//! Who may be a neighbour: the boids of the 27 cells around a cell, side by side.

use core::array::from_fn;
use core::ops::Range;

use crate::LANES;
use crate::grid::{Grid, SORTED};
use crate::lanes::Lanes;

/// Most candidates at a time.
pub const CAPACITY: usize = 2048;
/// The distance between two columns: room for a last block that is not full,
/// and no multiple of a page, whose addresses a processor mistakes for each other.
const COLUMN: usize = CAPACITY + 16;
/// Where the lanes behind the last candidate are: within nobody's radius, yet
/// near enough for a squared distance to be finite.
const FAR: f32 = 1e12;

/// Up to [`CAPACITY`] candidates, as columns. All boids of a cell have the same
/// ones, so that what it costs to collect them is shared, and the loop over
/// them runs over contiguous memory without a lane too many.
///
/// One array, in which columns are a constant apart: a WebAssembly runtime then
/// checks one address a block and not six. Velocities come first, and z last: a
/// reader that begins with z has touched the highest address.
#[derive(Debug)]
#[repr(C, align(32))]
pub struct Candidates {
    len: usize,
    columns: [f32; SORTED * COLUMN],
}

/// The columns from one candidate on: it and the three behind it stand at the
/// multiples of `COLUMN`.
const WINDOW: usize = (SORTED - 1) * COLUMN + LANES;

/// Four candidates.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a>(&'a [f32; WINDOW]);

impl Block<'_> {
    #[inline(always)]
    fn column<V: Lanes>(&self, c: usize) -> V {
        let mut lanes = [0.0; LANES];
        lanes.copy_from_slice(&self.0[c * COLUMN..c * COLUMN + LANES]);
        V::load(&lanes)
    }

    /// Their velocities along `axis`.
    #[inline(always)]
    #[must_use]
    pub fn v<V: Lanes>(&self, axis: usize) -> V {
        self.column(axis)
    }

    /// Their positions along `axis`.
    #[inline(always)]
    #[must_use]
    pub fn p<V: Lanes>(&self, axis: usize) -> V {
        self.column(3 + axis)
    }
}

impl Candidates {
    /// No candidates.
    pub const NONE: Self = Self { len: 0, columns: [0.0; SORTED * COLUMN] };

    /// Forgets all.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// How many there are.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds the sorted boids of `range`, a block at a time: the lanes too many are
    /// overwritten by the next range or by [`Self::seal`]. Together they must
    /// not exceed [`CAPACITY`].
    #[inline(always)]
    pub fn append(&mut self, sorted: &[&[f32]; SORTED], range: Range<usize>) {
        let at = self.len;
        self.len += range.len();
        let padded = range.len().next_multiple_of(LANES);
        let from: [&[[f32; LANES]]; SORTED] =
            from_fn(|c| sorted[c][range.start..range.start + padded].as_chunks().0);
        for (b, at) in (at..at + padded).step_by(LANES).enumerate() {
            let Some(window) = self.columns[at..].first_chunk_mut::<WINDOW>() else {
                return;
            };
            for (c, from) in from.iter().enumerate().rev() {
                window[c * COLUMN..c * COLUMN + LANES].copy_from_slice(&from[b]);
            }
        }
    }

    /// Moves the lanes behind the last candidate out of reach.
    #[inline(always)]
    pub fn seal(&mut self) {
        for axis in 0..3 {
            let at = (3 + axis) * COLUMN + self.len;
            self.columns[at..at + LANES].fill(FAR);
        }
    }

    /// The candidates, sealed, in blocks.
    #[inline(always)]
    pub fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        let len = self.len.min(CAPACITY);
        (0..len).step_by(LANES).filter_map(|at| self.columns[at..].first_chunk().map(Block))
    }
}

/// The sorted boids of the 27 cells around a cell: nine rows along x, each
/// contiguous in memory, in ascending order.
#[derive(Debug)]
pub struct Spans {
    ranges: [(u32, u32); 9],
    len: usize,
    boids: usize,
}

impl Spans {
    /// The spans of cell (x, y, z).
    #[inline(always)]
    #[must_use]
    pub fn around(grid: &Grid, starts: &[u32], [x, y, z]: [usize; 3]) -> Self {
        let [cx, cy, cz] = grid.cells;
        let (left, right) = (x.saturating_sub(1), (x + 2).min(cx));
        let mut spans = Self { ranges: [(0, 0); 9], len: 0, boids: 0 };
        for rz in z.saturating_sub(1)..(z + 2).min(cz) {
            for ry in y.saturating_sub(1)..(y + 2).min(cy) {
                let row = (rz * cy + ry) * cx;
                spans.push(starts[row + left], starts[row + right]);
            }
        }
        spans
    }

    #[inline(always)]
    fn push(&mut self, from: u32, to: u32) {
        if from < to {
            self.ranges[self.len] = (from, to);
            self.len += 1;
            self.boids += (to - from) as usize;
        }
    }

    /// How many boids there are.
    #[inline(always)]
    #[must_use]
    pub fn boids(&self) -> usize {
        self.boids
    }

    /// The ranges of boids.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.ranges[..self.len].iter().map(|&(from, to)| from as usize..to as usize)
    }
}
