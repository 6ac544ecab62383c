//! The hub in Rust: memory that the roles of a trial share, the words that signal
//! through it, and the leases that keep a reader's slot from being overwritten.
//!
//! It is the Go package `zerocopy/hub` once more, word for word, for processes without
//! Go in them. It holds its own unsafe code, trusts no value that another process can
//! write, and knows nothing of flocks beyond the size of a frame. Start at [`Layout`]
//! for what lies where, at [`Region`] for how to open it, at [`Writer`] for the
//! protocol; docs/hub.md explains the whole and says what is proven by what.

mod blocked;
pub mod control;
mod error;
mod follower;
mod forecast;
mod futex;
pub mod layout;
#[cfg(not(loom))]
mod map;
mod pace;
mod page;
mod reader;
mod role;
mod shape;
mod signal;
mod sync;
mod waiter;
mod words;
mod writer;

pub use error::Error;
pub use follower::{Acquired, Follower, Mode};
#[cfg(not(loom))]
pub use map::{Access, Region, create};
pub use reader::Reader;
pub use role::Role;
pub use shape::{Header, Kind, Layout, stride};
pub use signal::{Signal, Strategy};
pub use waiter::Waiter;
pub use words::Words;
pub use writer::Writer;
