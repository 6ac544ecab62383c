//! Policies to test with, in their canonical form, and a generator of numbers.

use flock::hash::mix;
use flock::layout as at;

/// A policy in its canonical form.
pub type Block = [u8; at::POLICY_BYTES];

/// A counter that is mixed: a generator whose whole state is its seed.
pub struct Draws(pub u64);

impl Draws {
    /// Uniform in 0..1.
    pub fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (mix(self.0) >> 40) as f32 / 16_777_216.0
    }

    /// Uniform in `lo..hi`.
    pub fn within(&mut self, lo: f32, hi: f32) -> f32 {
        lo + self.unit() * (hi - lo)
    }

    /// Uniform in `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f32) as usize).min(n - 1)
    }
}

/// Writes a float of a policy.
pub fn put(block: &mut Block, offset: usize, v: f32) {
    block[offset..offset + 4].copy_from_slice(&v.to_le_bytes());
}

/// The default policy in bounds of `edges` radii of 1, which a flock of any size
/// may fill.
pub fn usual(edges: [f32; 3]) -> Block {
    let mut block = [0; at::POLICY_BYTES];
    for (offset, v) in [
        (at::POLICY_DT, 1.0 / 60.0),
        (at::POLICY_RADIUS, 1.0),
        (at::POLICY_SEPARATION, 7.5),
        (at::POLICY_ALIGNMENT, 1.0),
        (at::POLICY_COHESION, 0.5),
        (at::POLICY_GOAL, 0.3),
        (at::POLICY_MARGIN, 0.5),
        (at::POLICY_WALL_GAIN, 6.0),
        (at::POLICY_MIN_SPEED, 1.0),
        (at::POLICY_MAX_SPEED, 3.0),
        (at::POLICY_MAX_ACCEL, 12.0),
        (at::POLICY_ENERGY_GAIN, 0.2),
        (at::POLICY_ENERGY_COST, 0.04),
        (at::POLICY_FIT_DECAY, 0.95),
    ] {
        put(&mut block, offset, v);
    }
    for (axis, edge) in edges.into_iter().enumerate() {
        put(&mut block, at::POLICY_TARGET + 4 * axis, edge / 2.0);
        put(&mut block, at::POLICY_MAX + 4 * axis, edge);
    }
    block
}

/// A policy drawn from all that are legal, most of its numbers moderate and one in
/// eight at or near a limit. Bounds hold at most eight radii along an axis.
pub fn any(draws: &mut Draws) -> Block {
    let mut block = [0; at::POLICY_BYTES];
    let radius = [1e-3, 0.25, 1.0, 3.7, 1e4][draws.below(5)];
    put(&mut block, at::POLICY_RADIUS, radius);
    put(&mut block, at::POLICY_DT, draws.within(1e-4, 0.1));
    put(&mut block, at::POLICY_FIT_DECAY, draws.unit());
    for offset in (at::POLICY_SEPARATION..=at::POLICY_GOAL).step_by(4) {
        put(&mut block, offset, weight(draws));
    }
    for offset in [at::POLICY_ENERGY_GAIN, at::POLICY_ENERGY_COST] {
        put(&mut block, offset, weight(draws));
    }
    for offset in [at::POLICY_MARGIN, at::POLICY_WALL_GAIN, at::POLICY_MAX_ACCEL] {
        put(&mut block, offset, weight(draws).abs());
    }
    let fast = weight(draws).abs();
    put(&mut block, at::POLICY_MAX_SPEED, fast);
    put(&mut block, at::POLICY_MIN_SPEED, fast * [0.0, 0.5, 1.0][draws.below(3)]);
    for axis in 0..3 {
        let lo = draws.within(-4.0, 4.0) * radius;
        put(&mut block, at::POLICY_MIN + 4 * axis, lo);
        put(&mut block, at::POLICY_MAX + 4 * axis, lo + draws.within(0.5, 8.0) * radius);
        put(&mut block, at::POLICY_TARGET + 4 * axis, draws.within(-9.0, 9.0) * radius);
    }
    block
}

/// A weight of either sign: none, moderate, or as large as any may be.
fn weight(draws: &mut Draws) -> f32 {
    let sign = if draws.below(2) == 0 { 1.0 } else { -1.0 };
    sign * match draws.below(8) {
        0 => 0.0,
        1 => flock::policy::LIMIT,
        _ => draws.within(0.01, 20.0),
    }
}

/// A policy from the digits that the Go side wrote; what they leave out is padding.
pub fn unhex(text: &str) -> Block {
    let mut block = [0; at::POLICY_BYTES];
    assert!(text.len() <= 2 * block.len(), "policy of {} digits", text.len());
    for (byte, at) in block.iter_mut().zip((0..text.len()).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    }
    block
}
