//! The flock as native code, to compare the WebAssembly engine with: worlds that
//! own their memory, every back end that the processor turns out to have, and a
//! step that threads share.
//!
//! It computes nothing itself: the formulas are those of the crate `flock`, and so
//! are the bits. Start at [`worker`] for what the program `flock-worker` answers,
//! at [`together`] for the step that threads share.

pub mod backend;
pub mod bandwidth;
pub mod calibrate;
pub mod dense;
pub mod error;
pub mod gate;
pub mod heap;
mod memory;
pub mod pool;
mod rates;
mod room;
pub mod together;
pub mod watched;
pub mod worker;

pub use backend::{Backend, Phase};
pub use error::Error;
pub use heap::Heap;
pub use pool::Pool;
pub use room::Room;
