//! What the module exports.

use flock::hash::{FNV_BASIS, fnv_columns};
use flock::status::{Fault, Status};
use flock::{Cells, Policy, Scratch, layout, seed};
use flock::{perceive as look, sort as order, step as tick};

use crate::descriptor::Descriptor;

#[cfg(not(feature = "scalar"))]
type Lanes = flock::Native;
#[cfg(feature = "scalar")]
type Lanes = flock::arch::scalar::Scalar;

/// Runs `call` on the descriptor at `address`. A fault becomes a status, and its
/// culprit is left in the descriptor.
fn with(address: u32, call: impl FnOnce(&mut Descriptor) -> Result<(), Fault>) -> u32 {
    // SAFETY: the host writes the descriptor before the call and waits for its end.
    let Some(descriptor) = (unsafe { Descriptor::at(address) }) else {
        return Status::Descriptor as u32;
    };
    match call(descriptor) {
        Ok(()) => layout::STATUS_OK,
        Err(fault) => {
            descriptor.culprit = fault.index;
            fault.status as u32
        }
    }
}

/// Calls a generic function in the dimensions of the descriptor.
macro_rules! in_dimensions {
    ($d:expr, $call:ident($($argument:expr),*)) => {
        match $d.dimensions {
            2 => $call::<Lanes, 2>($($argument),*),
            3 => $call::<Lanes, 3>($($argument),*),
            _ => Err(Fault::at(Status::Descriptor, 0)),
        }
    };
}

/// The bytes of scratch that a world needs whose step is split into `parts`; 0 when
/// it is larger than any may be.
#[unsafe(no_mangle)]
pub extern "C" fn scratch_bytes(
    boids: u32,
    cells_x: u32,
    cells_y: u32,
    cells_z: u32,
    parts: u32,
) -> u32 {
    Scratch::bytes(boids as usize, Cells([cells_x, cells_y, cells_z]), parts as usize)
        .ok()
        .and_then(|bytes| u32::try_from(bytes).ok())
        .unwrap_or(0)
}

fn seeded<V: flock::lanes::Lanes, const D: usize>(d: &mut Descriptor) -> Result<(), Fault> {
    // SAFETY: the host leaves policy and frame alone until the call returns.
    let (policy, (n, frame)) = unsafe { (d.policy()?, d.to()?) };
    seed::frame::<V, D>(frame, n, &Policy::read::<D>(policy)?, d.seed);
    Ok(())
}

/// Writes the frame before the first tick, from `policy` and `seed`, to `to`.
#[unsafe(no_mangle)]
pub extern "C" fn seed_frame(descriptor: u32) -> u32 {
    with(descriptor, |d| in_dimensions!(d, seeded(d)))
}

/// Steps the world by one tick, from `from` to `to`.
#[unsafe(no_mangle)]
pub extern "C" fn step(descriptor: u32) -> u32 {
    with(descriptor, |d| {
        // SAFETY: the link hands the engine a policy and a genome that nobody
        // writes during the tick, and a frame slot that no reader holds.
        let mut world = unsafe { d.world()? };
        d.neighbours = in_dimensions!(d, tick(&mut world))?;
        Ok(())
    })
}

/// Does the checks and the sort of a step and nothing else, for their share.
#[unsafe(no_mangle)]
pub extern "C" fn sort(descriptor: u32) -> u32 {
    with(descriptor, |d| {
        // SAFETY: as for a step.
        let mut world = unsafe { d.world()? };
        in_dimensions!(d, order(&mut world))
    })
}

/// Sorts, adds up the neighbours and does nothing else, for the share of it.
#[unsafe(no_mangle)]
pub extern "C" fn perceive(descriptor: u32) -> u32 {
    with(descriptor, |d| {
        // SAFETY: as for a step.
        let mut world = unsafe { d.world()? };
        d.neighbours = in_dimensions!(d, look(&mut world))?;
        Ok(())
    })
}

/// The FNV-1a hash of the genes that a step would read; 0 when the descriptor
/// declares none.
#[unsafe(no_mangle)]
pub extern "C" fn genome_hash(descriptor: u32) -> u64 {
    // SAFETY: the host writes the descriptor before the call, and nobody writes
    // the genome during it.
    let genome = unsafe { Descriptor::at(descriptor).map(|d| d.genome()) };
    match genome {
        Some(Ok((n, genes))) => fnv_columns(FNV_BASIS, genes, n, layout::GENOME_COLUMNS),
        _ => 0,
    }
}
