//! Constants of the machine, measured on one core: what a step is compared with.

use std::fmt;
use std::hint::black_box;
use std::time::Instant;

use flock::lanes::Lanes;

use crate::Error;
use crate::backend::{Backend, with_lanes};
use crate::bandwidth::{Read, Write};
use crate::memory::Array;
use crate::rates::{CANDIDATES, COUNTS, Chains, MIX, Mix, Opaque, counter};

/// What [`measure`] finds. An operation is one on one `f32`: a vector of eight
/// counts eight. A gigabyte has 10⁹ bytes. NaN stands where no
/// back end has so many lanes, or the processor lacks it. Printed, it is `key=value` for every field, by its name.
#[derive(Clone, Copy, Debug)]
pub struct Constants {
    /// Sustained additions a nanosecond, one lane at a time: twelve independent
    /// chains in registers.
    pub add1_per_ns: f64,
    /// Additions a nanosecond in vectors of four.
    pub add4_per_ns: f64,
    /// Additions a nanosecond in vectors of eight.
    pub add8_per_ns: f64,
    /// Sustained multiplications a nanosecond, as for additions.
    pub mul1_per_ns: f64,
    /// Multiplications a nanosecond in vectors of four.
    pub mul4_per_ns: f64,
    /// Multiplications a nanosecond in vectors of eight.
    pub mul8_per_ns: f64,
    /// Operations a nanosecond in the mix of the loop over candidates, which asks
    /// whether (dx·dx + dy·dy) + dz·dz − r·r < 0 and so takes nine a candidate: four
    /// subtractions, three multiplications, two additions. In registers: without the
    /// loads, the store and the list of neighbours.
    pub mix1_per_ns: f64,
    /// Operations a nanosecond in that mix in vectors of four.
    pub mix4_per_ns: f64,
    /// Operations a nanosecond in that mix in vectors of eight.
    pub mix8_per_ns: f64,
    /// Cycles a nanosecond, from a chain of integer additions of one cycle each.
    pub clock_ghz: f64,
    /// Gigabytes a second read from 256 MiB with the widest loads.
    pub read_gbs: f64,
    /// Gigabytes a second written to 256 MiB by plain stores, for which the caches
    /// read each line first: the traffic is twice this.
    pub write_gbs: f64,
    /// Gigabytes a second copied from 256 MiB to 256 MiB by `memcpy`. Each byte
    /// counts once, although it is read and written.
    pub copy_gbs: f64,
    /// Gigabytes a second read from 512 KiB, which the second-level cache holds, over
    /// and over, with the widest loads.
    pub l2_read_gbs: f64,
}

/// Bytes of the buffers for memory, much more than caches have.
const LARGE: usize = 256 << 20;
/// Bytes that are timed at a time, on the way through a large buffer. The best slice
/// counts: the less there is in one, the less often it is interrupted.
const SLICE: usize = 8 << 20;
/// Bytes of the buffer for the second-level cache.
const SMALL: usize = 512 << 10;
/// How often each large buffer is gone through.
const PASSES: usize = 5;
/// How often each rate, and the small buffer, is measured; the best counts, since
/// nothing but a disturbance makes one slower.
const TRIES: usize = 60;
/// Rounds of a try: some 100 µs, much less than a scheduler's time slice.
const ROUNDS: u64 = 20_000;
/// How often the small buffer is read in a try.
const REPEATS: usize = 20;

/// Measures this machine: takes a second or two and 512 MiB. Fails when there is
/// not as much memory.
pub fn measure() -> Result<Constants, Error> {
    let none = [f64::NAN; 3];
    let [one, four, eight] = widths();
    let [add1_per_ns, mul1_per_ns, mix1_per_ns] = one.map_or(none, arithmetic);
    let [add4_per_ns, mul4_per_ns, mix4_per_ns] = four.map_or(none, arithmetic);
    let [add8_per_ns, mul8_per_ns, mix8_per_ns] = eight.map_or(none, arithmetic);
    let small = Array::new(SMALL / 4, 1.0f32)?;
    let best = Backend::best();
    let [read_gbs, write_gbs, copy_gbs] = memory(best)?;
    let l2_read = || (0..REPEATS).for_each(|_| read(best, &small));
    Ok(Constants {
        add1_per_ns,
        add4_per_ns,
        add8_per_ns,
        mul1_per_ns,
        mul4_per_ns,
        mul8_per_ns,
        mix1_per_ns,
        mix4_per_ns,
        mix8_per_ns,
        clock_ghz: rate(COUNTS, || counter(ROUNDS)),
        read_gbs,
        write_gbs,
        copy_gbs,
        l2_read_gbs: (REPEATS * SMALL) as f64 / shortest(TRIES, l2_read),
    })
}

