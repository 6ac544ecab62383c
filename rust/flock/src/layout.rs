//! Where things lie. Generated from the Go side; do not edit:
//! go test ./scenarios/flock -run RustLayout -update
#![allow(missing_docs)]

pub const POLICY_BYTES: usize = 256;
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
pub const FRAME_COLUMNS: usize = 8;
pub const X: usize = 0;
pub const VX: usize = 3;
pub const ENERGY: usize = 6;
pub const FITNESS: usize = 7;
pub const GENOME_COLUMNS: usize = 4;
pub const DESC_NEIGHBOURS: usize = 0;
pub const DESC_SEED: usize = 8;
pub const DESC_POLICY: usize = 16;
pub const DESC_GENOME: usize = 20;
pub const DESC_FROM: usize = 24;
pub const DESC_TO: usize = 28;
pub const DESC_SCRATCH: usize = 32;
pub const DESC_SCRATCH_BYTES: usize = 36;
pub const DESC_BOIDS: usize = 40;
pub const DESC_CELLS: usize = 44;
pub const DESC_CULPRIT: usize = 56;
pub const DESC_BYTES: usize = 64;
pub const STATUS_OK: u32 = 0;
pub const STATUS_DESCRIPTOR: u32 = 1;
pub const STATUS_POLICY: u32 = 2;
pub const STATUS_GRID: u32 = 3;
pub const STATUS_POSITION: u32 = 4;
pub const STATUS_STATE: u32 = 5;
pub const STATUS_GENE: u32 = 6;
