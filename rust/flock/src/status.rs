//! What can be wrong with the input of a step.

/// Why a step was refused. The codes are those of [`crate::layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// A size or an address of the descriptor does not fit.
    Descriptor = crate::layout::STATUS_DESCRIPTOR,
    /// A number of the policy is not finite or out of its range.
    Policy = crate::layout::STATUS_POLICY,
    /// The bounds of the policy need more cells than were declared.
    Grid = crate::layout::STATUS_GRID,
    /// A position is not a number or lies outside the bounds.
    Position = crate::layout::STATUS_POSITION,
    /// A velocity, energy or fitness is not finite or absurdly large.
    State = crate::layout::STATUS_STATE,
    /// A gene is not finite or absurdly large.
    Gene = crate::layout::STATUS_GENE,
}

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
