//! Who may be a neighbour: the boids of the 27 cells around a cell, side by side.

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

    /// Adds the sorted boids of `range`, a block at a time: the lanes too many are
    /// overwritten by the next range or by [`Self::seal`]. Adds nobody and returns
    /// false when they would be more than [`CAPACITY`].
    #[inline(always)]
    pub fn append(&mut self, sorted: &[&[f32]; SORTED], range: Range<usize>) -> bool {
        let (at, len) = (self.len, range.len());
        if at + len > CAPACITY {
            return false;
        }
        self.len += len;
        for (to, from) in (at..at + len).zip(range).step_by(LANES) {
            let Some(window) = self.columns[to..].first_chunk_mut::<WINDOW>() else {
                return false;
            };
            for (c, column) in sorted.iter().enumerate().rev() {
                window[c * COLUMN..c * COLUMN + LANES].copy_from_slice(&column[from..from + LANES]);
            }
        }
        true
    }

    /// Collects whoever is around a cell. Returns false when they are more than
    /// [`CAPACITY`].
    #[inline(always)]
    pub fn collect(&mut self, sorted: &[&[f32]; SORTED], starts: &[u32], around: Around) -> bool {
        self.len = 0;
        let (mut layer, mut fit) = (around.first, true);
        for _ in 0..around.layers {
            let mut row = layer;
            for _ in 0..around.rows {
                let range = starts[row] as usize..starts[row + around.width] as usize;
                fit = fit && self.append(sorted, range);
                row += around.next_row;
            }
            layer += around.next_layer;
        }
        self.seal();
        fit
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

/// The 27 cells around a cell, or as many of them as there are: nine rows along
/// x, in each of which the sorted boids are contiguous.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    first: usize, // cell, of the first row
    width: usize, // of a row, in cells
    layers: usize,
    rows: usize, // of a layer
    next_row: usize,
    next_layer: usize,
}

impl Around {
    /// What is around cell (x, y, z).
    #[inline(always)]
    #[must_use]
    pub fn new(grid: &Grid, [x, y, z]: [usize; 3]) -> Self {
        let [cx, cy, cz] = grid.cells;
        let (left, low, near) = (x.saturating_sub(1), y.saturating_sub(1), z.saturating_sub(1));
        Self {
            first: (near * cy + low) * cx + left,
            width: (x + 2).min(cx) - left,
            layers: (z + 2).min(cz) - near,
            rows: (y + 2).min(cy) - low,
            next_row: cx,
            next_layer: cx * cy,
        }
    }

    /// The ranges of sorted boids, in ascending order.
    pub fn ranges(self, starts: &[u32]) -> impl Iterator<Item = Range<usize>> {
        (0..self.layers).flat_map(move |layer| {
            (0..self.rows).map(move |row| {
                let cell = self.first + layer * self.next_layer + row * self.next_row;
                starts[cell] as usize..starts[cell + self.width] as usize
            })
        })
    }
}
