//! Who may be a neighbour, and who is: the boids of the 27 cells around a cell
//! (9 in the plane), side by side.

use core::ops::Range;

use crate::arch::prefetch;
use crate::grid::Grid;
use crate::lanes::{Lanes, Numbers, Sums, each};
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
/// The columns of candidates: the sorted boid that each is (the bits of an integer),
/// d² − r², and the position, x last. In this order, a reader has touched the highest
/// address first, and a WebAssembly runtime need not check the others.
const BOID: usize = 0;
const EXCESS: usize = COLUMN;
const PLACE: [usize; 3] = [4 * COLUMN, 3 * COLUMN, 2 * COLUMN];

/// So many candidates are few: their neighbours are the bits of a word.
const FEW: usize = 64;

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
    columns: [f32; 5 * COLUMN],
    near: [u16; COLUMN], // which candidates are neighbours, ascending
}

impl Candidates {
    /// No candidates.
    pub const NONE: Self = Self { len: 0, columns: [0.0; 5 * COLUMN], near: [0; COLUMN] };

    /// Forgets all.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds the sorted boids of `range`.
    ///
    /// # Safety
    ///
    /// The range must lie in the flock, behind which a chunk can be read, and hold at
    /// most as many boids as there is room for.
    #[inline(always)]
    pub unsafe fn append<V: Lanes, const D: usize>(
        &mut self,
        flock: &Flock<'_>,
        range: Range<usize>,
    ) {
        // SAFETY: promised by the caller.
        unsafe { self.copy::<V, D>(flock, self.len, &range) };
        self.len += range.len();
    }

