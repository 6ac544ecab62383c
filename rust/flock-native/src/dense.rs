//! The loop over candidates at its best: one dense cell, and nothing but the
//! first-level cache.

use std::hint::black_box;
use std::marker::PhantomData;
use std::ops::Range;
use std::time::Instant;

use flock::grid::Grid;
use flock::hash::mix;
use flock::lanes::{Lanes, Task};
use flock::status::Fault;
use flock::{Cells, Policy, Tick, World, layout, stride};

use crate::Error;
use crate::backend::{Backend, with_lanes};
use crate::heap::{Heap, Plan, PolicyBytes};

/// Boids in each of the 27 cells. All candidates together then fill vectors of four
/// and of eight, and take 14 KiB with all that is kept of them, less than half of
/// any first-level cache.
const BOIDS: usize = 8;
/// Cells along an axis.
const EDGE: usize = 3;
/// All boids, each of which is a candidate for those in the middle.
const ALL: usize = BOIDS * EDGE * EDGE * EDGE;

/// What was done, over all repetitions together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Wall time.
    pub ns: u128,
    /// Boids whose neighbours were added up.
    pub boids: u64,
    /// Lanes that were compared with the radius.
    pub candidates: u64,
    /// Neighbours that were found.
    pub neighbours: u64,
}

/// Adds up the neighbours of the boids of one cell `reps` times, and nothing else:
/// the flock was sorted before, and no state moves.
///
/// The world is a cube of three radii with eight boids in each of its 27 cells,
/// placed at random; the cell is the one in the middle. Its boids have the balls of
/// all their neighbours inside the cube, so that the share of neighbours among
/// candidates is, on average, that of the middle of any world of three dimensions:
/// (4/3 π r³) / (27 r³) = 15.5%. Other ways to have one dense cell get that wrong:
/// in a world of one cell nine candidates out of ten are near.
///
/// It is a ceiling and no forecast: the same eight boids come again and again, so
/// that every jump is foreseen and no cache is missed, and collecting the candidates
/// is shared by more boids than in a world of eight neighbours.
///
/// # Panics
///
/// When the processor cannot run the back end: see [`Backend::missing`].
pub fn run(backend: Backend, reps: u64) -> Result<Work, Error> {
    let plan = Plan { boids: ALL, dimensions: 3, seed: 1, policy: policy(), parts: 1 };
    let mut heap = Heap::new(&plan)?;
    spread(heap.frame_mut());
    let middle = middle()?;
    let mut world = heap.world(1);
    Ok(with_lanes!(backend, V => V::apart(Repeat {
        middle,
        reps,
        world: &mut world,
        lanes: PhantomData::<V>,
    }))?)
}

/// Sorts a flock, and looks after the boids of one cell again and again.
struct Repeat<'a, 'b, V> {
    middle: Range<usize>,
    reps: u64,
    world: &'a mut World<'b>,
    lanes: PhantomData<V>,
}

impl<V: Lanes> Task for Repeat<'_, '_, V> {
    type Output = Result<Work, Fault>;
    #[inline(always)]
    fn run(self) -> Result<Work, Fault> {
        let tick = Tick::<V, 3>::open(self.world)?;
        // SAFETY: this is the only thread, and it keeps to the order.
        unsafe {
            tick.count(0)?;
            tick.place();
            tick.scatter(0);
        }
        let (begin, mut neighbours) = (Instant::now(), 0);
        for _ in 0..self.reps {
            // SAFETY: as above. Boids may be looked after twice.
            neighbours += unsafe { tick.perceive(0, black_box(self.middle.clone())) };
        }
        let ns = begin.elapsed().as_nanos();
        let boids = self.reps * self.middle.len() as u64;
        let lanes = ALL.next_multiple_of(V::WIDTH) as u64;
        Ok(Work { ns, boids, candidates: boids * lanes, neighbours })
    }
}

/// Where the boids of the middle cell are once the flock is sorted.
fn middle() -> Result<Range<usize>, Error> {
    let grid = Grid::new::<3>(&Policy::read::<3>(&policy())?, Cells([EDGE as u32; 3]))?;
    let first = (grid.row(1, 1) + 1) * BOIDS;
    Ok(first..first + BOIDS)
}

/// A world of three radii along each axis, in which nothing pulls.
fn policy() -> PolicyBytes {
    let mut policy = [0; layout::POLICY_BYTES];
    let mut put = |at: usize, v: f32| policy[at..at + 4].copy_from_slice(&v.to_le_bytes());
    put(layout::POLICY_DT, 1.0 / 60.0);
    put(layout::POLICY_RADIUS, 1.0);
    put(layout::POLICY_MAX_SPEED, 1.0);
    for axis in 0..3 {
        put(layout::POLICY_MAX + 4 * axis, EDGE as f32);
    }
    policy
}

/// Puts eight boids anywhere in each cell, but for a rim of a thousandth of its
/// width: a cell is a little wider than the radius.
fn spread(frame: &mut [f32]) {
    for id in 0..ALL {
        let mut cell = id / BOIDS;
        for axis in 0..3 {
            let unit = (mix((3 * id + axis) as u64) >> 40) as f32 / 16_777_216.0;
            frame[axis * stride(ALL) + id] = (cell % EDGE) as f32 + 0.001 + 0.998 * unit;
            cell /= EDGE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_as_frequent_as_in_any_world() {
        let work = run(Backend::Scalar, 3).expect("dense");
        assert_eq!((work.boids, work.candidates), (24, 24 * 216));
        let share = work.neighbours as f64 / work.candidates as f64;
        assert!((0.135..0.175).contains(&share), "{share}");
    }

    #[test]
    fn back_ends_do_the_same_work() {
        let want = run(Backend::Scalar, 2).expect("dense");
        for backend in Backend::available() {
            let got = run(backend, 2).expect("dense");
            assert_eq!(Work { ns: want.ns, ..got }, want, "{}", backend.name());
        }
    }
}
