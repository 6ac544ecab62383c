//! The memory of a step.

use flock::candidates::Candidates;
use flock::grid::sorted;
use flock::row::{Row, Total};
use flock::{Scratch, stride};

use crate::Error;
use crate::memory::Array;

/// What a [`Scratch`] borrows. Arrays start on cache lines, and all of it is backed
/// by real pages.
#[derive(Debug)]
pub struct Room {
    candidates: Box<[Candidates]>, // as aligned as arrays are
    rows: Array<Row>,
    places: Array<f32>,
    totals: Array<Total>,
    place: Array<u32>,
    starts: Array<u32>,
}

impl Room {
    /// Room for `n` boids in so many cells, for a step that is split into at most
    /// `parts`.
    pub fn new(n: usize, cells: usize, parts: usize) -> Result<Self, Error> {
        Ok(Self {
            candidates: (0..parts).map(|_| Candidates::NONE).collect(),
            rows: Array::new(sorted(n), Row::ZERO)?,
            places: Array::new(3 * sorted(n), 0.0)?,
            totals: Array::new(sorted(n), Total::NONE)?,
            place: Array::new(stride(n), 0)?,
            starts: Array::new(parts * (cells + 1), 0)?,
        })
    }

    /// The room of a step in `parts`.
    ///
    /// # Panics
    ///
    /// When it was made for fewer parts.
    pub fn scratch(&mut self, parts: usize) -> Scratch<'_> {
        let indices = self.starts.len() / self.candidates.len();
        Scratch {
            candidates: &mut self.candidates[..parts],
            rows: &mut self.rows,
            places: &mut self.places,
            totals: &mut self.totals,
            place: &mut self.place,
            starts: &mut self.starts[..parts * indices],
        }
    }
}
