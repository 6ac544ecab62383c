//! A step that threads share.

use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use flock::columns::WIDEST;
use flock::lanes::{Lanes, Task};
use flock::status::{Fault, Status};
use flock::{Tick, World};

use crate::backend::{Backend, Phase, with_lanes};
use crate::gate::{Broken, Gate};
use crate::pool::Pool;

/// So many chunks of boids there are for each thread to look after, and whoever is
/// through with one takes the next: a thread that was kept from its core, or met a
/// crowd, then holds up the others for a sixteenth of its share at most.
const CHUNKS: usize = 16;

/// Does `phase` of the next step of `world` on all threads of `pool`; the world must
/// have as many parts. Returns the neighbours that all boids have together, 0 where
/// nobody looked for them. Frames, neighbours and faults are those of one thread.
///
/// # Panics
///
/// When the processor cannot run the back end: see [`Backend::missing`].
pub fn run(
    pool: &mut Pool,
    backend: Backend,
    phase: Phase,
    dimensions: usize,
    world: &mut World<'_>,
) -> Result<u64, Fault> {
    if world.scratch.candidates.len() != pool.size() {
        return Err(Fault::at(Status::Descriptor, 0));
    }
    with_lanes!(backend, V => match dimensions {
        2 => V::apart(Whole::<V, 2> { pool, phase, world, lanes: PhantomData }),
        3 => V::apart(Whole::<V, 3> { pool, phase, world, lanes: PhantomData }),
        _ => Err(Fault::at(Status::Descriptor, 0)),
    })
}

/// All of a step: what its caller does alone, and all threads in between.
struct Whole<'a, 'b, V, const D: usize> {
    pool: &'a mut Pool,
    phase: Phase,
    world: &'a mut World<'b>,
    lanes: PhantomData<V>,
}

impl<V: Lanes + Sync, const D: usize> Task for Whole<'_, '_, V, D> {
    type Output = Result<u64, Fault>;
    #[inline(always)]
    fn run(self) -> Result<u64, Fault> {
        let (boids, parts) = (self.world.n, self.pool.size());
        let plan = Plan {
            tick: Tick::<V, D>::open(self.world)?,
            phase: self.phase,
            boids,
            chunk: boids.div_ceil(CHUNKS * parts).next_multiple_of(WIDEST).max(WIDEST),
            next: AtomicUsize::new(0),
            neighbours: AtomicU64::new(0),
            fault: OnceLock::new(),
        };
        self.pool.run(&|part, gate| V::apart(Share { plan: &plan, gate, part }));
        if let Some(&fault) = plan.fault.get() {
            return Err(fault);
        }
        if plan.phase == Phase::Step {
            // SAFETY: the pool is through.
            unsafe { plan.tick.close() };
        }
        Ok(plan.neighbours.into_inner())
    }
}

/// What the threads of a step share.
struct Plan<'a, V: Lanes, const D: usize> {
    tick: Tick<'a, V, D>,
    phase: Phase,
    boids: usize,
    chunk: usize,
    next: AtomicUsize, // boid that nobody looks after yet
    neighbours: AtomicU64,
    fault: OnceLock<Fault>,
}

impl<V: Lanes, const D: usize> Plan<'_, V, D> {
    /// Keeps the first fault. All of them are the same: each thread that meets one
    /// names the first boid of the whole flock that is wrong.
    fn note(&self, outcome: Result<(), Fault>) {
        if let Err(fault) = outcome {
            let _ = self.fault.set(fault);
        }
    }
}

/// What one thread does in a step.
struct Share<'a, 'b, V: Lanes, const D: usize> {
    plan: &'a Plan<'b, V, D>,
    gate: &'a Gate,
    part: usize,
}

impl<V: Lanes, const D: usize> Task for Share<'_, '_, V, D> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        // A broken gate needs no word here: the pool tells of the panic.
        let _ = self.phases();
    }
}

impl<V: Lanes, const D: usize> Share<'_, '_, V, D> {
    /// The phases of a step, up to the one that was asked for, or to a fault. At
    /// gates all threads know of the same faults, and leave at the same one.
    #[inline(always)]
    fn phases(&self) -> Result<(), Broken> {
        let Self { plan, gate, part } = *self;
        // SAFETY: each part is for the thread of its number, here and below.
        plan.note(unsafe { plan.tick.count(part) });
        gate.pass(|| {
            if plan.fault.get().is_none() {
                // SAFETY: all parts were counted, and all other threads wait.
                unsafe { plan.tick.place() };
            }
        })?;
        if plan.fault.get().is_some() {
            return Ok(());
        }
        // SAFETY: cells have their places since the gate.
        unsafe { plan.tick.scatter(part) };
        if plan.phase == Phase::Sort {
            return Ok(());
        }
        gate.pass(|| ())?;
        self.perceive();
        if plan.phase == Phase::Perceive {
            return Ok(());
        }
        gate.pass(|| ())?;
        // SAFETY: all boids were perceived, and parts start at multiples of WIDEST.
        plan.note(unsafe { plan.tick.integrate(plan.tick.part(part)) });
        Ok(())
    }

    /// Looks after one chunk after the other until none is left.
    #[inline(always)]
    fn perceive(&self) {
        let (plan, mut neighbours) = (self.plan, 0);
        loop {
            let start = plan.next.fetch_add(plan.chunk, Ordering::Relaxed);
            if start >= plan.boids {
                break;
            }
            let chunk = start..plan.boids.min(start + plan.chunk);
            // SAFETY: the flock is sorted since the gate, the candidates are those of this
            // thread, and no chunk is given out twice.
            neighbours += unsafe { plan.tick.perceive(self.part, chunk) };
        }
        plan.neighbours.fetch_add(neighbours, Ordering::Relaxed);
    }
}
