//! Who takes part in a hub.

use std::fmt;

/// A role of a trial. Its number is also its bit in the closed word, and the index
/// of its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sets the policies; reader 0.
    Kernel = 0,
    /// Steps the flock; the only writer of frames.
    Engine = 1,
    /// Uses every frame; reader 2.
    Viewer = 2,
}

impl Role {
    /// The bit of the role in the closed word.
    #[must_use]
    pub const fn bit(self) -> u64 {
        1 << self as u32
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernel => "kernel",
            Self::Engine => "engine",
            Self::Viewer => "viewer",
        })
    }
}
