//! The first frame of a world, and the genes of worlds that nobody breeds.

use core::array::from_fn;

use crate::columns::{WIDEST, column_mut};
use crate::hash::mix;
use crate::lanes::Lanes;
use crate::layout;
use crate::policy::Policy;
use crate::stride;

/// A counter-based generator, one a boid, so that a boid's start depends on
/// the seed and its id and on nobody else.
struct Draws {
    key: u64,
    drawn: u64,
}

impl Draws {
    fn new(seed: u64, id: u64) -> Self {
        Self { key: mix(mix(seed).wrapping_add(id.wrapping_mul(GAMMA))), drawn: 0 }
    }

    /// Uniform in 0..1, a multiple of 2⁻²⁴.
    fn unit(&mut self) -> f32 {
        self.drawn += 1;
        let bits = mix(self.key.wrapping_add(self.drawn.wrapping_mul(GAMMA))) >> 40;
        bits as f32 * (1.0 / 16_777_216.0)
    }

    /// Uniform in the unit ball, and not too near its centre to have a direction.
    fn ball<const D: usize>(&mut self) -> ([f32; D], f32) {
        loop {
            let v: [f32; D] = from_fn(|_| self.unit() * 2.0 - 1.0);
            let square = v[1..].iter().fold(v[0] * v[0], |sum, x| sum + x * x);
            if (1e-2..=1.0).contains(&square) {
                return (v, square);
            }
        }
    }
}

/// 2⁶⁴ / golden ratio, odd: the increment of SplitMix64.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Writes the frame before the first tick to `frame`, which holds eight columns
/// of `n` boids: positions uniform within the bounds, directions uniform at a
/// speed half-way between the limits, energy uniform in ½..¾, fitness 0. In the
/// plane z and its velocity are 0.
pub fn frame<V: Lanes, const D: usize>(frame: &mut [f32], n: usize, policy: &Policy, seed: u64) {
    frame[..layout::FRAME_COLUMNS * stride(n)].fill(0.0);
    let speed = (policy.min_speed + policy.max_speed) * 0.5;
    for id in 0..n {
        let mut draws = Draws::new(seed, id as u64);
        for axis in 0..D {
            let (lo, hi) = (policy.min[axis], policy.max[axis]);
            let at = lo + draws.unit() * (hi - lo);
            column_mut(frame, n, layout::X + axis)[id] = if at > hi { hi } else { at };
        }
        let (direction, square) = draws.ball::<D>();
        let scale = speed / root::<V>(square);
        for (axis, d) in direction.into_iter().enumerate() {
            column_mut(frame, n, layout::VX + axis)[id] = d * scale;
        }
        column_mut(frame, n, layout::ENERGY)[id] = 0.5 + 0.25 * draws.unit();
    }
}

/// Writes the genes of `n` boids that the golden file is made with to `genome`:
/// gene c of boid i is ¼ + ((7 i + 13 c) mod 64) / 64.
pub fn genome(genome: &mut [f32], n: usize) {
    for c in 0..layout::GENOME_COLUMNS {
        for (i, gene) in column_mut(genome, n, c)[..n].iter_mut().enumerate() {
            *gene = 0.25 + ((7 * i + 13 * c) % 64) as f32 / 64.0;
        }
    }
}

/// The square root of one float, by the lanes that are there anyway.
fn root<V: Lanes>(v: f32) -> f32 {
    let mut lanes = [0.0; WIDEST];
    V::splat(v).sqrt().store(&mut lanes);
    lanes[0]
}
