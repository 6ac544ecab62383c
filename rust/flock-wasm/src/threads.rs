//! A step shared by several instances of the module on one memory.
//!
//! Each instance is a thread: it has its stack, which the host gives it by setting
//! `__stack_pointer`, and its descriptor, which declares the same world as those of
//! the others, with as many `parts` as there are instances. A step is six phases:
//! [`part_count`] of every part, [`part_place`], [`part_scatter`] of every part,
//! [`part_perceive`] of every boid in the order of cells, [`part_integrate`] of
//! every boid, [`part_close`]. The host begins a phase when all instances are
//! through with the one before, and gives no part or boid to two of them at a
//! time. A host that breaks this order gets a meaningless frame or a trap, and no
//! more: whatever happens, happens in the linear memory that it provides.

use core::ops::Range;

use flock::columns::WIDEST;
use flock::status::{Fault, Status};
use flock::{Tick, lanes, layout};

use crate::descriptor::Descriptor;

#[cfg(not(feature = "scalar"))]
type Lanes = flock::Native;
#[cfg(feature = "scalar")]
type Lanes = flock::arch::scalar::Scalar;

const REFUSED: Fault = Fault::at(Status::Descriptor, 0);

/// What an instance does to a tick. Not a closure: a tick of two dimensions and one
/// of three are different types.
trait Phase {
    /// Does it, and returns how many neighbours were found.
    ///
    /// # Safety
    ///
    /// The host must keep to the order of phases.
    unsafe fn run<V: lanes::Lanes, const D: usize>(
        self,
        tick: &Tick<'_, V, D>,
    ) -> Result<u64, Fault>;
}

/// Runs `phase` on the tick that the descriptor at `address` declares, after `fits`
/// has accepted the numbers of boids and parts. A fault becomes a status, and its
/// culprit is left in the descriptor.
fn enter(address: u32, phase: impl Phase, fits: impl FnOnce(usize, usize) -> bool) -> u32 {
    // SAFETY: the descriptor is that of this instance alone, and the host waits for
    // the end of the call.
    let Some(descriptor) = (unsafe { Descriptor::at(address) }) else {
        return Status::Descriptor as u32;
    };
    match on(descriptor, phase, fits) {
        Ok(neighbours) => {
            descriptor.neighbours = neighbours;
            layout::STATUS_OK
        }
        Err(fault) => {
            descriptor.culprit = fault.index;
            fault.status as u32
        }
    }
}

fn on(
    d: &Descriptor,
    phase: impl Phase,
    fits: impl FnOnce(usize, usize) -> bool,
) -> Result<u64, Fault> {
    // SAFETY: nobody but the instances of this step touches output and scratch, and
    // nobody writes the input. To this instance the others are what the host is to a
    // module of one: they write the same memory, and none of it that this phase
    // reads or writes through the world.
    let mut world = unsafe { d.world()? };
    if !fits(world.n, world.scratch.candidates.len()) {
        return Err(REFUSED);
    }
    // SAFETY: the host keeps to the order of phases.
    unsafe {
        match d.dimensions {
            2 => phase.run(&Tick::<Lanes, 2>::open(&mut world)?),
            3 => phase.run(&Tick::<Lanes, 3>::open(&mut world)?),
            _ => Err(REFUSED),
        }
    }
}

struct Count(usize);

impl Phase for Count {
    unsafe fn run<V: lanes::Lanes, const D: usize>(
        self,
        tick: &Tick<'_, V, D>,
    ) -> Result<u64, Fault> {
        // SAFETY: promised by the caller.
        unsafe { tick.count(self.0) }.map(|()| 0)
    }
}

struct Place;

impl Phase for Place {
    unsafe fn run<V: lanes::Lanes, const D: usize>(
        self,
        tick: &Tick<'_, V, D>,
    ) -> Result<u64, Fault> {
        // SAFETY: promised by the caller.
        unsafe { tick.place() };
        Ok(0)
    }
}

struct Scatter(usize);

impl Phase for Scatter {
    unsafe fn run<V: lanes::Lanes, const D: usize>(
        self,
        tick: &Tick<'_, V, D>,
    ) -> Result<u64, Fault> {
        // SAFETY: promised by the caller.
        unsafe { tick.scatter(self.0) };
        Ok(0)
    }
}

struct Perceive(usize, Range<usize>);

impl Phase for Perceive {
    unsafe fn run<V: lanes::Lanes, const D: usize>(
        self,
        tick: &Tick<'_, V, D>,
    ) -> Result<u64, Fault> {
        // SAFETY: promised by the caller.
        Ok(unsafe { tick.perceive(self.0, self.1) })
    }
}

struct Integrate(Range<usize>);

impl Phase for Integrate {
    unsafe fn run<V: lanes::Lanes, const D: usize>(
        self,
        tick: &Tick<'_, V, D>,
    ) -> Result<u64, Fault> {
        // SAFETY: promised by the caller.
        unsafe { tick.integrate(self.0) }.map(|()| 0)
    }
}

struct Close;

impl Phase for Close {
    unsafe fn run<V: lanes::Lanes, const D: usize>(
        self,
        tick: &Tick<'_, V, D>,
    ) -> Result<u64, Fault> {
        // SAFETY: promised by the caller.
        unsafe { tick.close() };
        Ok(0)
    }
}

/// Whether there are boids from..to.
fn among(from: u32, to: u32, n: usize) -> bool {
    from <= to && to as usize <= n
}

/// Checks the positions of a part of the boids and counts them by cell.
#[unsafe(no_mangle)]
pub extern "C" fn part_count(descriptor: u32, part: u32) -> u32 {
    let part = part as usize;
    enter(descriptor, Count(part), |_, parts| part < parts)
}

/// Gives every cell its place, once all parts have been counted.
#[unsafe(no_mangle)]
pub extern "C" fn part_place(descriptor: u32) -> u32 {
    enter(descriptor, Place, |_, _| true)
}

/// Puts the boids of a part in their places, once cells have theirs.
#[unsafe(no_mangle)]
pub extern "C" fn part_scatter(descriptor: u32, part: u32) -> u32 {
    let part = part as usize;
    enter(descriptor, Scatter(part), |_, parts| part < parts)
}

/// Adds up the neighbours of the boids from..to in the order of cells, once all
/// are in their places, and leaves how many these are in the descriptor. `instance`
/// is the number of this one.
#[unsafe(no_mangle)]
pub extern "C" fn part_perceive(descriptor: u32, instance: u32, from: u32, to: u32) -> u32 {
    let phase = Perceive(instance as usize, from as usize..to as usize);
    enter(descriptor, phase, |n, parts| (instance as usize) < parts && among(from, to, n))
}

/// Moves the boids from..to and writes them, once all have been perceived. `from`
/// must be a multiple of eight.
#[unsafe(no_mangle)]
pub extern "C" fn part_integrate(descriptor: u32, from: u32, to: u32) -> u32 {
    let phase = Integrate(from as usize..to as usize);
    enter(descriptor, phase, |n, _| among(from, to, n) && (from as usize).is_multiple_of(WIDEST))
}

/// Makes the padding of the output zero, once all have been moved.
#[unsafe(no_mangle)]
pub extern "C" fn part_close(descriptor: u32) -> u32 {
    enter(descriptor, Close, |_, _| true)
}
