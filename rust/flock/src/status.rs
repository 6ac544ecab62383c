//! What can be wrong with the input of a step.

pub use crate::layout::Status;

/// A refused step: the reason, and the index of what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The reason.
    pub status: Status,
    /// The boid's id, or the byte offset in the policy; 0 where neither applies.
    pub index: u32,
}

impl Fault {
    /// A fault at `index`.
    #[must_use]
    pub const fn at(status: Status, index: u32) -> Self {
        Self { status, index }
    }
}