    /// Copies the sorted boids of `range`, a chunk at a time, to the candidates from
    /// `at` on: the lanes too many are overwritten by the next range or by
    /// [`Self::seal`].
    ///
    /// # Safety
    ///
    /// As for [`Self::append`].
    #[inline(always)]
    unsafe fn copy<V: Lanes, const D: usize>(
        &mut self,
        flock: &Flock<'_>,
        at: usize,
        range: &Range<usize>,
    ) {
        let (mut at, mut from) = (at, range.start);
        loop {
            // SAFETY: at is at most CAPACITY, and a chunk fits behind it.
            unsafe {
                let to = self.columns.as_mut_ptr().add(at);
                for (place, column) in flock.places.iter().zip(PLACE).take(D) {
                    let (place, to) = (place.as_ptr().add(from), to.add(column));
                    let mut lane = CHUNK;
                    while lane > 0 {
                        lane -= V::WIDTH;
                        store(load::<V>(place.add(lane)), to.add(lane));
                    }
                }
                let boids = &mut *to.add(BOID).cast::<[u32; CHUNK]>();
                for (i, boid) in boids.iter_mut().enumerate() {
                    *boid = (from + i) as u32;
                }
            }
            at += CHUNK;
            from += CHUNK;
            if from >= range.end {
                return;
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
        let mut len = 0;
        for &row in rows.first() {
            // SAFETY: starts holds one index more than there are cells, and all of
            // them lie in the flock. There is room, or else nothing is copied.
            unsafe {
                let starts = flock.starts.as_ptr().add(row);
                let range = *starts.add(left) as usize..*starts.add(right) as usize;
                prefetch(flock.rows, range.end + CHUNK);
                if len + range.len() > CAPACITY {
                    return false;
                }
                self.copy::<V, D>(flock, len, &range);
                len += range.len();
            }
        }
        self.len = len;
        self.seal();
        true
    }

    /// Moves the lanes behind the last candidate out of reach.
    #[inline(always)]
    pub fn seal(&mut self) {
        let at = self.len.min(CAPACITY);
        for column in PLACE {
            self.columns[column + at..column + at + CHUNK].fill(FAR);
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
        sums: V::Sums,
        flock: &Flock<'_>,
        me: usize,
        square: f32,
    ) -> Near<V> {
        self.columns[BOID + CAPACITY] = f32::from_bits(me as u32);
        self.columns[EXCESS + CAPACITY] = 0.0;
        let always = if V::WIDTH == 1 { 0 } else { ALWAYS };
        let search = Search { flock, me, square, always };
        if self.len <= FEW {
            self.add_few::<V, D>(sums, &search)
        } else {
            self.add_many::<V, D>(sums, &search)
        }
    }

    /// [`Self::add_near`] where the neighbours fit into the bits of a word.
    #[inline(always)]
    fn add_few<V: Lanes, const D: usize>(&mut self, mut sums: V::Sums, who: &Search) -> Near<V> {
        let looking = who.looking::<V, D>();
        let mut near = 0_u64;
        for at in (0..self.len).step_by(V::WIDTH) {
            // SAFETY: at most FEW, and a chunk fits behind that.
            let excess = unsafe { looking.at(self.columns.as_mut_ptr().add(at)) };
            near |= u64::from(excess.negative()) << at;
        }
        let count = near.count_ones() as usize;
        for _ in 0..count.max(who.always) {
            let first = near.trailing_zeros() as usize;
            let c = if near == 0 { CAPACITY } else { first };
            near &= near.wrapping_sub(1);
            // SAFETY: candidates or nobody.
            unsafe { self.add(&mut sums, who.flock, c) };
        }
        (sums, count)
    }

    /// [`Self::add_near`] where the neighbours are listed.
    #[inline(always)]
    fn add_many<V: Lanes, const D: usize>(&mut self, mut sums: V::Sums, who: &Search) -> Near<V> {
        let looking = who.looking::<V, D>();
        let (mut near, mut numbers) = (0, V::Numbers::first());
        for at in (0..self.len.min(CAPACITY)).step_by(V::WIDTH) {
            // SAFETY: no more are near than were looked at, which are at most
            // CAPACITY; a chunk fits behind that.
            unsafe {
                let excess = looking.at(self.columns.as_mut_ptr().add(at));
                let to = &mut *self.near.as_mut_ptr().add(near).cast::<[u16; CHUNK]>();
                near += excess.pack_negative(numbers, to);
            }
            numbers = numbers.next();
        }
        self.near[near..near + ALWAYS].fill(NOBODY);
        for i in 0..near.max(who.always) {
            // SAFETY: nobody is listed but candidates, and nobody.
            unsafe { self.add(&mut sums, who.flock, usize::from(*self.near.get_unchecked(i))) };
        }
        (sums, near)
    }

    /// Adds candidate `c`.
    ///
    /// # Safety
    ///
    /// There must be one, or it must be nobody.
    #[inline(always)]
    unsafe fn add<S: Sums>(&self, sums: &mut S, flock: &Flock<'_>, c: usize) {
        // SAFETY: candidates lie in the flock.
        unsafe {
            let candidate = self.columns.as_ptr().add(c);
            let excess = *candidate.add(EXCESS);
            let boid = *candidate.add(BOID).cast::<u32>();
            sums.add(flock.rows.get_unchecked(boid as usize), excess);
        }
    }
}

/// Sums over neighbours, and how many were added.
type Near<V> = (<V as Lanes>::Sums, usize);

/// Whose neighbours are looked for, and how many are added at least.
struct Search<'a> {
    flock: &'a Flock<'a>,
    me: usize,
    square: f32,
    always: usize,
}

impl Search<'_> {
    #[inline(always)]
    fn looking<V: Lanes, const D: usize>(&self) -> Looking<V, D> {
        Looking::new(&self.flock.rows[self.me], self.square)
    }
}

/// Somebody who looks for neighbours.
struct Looking<V, const D: usize> {
    p: [V; D],
    square: V,
}

impl<V: Lanes, const D: usize> Looking<V, D> {
    #[inline(always)]
    fn new(me: &Row, square: f32) -> Self {
        Self { p: each!(axis in D => V::splat(me.0[axis])), square: V::splat(square) }
    }

    /// The excess of a block of candidates, which it leaves with them.
    ///
    /// # Safety
    ///
    /// The block must lie among the columns of candidates.
    #[inline(always)]
    unsafe fn at(&self, block: *mut f32) -> V {
        // SAFETY: promised by the caller.
        unsafe {
            let mut d = self.p;
            for axis in 0..D {
                d[axis] = self.p[axis].sub(load(block.add(PLACE[axis])));
            }
            let excess = V::square(d).sub(self.square);
            store(excess, block.add(EXCESS));
            excess
        }
    }
}

/// The lanes at `from`.
///
/// # Safety
///
/// They must be there.
#[inline(always)]
unsafe fn load<V: Lanes>(from: *const f32) -> V {
    // SAFETY: promised by the caller.
    V::load(unsafe { core::slice::from_raw_parts(from, V::WIDTH) })
}

/// Writes `lanes` to `to`.
///
/// # Safety
///
/// There must be room for them, and nobody else may use it.
#[inline(always)]
unsafe fn store<V: Lanes>(lanes: V, to: *mut f32) {
    // SAFETY: promised by the caller.
    lanes.store(unsafe { core::slice::from_raw_parts_mut(to, V::WIDTH) });
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