/// Gigabytes a second that are read, written and copied, slice by slice.
fn memory(best: Backend) -> Result<[f64; 3], Error> {
    let mut large = Array::new(LARGE / 4, 1.0f32)?;
    let mut other = Array::new(LARGE / 4, 2.0f32)?;
    let [mut reads, mut writes, mut copies] = [Slices::default(); 3];
    for _ in 0..PASSES {
        for slice in large.chunks_exact(SLICE / 4) {
            reads.time(|| read(best, slice));
        }
        for slice in large.chunks_exact_mut(SLICE / 4) {
            writes.time(|| write(best, slice));
        }
        for (from, to) in large.chunks_exact(SLICE / 4).zip(other.chunks_exact_mut(SLICE / 4)) {
            copies.time(|| black_box(to).copy_from_slice(black_box(from)));
        }
    }
    Ok([reads, writes, copies].map(|slices| SLICE as f64 / slices.best))
}

/// The time of the best slice of some passes through a large buffer.
#[derive(Clone, Copy)]
struct Slices {
    seen: usize,
    best: f64,
}

impl Default for Slices {
    fn default() -> Self {
        Self { seen: 0, best: f64::INFINITY }
    }
}

impl Slices {
    /// Times a slice. The first half of a pass does not count: it drives out what
    /// the pass before has left in the caches, which may be cheaper or dearer to
    /// drive out than what it puts there itself.
    fn time(&mut self, run: impl FnOnce()) {
        let ns = once(run);
        if self.seen % (LARGE / SLICE) >= LARGE / SLICE / 2 {
            self.best = self.best.min(ns);
        }
        self.seen += 1;
    }
}

/// The back ends of one, four and eight lanes, where the processor has them.
fn widths() -> [Option<Backend>; 3] {
    [1, 4, 8].map(|width| {
        let width_of = |b: Backend| with_lanes!(b, V => V::WIDTH);
        Backend::available().find(|&b| width_of(b) == width)
    })
}

/// Additions, multiplications and operations of the mix a nanosecond.
fn arithmetic(backend: Backend) -> [f64; 3] {
    with_lanes!(backend, V => arithmetic_of::<V>())
}

fn arithmetic_of<V: Opaque>() -> [f64; 3] {
    let chains = V::WIDTH * Chains::<V, false>::OPERATIONS;
    let mix = V::WIDTH * CANDIDATES * MIX;
    // Neither rounds to a denormal, and neither grows.
    let (small, one) = (V::splat(black_box(1e-9)), V::splat(black_box(1.0)));
    [
        rate(chains, || V::apart(Chains::<V, false> { rounds: ROUNDS, operand: small })),
        rate(chains, || V::apart(Chains::<V, true> { rounds: ROUNDS, operand: one })),
        rate(mix, || V::apart(Mix { rounds: ROUNDS, place: one })),
    ]
}

/// Operations a nanosecond of [`ROUNDS`] rounds of so many.
fn rate(operations: usize, run: impl FnMut()) -> f64 {
    operations as f64 * ROUNDS as f64 / shortest(TRIES, run)
}

/// Nanoseconds of the shortest of some runs, after one that does not count.
fn shortest(times: usize, mut run: impl FnMut()) -> f64 {
    run();
    (0..times).map(|_| once(&mut run)).fold(f64::INFINITY, f64::min)
}

/// Nanoseconds of a run.
fn once(run: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    run();
    begin.elapsed().as_nanos() as f64
}

fn read(backend: Backend, data: &[f32]) {
    black_box(with_lanes!(backend, V => V::apart(Read {
        data: black_box(data),
        zero: V::splat(0.0),
    })));
}

fn write(backend: Backend, data: &mut [f32]) {
    with_lanes!(backend, V => V::apart(Write {
        data: black_box(&mut *data),
        value: V::splat(black_box(1.0)),
    }));
}

impl fmt::Display for Constants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = [
            ("add1_per_ns", self.add1_per_ns),
            ("add4_per_ns", self.add4_per_ns),
            ("add8_per_ns", self.add8_per_ns),
            ("mul1_per_ns", self.mul1_per_ns),
            ("mul4_per_ns", self.mul4_per_ns),
            ("mul8_per_ns", self.mul8_per_ns),
            ("mix1_per_ns", self.mix1_per_ns),
            ("mix4_per_ns", self.mix4_per_ns),
            ("mix8_per_ns", self.mix8_per_ns),
            ("clock_ghz", self.clock_ghz),
            ("read_gbs", self.read_gbs),
            ("write_gbs", self.write_gbs),
            ("copy_gbs", self.copy_gbs),
            ("l2_read_gbs", self.l2_read_gbs),
        ];
        for (i, (key, value)) in keys.into_iter().enumerate() {
            write!(f, "{}{key}={value:.3}", if i == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
