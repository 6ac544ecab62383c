//! Why the engine gave up.

use std::fmt::{self, Display};

/// What went wrong, in words that the supervisor passes on to a person: the
/// operation first, its cause behind a colon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

/// What may go wrong.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of one sentence.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// An error of an operation, and its cause.
    pub fn of(what: impl Display, cause: impl Display) -> Self {
        Self(format!("{what}: {cause}"))
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// Says which operation failed.
pub trait Context<T> {
    /// Puts `what` before the cause.
    fn during(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn during(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Error::of(what(), cause))
    }
}
