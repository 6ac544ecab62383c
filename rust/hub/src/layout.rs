//! Where things lie. Generated from the Go side; do not edit:
//! go test ./zerocopy -run Layout -update
#![allow(missing_docs)]

pub const MAGIC: u64 = 0x3142_5548_5841_5443;
pub const VERSION: u32 = 2;
pub const PAGE_BYTES: usize = 65536;
pub const HEADER_BYTES: usize = 4096;
pub const LINE_BYTES: usize = 128;
pub const MAX_READERS: usize = 16;
pub const MAX_SLOTS: usize = 16;
pub const POLICY_BYTES: usize = 256;
pub const POLICY_SLOT_BYTES: usize = 512;
pub const FRAME_COLUMNS: usize = 8;
pub const GENOME_COLUMNS: usize = 4;
pub const POLICY_LINE: usize = 1;
pub const FRAME_LINE: usize = 3;
pub const USED_LINE: usize = 5;
pub const CLOSED_LINE: usize = 7;
pub const SLOT_LINE: usize = 8;
pub const LEASE_LINE: usize = 24;
pub const CURSOR_LINE: usize = 40;
pub const FREE_LINE: usize = 56;
pub const OVERRUN_LINE: usize = 58;
pub const TORN_LINE: usize = 59;
pub const OWNER_LINE: usize = 60;
pub const LINES: usize = 76;
pub const MAX_BOIDS: usize = 1 << 26;
pub const MAX_PAYLOAD: usize = 1 << 30;
