//! Where things lie. Generated from the Go side; do not edit:
//! go test ./zerocopy -run Layout -update
#![allow(missing_docs)]

pub const MAGIC: u64 = 0x3142554858415443;
pub const VERSION: u32 = 2;
pub const PAGE_BYTES: usize = 65536;
pub const HEADER_BYTES: usize = 4096;
pub const LINE_BYTES: usize = 128;
pub const MAX_READERS: usize = 16;
pub const MAX_SLOTS: usize = 16;
pub const MAX_BOIDS: usize = 67108864;
pub const MAX_PAYLOAD: usize = 1073741824;
pub const POLICY_BYTES: usize = 256;
pub const POLICY_SLOT_BYTES: usize = 512;
pub const FRAME_COLUMNS: usize = 8;
pub const GENOME_COLUMNS: usize = 4;
/// signal: epoch+1 of the last policy published; 0 before the first
pub const POLICY_LINE: usize = 1;
/// signal: epoch+1 of the last frame published
pub const FRAME_LINE: usize = 3;
/// signal: epoch+1 of the last frame that the viewer has used
pub const USED_LINE: usize = 5;
/// a bit a role that has left
pub const CLOSED_LINE: usize = 7;
/// MaxSlots lines: epoch+1 of the frame in the slot, 0 while it is written
pub const SLOT_LINE: usize = 8;
/// MaxReaders lines: slot+1 that the reader holds, 0 for none
pub const LEASE_LINE: usize = 24;
/// MaxReaders lines: epoch+1 of the next frame that the reader needs, 0 for none
pub const CURSOR_LINE: usize = 40;
/// signal: how often a reader has let go of what the writer may wait for
pub const FREE_LINE: usize = 56;
/// counter: frames of a ping-pong that were overwritten while they were read
pub const OVERRUN_LINE: usize = 58;
/// counter: reads whose payload held words of two epochs
pub const TORN_LINE: usize = 59;
/// MaxReaders lines: process that is the reader, 0 for none; only to name it
pub const OWNER_LINE: usize = 60;
pub const LINES: usize = 76;
pub const X: usize = 0;
pub const Y: usize = 1;
pub const Z: usize = 2;
pub const VX: usize = 3;
pub const VY: usize = 4;
pub const VZ: usize = 5;
pub const ENERGY: usize = 6;
pub const FITNESS: usize = 7;
pub const GENE_SEPARATION: usize = 0;
pub const GENE_ALIGNMENT: usize = 1;
pub const GENE_COHESION: usize = 2;
pub const GENE_GOAL: usize = 3;
pub const POLICY_EPOCH: usize = 0;
pub const POLICY_GENERATION: usize = 8;
pub const POLICY_DT: usize = 16;
pub const POLICY_RADIUS: usize = 20;
pub const POLICY_SEPARATION: usize = 24;
pub const POLICY_ALIGNMENT: usize = 28;
pub const POLICY_COHESION: usize = 32;
pub const POLICY_GOAL: usize = 36;
pub const POLICY_TARGET: usize = 40;
pub const POLICY_MIN: usize = 52;
pub const POLICY_MAX: usize = 64;
pub const POLICY_MARGIN: usize = 76;
pub const POLICY_WALL_GAIN: usize = 80;
pub const POLICY_MIN_SPEED: usize = 84;
pub const POLICY_MAX_SPEED: usize = 88;
pub const POLICY_MAX_ACCEL: usize = 92;
pub const POLICY_ENERGY_GAIN: usize = 96;
pub const POLICY_ENERGY_COST: usize = 100;
pub const POLICY_FIT_DECAY: usize = 104;
