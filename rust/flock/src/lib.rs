//! The physics of the flock: one step of N boids in three dimensions.
//!
//! It allocates nothing, knows neither files nor threads, and gives the same
//! bits on every machine: all arithmetic is `+ - * / sqrt`, compares and bit
//! masks on [`lanes::Lanes`]. The lanes of a vector are different boids, and no
//! value crosses from one to another; the sums over the neighbours of a boid
//! ([`lanes::Sums`]) are added one neighbour after the other. So the number of
//! lanes, which is all that the back ends in [`arch`] differ in beside how they
//! spell it, changes no bit. There is no fused multiply-add, no reciprocal
//! estimate, no `min` or `max` (their treatment of zeros and NaN differs between
//! machines).
//!
//! Start at [`step`] for a tick, at [`integrate`] for the formulas.
#![no_std]
#![cfg_attr(all(target_arch = "wasm32", not(target_feature = "simd128")), feature(core_float_math))]

#[cfg(test)]
extern crate std;

pub mod arch;
pub mod candidates;
pub mod columns;
pub mod grid;
pub mod hash;
pub mod integrate;
pub mod lanes;
pub mod layout;
pub mod policy;
pub mod row;
pub mod seed;
mod shared;
pub mod status;
mod step;

pub use arch::Native;
pub use grid::{Cells, Scratch};
pub use policy::Policy;
pub use status::Status;
pub use step::{Tick, World, perceive, sort, step};

/// Columns of frames and genomes are whole blocks of so many floats.
pub const BLOCK: usize = 4;

/// Distance between two columns of `n` boids, in `f32`: whole blocks.
#[must_use]
pub const fn stride(n: usize) -> usize {
    n.next_multiple_of(BLOCK)
}
