//! What can go wrong with a hub.

use std::{fmt, io};

use crate::role::Role;
use crate::shape::Kind;

/// Why a hub could not be mapped or a turn of its protocol not be taken. No value
/// that another process writes can cause anything worse.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A call to the operating system failed.
    Sys {
        /// What was tried.
        doing: &'static str,
        /// On which region.
        kind: Kind,
        /// Why it failed.
        source: io::Error,
    },
    /// A wait on a futex failed.
    Futex(io::Error),
    /// The region could be resized under a reader.
    Unsealed {
        /// Which region.
        kind: Kind,
        /// The seals that it has.
        got: i32,
        /// The seals that it needs at least.
        want: i32,
    },
    /// The region is of another size.
    Size {
        /// Which region.
        kind: Kind,
        /// Its size in bytes.
        got: i64,
        /// The size that the layout asks for, in bytes.
        want: u64,
    },
    /// A header field differs: the region was built from another layout or version.
    Header {
        /// Which region.
        kind: Kind,
        /// Which field.
        field: &'static str,
        /// What it holds.
        got: u64,
        /// What it must hold.
        want: u64,
    },
    /// A layout that no hub has.
    Layout {
        /// What is out of its range.
        what: &'static str,
        /// Its value.
        got: usize,
        /// The range.
        want: &'static str,
    },
    /// A region of one kind where another is needed, or one that may not be written.
    Region {
        /// Which region was given.
        kind: Kind,
        /// What is needed.
        want: &'static str,
    },
    /// The role that was waited for has left.
    Left(Role),
    /// Kernel or viewer has left while every slot is needed.
    Deserted(Role),
    /// No slot came free within the limit.
    Blocked {
        /// The slot that was written longest ago.
        slot: usize,
        /// A reader that needs it, or none if that has just let go.
        reader: Option<usize>,
        /// The reader's process as it says itself, 0 if it does not.
        pid: u64,
        /// How long the loan waited.
        after: std::time::Duration,
    },
    /// Another process is the reader of that index.
    Taken {
        /// The reader.
        index: usize,
        /// The process as it says itself.
        pid: u64,
    },
    /// The frame signal and the slot words contradict each other.
    Contradiction {
        /// The value of the frame signal.
        seen: u64,
        /// The frame that no slot word holds.
        epoch: u64,
    },
    /// A frame is gone: it was overwritten before it was leased.
    Overwritten {
        /// The frame's epoch.
        epoch: u64,
        /// The value of the frame signal: the newest epoch plus one.
        posted: u64,
    },
    /// An epoch that no frame can have.
    Epoch(u64),
    /// The caller asks for something out of turn.
    Turn(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sys { doing, kind, source } => {
                write!(f, "{} region: {doing}: {source}", kind.name())
            }
            Self::Futex(source) => write!(f, "futex wait: {source}"),
            Self::Unsealed { kind, got, want } => write!(
                f,
                "{} region: seals {got:#x}, want at least {want:#x}: it could be resized under a reader",
                kind.name()
            ),
            Self::Size { kind, got, want } => {
                write!(f, "{} region: {got} bytes, want {want}", kind.name())
            }
            Self::Header { kind, field, got, want } => write!(
                f,
                "{} region: header has {field} {got:#x}, want {want:#x}: built from another layout or version",
                kind.name()
            ),
            Self::Layout { what, got, want } => write!(f, "layout of {got} {what}, want {want}"),
            Self::Region { kind, want } => write!(f, "{} region given, want {want}", kind.name()),
            Self::Left(role) => write!(f, "the {role} has left the hub"),
            Self::Deserted(role) => {
                write!(f, "every slot is needed by a reader: the {role} has left the hub")
            }
            Self::Blocked { slot, reader: Some(reader), pid, after } => write!(
                f,
                "no slot was free for {after:.3?}: reader {reader} (process {pid}) holds slot {slot}"
            ),
            Self::Blocked { slot, reader: None, after, .. } => write!(
                f,
                "no slot was free for {after:.3?}, and no reader holds slot {slot} any longer"
            ),
            Self::Taken { index, pid } => write!(f, "reader {index} is process {pid} already"),
            Self::Contradiction { seen, epoch } => {
                write!(f, "frame signal says {seen}, and no slot word holds frame {epoch}")
            }
            Self::Overwritten { epoch, posted } => {
                write!(f, "frame {epoch} was overwritten before it was leased; ")?;
                match posted.checked_sub(1) {
                    Some(newest) => write!(f, "the newest is {newest}"),
                    None => f.write_str("none is published"),
                }
            }
            Self::Epoch(epoch) => write!(f, "epoch {epoch} is beyond the last one"),
            Self::Turn(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sys { source, .. } | Self::Futex(source) => Some(source),
            _ => None,
        }
    }
}
