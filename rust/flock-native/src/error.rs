//! Why a world cannot be made or stepped.

use std::fmt;

use flock::status::Fault;

/// What went wrong, for a person to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A step or a policy was refused.
    Fault(Fault),
    /// A world has two or three dimensions, not so many.
    Dimensions(usize),
    /// A step cannot be split into so many parts.
    Parts(usize),
    /// So many bytes are more than a world may have, or than there are.
    Memory(usize),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(Fault { status, index }) => {
                write!(f, "the step was refused: {status:?} at {index}")
            }
            Self::Dimensions(d) => write!(f, "{d} dimensions: want 2 or 3"),
            Self::Parts(p) => write!(f, "{p} threads: want 1 to {}", flock::grid::MAX_PARTS),
            Self::Memory(bytes) => write!(f, "allocate {bytes} bytes: too many"),
        }
    }
}

impl std::error::Error for Error {}
