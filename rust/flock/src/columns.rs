//! Columns of frames and genomes: `stride(n)` floats each, one behind the other.

use crate::{LANES, stride};

/// Column `c` of `data` with its padding.
#[must_use]
pub fn column(data: &[f32], n: usize, c: usize) -> &[f32] {
    &data[c * stride(n)..(c + 1) * stride(n)]
}

/// Column `c` of `data` with its padding.
#[must_use]
pub fn column_mut(data: &mut [f32], n: usize, c: usize) -> &mut [f32] {
    &mut data[c * stride(n)..(c + 1) * stride(n)]
}

/// All columns of `data`, with their padding, as blocks of four.
#[must_use]
pub fn blocks<const C: usize>(data: &[f32], n: usize) -> [&[[f32; LANES]]; C] {
    core::array::from_fn(|c| column(data, n, c).as_chunks().0)
}

/// Block `b` of a column of `n` floats, with `fill` for the padding.
#[inline(always)]
#[must_use]
pub fn block(column: &[[f32; LANES]], b: usize, n: usize, fill: f32) -> [f32; LANES] {
    let mut lanes = column[b];
    if (b + 1) * LANES > n {
        lanes[n % LANES..].fill(fill);
    }
    lanes
}
