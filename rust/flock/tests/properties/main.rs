//! What must hold of every world and every back end: the same bits whatever the
//! width of a vector, at every size, in the plane and in space, wherever boids
//! are and whatever is wrong with them.
//!
//! The golden chains say that the bits stay what they are; these tests say that
//! they do not depend on the machine.

#[allow(dead_code)] // the golden chains use all of it
#[path = "../common/mod.rs"]
mod common;

mod backend;
mod edges;
mod faults;
mod fleet;
mod marathon;
mod policies;
mod sizes;
