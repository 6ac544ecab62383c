//! How large a hub is and where its parts lie, for given numbers of boids and slots.

use crate::error::Error;
use crate::layout::*;

/// A region of the hub, one memfd each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// The words of [`crate::Words`]; everyone writes.
    Control = 1,
    /// Policies and genomes; only the kernel writes.
    Orders = 2,
    /// Frames; only the engine writes.
    Frames = 3,
}

impl Kind {
    /// The name of the region as it stands in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Orders => "orders",
            Self::Frames => "frames",
        }
    }
}

/// What a hub is built for. Every offset and size follows from it; two processes
/// that agree on [`Layout::hash`] agree on all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    boids: usize,
    slots: usize,
    payload: usize,
}

const fn round_up(n: usize, to: usize) -> usize {
    n.div_ceil(to) * to
}

/// Fails for a number of slots that no hub has.
pub(crate) fn check_slots(slots: usize) -> Result<(), Error> {
    if !(2..=MAX_SLOTS).contains(&slots) {
        return Err(Error::Layout { what: "frame slots", got: slots, want: "2 to 16" });
    }
    Ok(())
}

/// Floats from one column of `n` boids to the next.
#[must_use]
pub const fn stride(n: usize) -> usize {
    round_up(n, 4)
}

impl Layout {
    /// A layout for so many boids and frame slots, unless it is one that no hub has.
    /// `payload` is the bytes of what a frame slot holds when that is no flock; 0
    /// means the frame of `boids` boids.
    ///
    /// # Errors
    ///
    /// [`Error::Layout`] names the number that is out of its range. The limits keep
    /// every offset far from the end of a `usize` of 64 bits.
    pub fn new(boids: usize, slots: usize, payload: usize) -> Result<Self, Error> {
        let refuse = |what, got, want| Err(Error::Layout { what, got, want });
        if boids > MAX_BOIDS {
            return refuse("boids", boids, "0 to 67108864");
        }
        check_slots(slots)?;
        if payload > MAX_PAYLOAD || !payload.is_multiple_of(8) {
            return refuse("bytes a frame slot", payload, "a multiple of 8 up to 1073741824");
        }
        if payload > 0 && boids > 0 {
            return refuse("boids beside a payload", boids, "0");
        }
        Ok(Self { boids, slots, payload })
    }

    /// Boids of the flock; 0 when the slots hold something else.
    #[must_use]
    pub const fn boids(&self) -> usize {
        self.boids
    }

    /// Frame slots.
    #[must_use]
    pub const fn slots(&self) -> usize {
        self.slots
    }

    /// Bytes of what a frame slot holds when that is no flock, else 0.
    #[must_use]
    pub const fn payload(&self) -> usize {
        self.payload
    }

    /// Where policy slot `i` starts in the orders region, in bytes.
    #[must_use]
    pub const fn policy_offset(&self, i: usize) -> usize {
        HEADER_BYTES + i * POLICY_SLOT_BYTES
    }

    /// Where genome slot `i` starts in the orders region, in bytes.
    #[must_use]
    pub const fn genome_offset(&self, i: usize) -> usize {
        2 * HEADER_BYTES + i * round_up(self.genome_bytes(), HEADER_BYTES)
    }

    /// The size of a genome, padding included.
    #[must_use]
    pub const fn genome_bytes(&self) -> usize {
        4 * GENOME_COLUMNS * stride(self.boids)
    }

    /// The size of the orders region.
    #[must_use]
    pub const fn orders_bytes(&self) -> usize {
        round_up(self.genome_offset(2), PAGE_BYTES)
    }

    /// Where frame slot `i` starts in the frames region, in bytes.
    #[must_use]
    pub const fn frame_offset(&self, i: usize) -> usize {
        HEADER_BYTES + i * round_up(self.slot_bytes(), HEADER_BYTES)
    }

    /// The size of a frame, padding included.
    #[must_use]
    pub const fn frame_bytes(&self) -> usize {
        4 * FRAME_COLUMNS * stride(self.boids)
    }

    /// The size of what a frame slot holds.
    #[must_use]
    pub const fn slot_bytes(&self) -> usize {
        if self.payload > 0 { self.payload } else { self.frame_bytes() }
    }

    /// The size of the frames region.
    #[must_use]
    pub const fn frames_bytes(&self) -> usize {
        round_up(self.frame_offset(self.slots), PAGE_BYTES)
    }

    /// The size of the region of kind `kind`.
    #[must_use]
    pub const fn bytes(&self, kind: Kind) -> usize {
        match kind {
            Kind::Control => PAGE_BYTES,
            Kind::Orders => self.orders_bytes(),
            Kind::Frames => self.frames_bytes(),
        }
    }

    /// FNV-1a of every offset in the hub, as little-endian 64-bit words.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hashed()
            .iter()
            .flat_map(|v| (*v as u64).to_le_bytes())
            .fold(FNV_BASIS, |h, byte| (h ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
    }

    /// What [`Self::hash`] is the hash of, in its order.
    fn hashed(&self) -> [usize; 29] {
        [
            HEADER_BYTES,
            LINE_BYTES,
            MAX_READERS,
            MAX_SLOTS,
            self.boids,
            self.slots,
            self.payload,
            self.policy_offset(0),
            self.policy_offset(1),
            self.genome_offset(0),
            self.genome_offset(1),
            self.orders_bytes(),
            self.frame_offset(0),
            self.frame_offset(1),
            self.frame_bytes(),
            self.slot_bytes(),
            self.frames_bytes(),
            POLICY_LINE,
            FRAME_LINE,
            USED_LINE,
            CLOSED_LINE,
            SLOT_LINE,
            LEASE_LINE,
            CURSOR_LINE,
            FREE_LINE,
            OVERRUN_LINE,
            TORN_LINE,
            OWNER_LINE,
            LINES,
        ]
    }

    /// The header of a region of kind `kind`.
    #[must_use]
    pub fn header(&self, kind: Kind) -> Header {
        Header {
            magic: MAGIC,
            version: VERSION,
            kind: kind as u32,
            hash: self.hash(),
            size: self.bytes(kind) as u64,
        }
    }
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// What stands at the start of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: u64,
    /// [`VERSION`].
    pub version: u32,
    /// [`Kind`] as a number.
    pub kind: u32,
    /// [`Layout::hash`].
    pub hash: u64,
    /// Of the region, in bytes.
    pub size: u64,
}

impl Header {
    /// The size of a header in bytes.
    pub const BYTES: usize = 32;

    /// The bytes of the header as they lie in memory.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.magic.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.version.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.kind.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.hash.to_le_bytes());
        bytes[24..].copy_from_slice(&self.size.to_le_bytes());
        bytes
    }

    /// The header that `bytes` hold, whatever its values.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let word = |at: usize| {
            let mut b = [0; 8];
            b.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(b)
        };
        Self {
            magic: word(0),
            version: word(8) as u32,
            kind: (word(8) >> 32) as u32,
            hash: word(16),
            size: word(24),
        }
    }

    /// Compares every field with what it must be.
    ///
    /// # Errors
    ///
    /// [`Error::Header`] names the first field that differs.
    pub fn check(&self, kind: Kind, want: &Self) -> Result<(), Error> {
        let fields = [
            ("magic", self.magic, want.magic),
            ("version", self.version.into(), want.version.into()),
            ("kind", self.kind.into(), want.kind.into()),
            ("layout hash", self.hash, want.hash),
            ("size", self.size, want.size),
        ];
        match fields.into_iter().find(|(_, got, want)| got != want) {
            Some((field, got, want)) => Err(Error::Header { kind, field, got, want }),
            None => Ok(()),
        }
    }
}
