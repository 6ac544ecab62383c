//! From addresses that a host wrote to slices that Rust may use.

use core::mem::{align_of, size_of};
use core::ops::Range;

use flock::candidates::Candidates;
use flock::grid::{MAX_BOIDS, sorted};
use flock::layout;
use flock::status::{Fault, Status};
use flock::{Cells, Scratch, World, stride};

pub use crate::block::Descriptor;

const REFUSED: Fault = Fault::at(Status::Descriptor, 0);

/// `bytes` bytes from `address` on, or a fault when they are not all memory or
/// the address is not a multiple of `align`.
fn range(address: u32, bytes: usize, align: usize) -> Result<Range<usize>, Fault> {
    let (from, size) = (address as usize, core::arch::wasm32::memory_size(0) << 16);
    // A memory of 65,536 pages has a size that 32 bits cannot hold.
    let end = if size == 0 { usize::MAX } else { size };
    match from.checked_add(bytes) {
        Some(to) if from != 0 && from % align == 0 && to <= end => Ok(from..to),
        _ => Err(REFUSED),
    }
}

fn disjoint(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.end <= b.start || b.end <= a.start || a.is_empty() || b.is_empty()
}

/// The floats of `range`.
///
/// # Safety
///
/// The range must come from [`range`] and nobody may write it during `'a`.
unsafe fn floats<'a>(range: &Range<usize>) -> &'a [f32] {
    // SAFETY: in memory and aligned as the caller promises; every bit pattern is a float.
    unsafe { core::slice::from_raw_parts(range.start as *const f32, range.len() / 4) }
}

/// `len` values of `T` from `at` on, which is moved behind them.
///
/// # Safety
///
/// They must lie in memory that is exclusively the caller's during `'a`, `at`
/// must be aligned, and every bit pattern must be a `T`.
unsafe fn take<'a, T>(at: &mut usize, len: usize) -> &'a mut [T] {
    let start = *at as *mut T;
    *at += len * size_of::<T>();
    // SAFETY: promised by the caller.
    unsafe { core::slice::from_raw_parts_mut(start, len) }
}

impl Descriptor {
    /// The descriptor at `address`.
    ///
    /// # Safety
    ///
    /// The host must have written it there and may not touch it during the call.
    pub unsafe fn at<'a>(address: u32) -> Option<&'a mut Self> {
        let range = range(address, size_of::<Self>(), align_of::<Self>()).ok()?;
        // SAFETY: in memory and aligned; integers take every bit pattern.
        Some(unsafe { &mut *(range.start as *mut Self) })
    }

    fn boids(&self) -> Result<usize, Fault> {
        if self.boids <= MAX_BOIDS { Ok(self.boids as usize) } else { Err(REFUSED) }
    }

    fn columns(&self, address: u32, columns: usize) -> Result<Range<usize>, Fault> {
        range(address, columns * stride(self.boids()?) * size_of::<f32>(), size_of::<f32>())
    }

    /// The policy.
    ///
    /// # Safety
    ///
    /// Nobody may write the policy during `'a`.
    pub unsafe fn policy<'a>(&self) -> Result<&'a [u8; layout::POLICY_BYTES], Fault> {
        let at = range(self.policy, layout::POLICY_BYTES, 1)?;
        // SAFETY: in memory; every bit pattern is a byte.
        Ok(unsafe { &*(at.start as *const [u8; layout::POLICY_BYTES]) })
    }

    /// The number of boids and the frame to write.
    ///
    /// # Safety
    ///
    /// The frame must be the caller's alone during `'a`.
    pub unsafe fn to<'a>(&self) -> Result<(usize, &'a mut [f32]), Fault> {
        let at = self.columns(self.to, layout::FRAME_COLUMNS)?;
        // SAFETY: in memory, aligned, exclusive by the caller's promise.
        Ok((self.boids()?, unsafe { take(&mut { at.start }, at.len() / 4) }))
    }

    /// The number of boids and the genome.
    ///
    /// # Safety
    ///
    /// Nobody may write the genome during `'a`.
    pub unsafe fn genome<'a>(&self) -> Result<(usize, &'a [f32]), Fault> {
        let at = self.columns(self.genome, layout::GENOME_COLUMNS)?;
        // SAFETY: promised by the caller.
        Ok((self.boids()?, unsafe { floats(&at) }))
    }

    /// The world that the descriptor declares, or a fault when a range is not
    /// memory, too small, or overlaps one that is written.
    ///
    /// # Safety
    ///
    /// During `'a`, output and scratch must be the caller's alone and nobody may
    /// write the input.
    pub unsafe fn world<'a>(&self) -> Result<World<'a>, Fault> {
        let (n, cells) = (self.boids()?, Cells(self.cells));
        let scratch = range(self.scratch, self.scratch_bytes as usize, align_of::<Candidates>())?;
        let from = self.columns(self.from, layout::FRAME_COLUMNS)?;
        let to = self.columns(self.to, layout::FRAME_COLUMNS)?;
        let genome = self.columns(self.genome, layout::GENOME_COLUMNS)?;
        let policy = range(self.policy, layout::POLICY_BYTES, 1)?;
        let apart = disjoint(&scratch, &to)
            && [&from, &genome, &policy].iter().all(|r| disjoint(r, &to) && disjoint(r, &scratch));
        if !apart || scratch.len() < Scratch::bytes(n, cells, self.parts as usize)? {
            return Err(REFUSED);
        }
        // SAFETY: every range lies in memory and is aligned, those that are
        // written overlap no other, and the caller vouches for everybody else.
        unsafe {
            Ok(World {
                n,
                cells,
                renumber: self.renumber != 0,
                policy: self.policy()?,
                genome: floats(&genome),
                from: floats(&from),
                to: self.to()?.1,
                scratch: carve(scratch.start, n, cells.count()?, self.parts as usize),
            })
        }
    }
}

/// The arrays of a scratch that starts at `at`.
///
/// # Safety
///
/// `Scratch::bytes` bytes must be there, aligned to candidates, and exclusive during `'a`.
unsafe fn carve<'a>(mut at: usize, n: usize, cells: usize, parts: usize) -> Scratch<'a> {
    // SAFETY: promised by the caller; the larger types come first.
    unsafe {
        Scratch {
            candidates: take(&mut at, parts),
            rows: take(&mut at, sorted(n)),
            totals: take(&mut at, sorted(n)),
            places: take(&mut at, 3 * sorted(n)),
            place: take(&mut at, stride(n)),
            starts: take(&mut at, parts * (cells + 1)),
        }
    }
}
