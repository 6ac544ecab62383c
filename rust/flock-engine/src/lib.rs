//! The engine of a trial as a native process: it maps the hub that the Go roles map,
//! steps the flock in it with the fastest back end that the processor has, and speaks
//! the control plane of the Go package `internal/control` (docs/control-protocol.md).
//!
//! It is the same physics (crate `flock`), the same protocol (crate `hub`) and the
//! same meter as those of the engine in its WebAssembly sandbox, and holds itself to
//! the same checks, so that a trial with either of them computes the same world. It
//! computes no formula and maps no memory itself. Start at [`serve`] for the course of
//! a trial, at [`engine::Engine`] for a tick.

pub mod alloc;
pub mod clock;
pub mod control;
pub mod engine;
pub mod error;
pub mod lap;
pub mod link;
pub mod proof;
pub mod report;
pub mod sampler;
mod session;
pub mod stretch;
pub mod window;
pub mod world;

pub use session::serve;

/// The program's name, its version, and the back end that this processor gets.
#[must_use]
pub fn version() -> String {
    let backend = flock_native::Backend::best().name();
    format!("flock-engine {} {backend}", env!("CARGO_PKG_VERSION"))
}
