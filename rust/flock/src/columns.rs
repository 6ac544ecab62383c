//! Columns of frames and genomes: `stride(n)` floats each, one behind the other.

use crate::lanes::Lanes;
use crate::stride;

/// Most lanes that a back end has.
pub const WIDEST: usize = 8;

/// Column `c` of `data` with its padding.
#[inline(always)]
#[must_use]
pub fn column(data: &[f32], n: usize, c: usize) -> &[f32] {
    &data[c * stride(n)..(c + 1) * stride(n)]
}

/// Column `c` of `data` with its padding.
#[must_use]
pub fn column_mut(data: &mut [f32], n: usize, c: usize) -> &mut [f32] {
    &mut data[c * stride(n)..(c + 1) * stride(n)]
}

/// The lanes of a column from boid `at` on, with `fill` for those from `n` on.
#[inline(always)]
#[must_use]
pub fn lanes<V: Lanes>(column: &[f32], at: usize, n: usize, fill: f32) -> V {
    if at + V::WIDTH <= n {
        return V::load(&column[at..]);
    }
    let mut lanes = [fill; WIDEST];
    for (lane, v) in lanes.iter_mut().zip(&column[at.min(n)..n]) {
        *lane = *v;
    }
    V::load(&lanes)
}

/// The lanes of a column from boid `at` on, all of them boids.
///
/// # Safety
///
/// The column must hold them.
#[inline(always)]
#[must_use]
pub unsafe fn whole<V: Lanes>(column: &[f32], at: usize) -> V {
    debug_assert!(at + V::WIDTH <= column.len());
    // SAFETY: promised by the caller.
    V::load(unsafe { core::slice::from_raw_parts(column.as_ptr().add(at), V::WIDTH) })
}
