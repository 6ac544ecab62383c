//! What the engine measured and saw, in the words of the results format.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::proof::AddressProof;

/// What this process measured: the line of its one role, without what identifies the
/// trial.
#[derive(Debug, Serialize)]
pub struct Report {
    /// One sample.
    pub samples: [Sample; 1],
}

/// A line of the samples. Durations are in ns and cover the window.
#[derive(Debug, Serialize)]
#[allow(missing_docs)] // the fields are those of docs/results-format.md
pub struct Sample {
    pub role: &'static str,
    pub host: &'static str,
    pub pid: u32,
    pub wall_ns: i64,
    pub process_cpu_ns: i64,
    pub sampled_ticks: i64,
    pub stride: i64,
    pub laps: i64,
    pub cpu_ns: BTreeMap<&'static str, f64>,
    pub phase_wall_ns: BTreeMap<&'static str, i64>,
    pub wire_bytes: i64,
    pub copied_bytes: i64,
    pub syscalls: u64,
    pub usage: Usage,
    pub evidence: Evidence,
    pub proof: AddressProof,
}

/// What the operating system and the allocator counted over the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // as above
pub struct Usage {
    pub alloc_bytes: i64,
    pub alloc_objects: i64,
    pub collections: i64,
    pub voluntary_switches: i64,
    pub involuntary_switches: i64,
    pub minor_faults: i64,
    pub major_faults: i64,
}

/// What an engine can prove of the world.
#[derive(Debug, Serialize)]
pub struct Evidence {
    /// FNV-1a hash of the genes of the last generation, in the memory that the physics
    /// reads.
    pub genome: String,
    /// Mean number of neighbours a boid had in the last step.
    pub mean_neighbours: f64,
}
