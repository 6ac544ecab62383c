//! The policy of a tick, read from its canonical form and checked.

use crate::layout as at;
use crate::status::{Fault, Status};

/// No length, speed, weight, gene, energy or fitness may be larger. It keeps
/// every sum of the step finite, so that only the input can hold a NaN.
pub const LIMIT: f32 = 1e6;
/// The least perception radius.
pub const MIN_RADIUS: f32 = 1e-3;

/// What the kernel asks of one step. Units and meaning of a field are those of
/// the Go type of the same name.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Policy {
    pub dt: f32,
    pub radius: f32,
    pub separation: f32,
    pub alignment: f32,
    pub cohesion: f32,
    pub goal: f32,
    pub target: [f32; 3],
    pub min: [f32; 3],
    pub max: [f32; 3],
    pub margin: f32,
    pub wall_gain: f32,
    pub min_speed: f32,
    pub max_speed: f32,
    pub max_accel: f32,
    pub energy_gain: f32,
    pub energy_cost: f32,
    pub fit_decay: f32,
}

/// The float at byte `offset`, which must lie in `lo..=hi`.
fn float(block: &[u8; at::POLICY_BYTES], offset: usize, lo: f32, hi: f32) -> Result<f32, Fault> {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&block[offset..offset + 4]);
    let v = f32::from_le_bytes(bytes);
    if lo <= v && v <= hi { Ok(v) } else { Err(Fault::at(Status::Policy, offset as u32)) }
}

/// Three floats from byte `offset` on.
fn vector(block: &[u8; at::POLICY_BYTES], offset: usize) -> Result<[f32; 3], Fault> {
    let axis = |i: usize| float(block, offset + 4 * i, -LIMIT, LIMIT);
    Ok([axis(0)?, axis(1)?, axis(2)?])
}

impl Policy {
    /// Reads the policy of a world of `D` dimensions, or tells the byte offset of the first float that is not
    /// finite or out of its range.
    pub fn read<const D: usize>(block: &[u8; at::POLICY_BYTES]) -> Result<Self, Fault> {
        let weight = |offset| float(block, offset, -LIMIT, LIMIT);
        let amount = |offset| float(block, offset, 0.0, LIMIT);
        let policy = Self {
            dt: float(block, at::POLICY_DT, 1e-6, 1.0)?,
            radius: float(block, at::POLICY_RADIUS, MIN_RADIUS, LIMIT)?,
            separation: weight(at::POLICY_SEPARATION)?,
            alignment: weight(at::POLICY_ALIGNMENT)?,
            cohesion: weight(at::POLICY_COHESION)?,
            goal: weight(at::POLICY_GOAL)?,
            target: vector(block, at::POLICY_TARGET)?,
            min: vector(block, at::POLICY_MIN)?,
            max: vector(block, at::POLICY_MAX)?,
            margin: amount(at::POLICY_MARGIN)?,
            wall_gain: amount(at::POLICY_WALL_GAIN)?,
            min_speed: amount(at::POLICY_MIN_SPEED)?,
            max_speed: amount(at::POLICY_MAX_SPEED)?,
            max_accel: amount(at::POLICY_MAX_ACCEL)?,
            energy_gain: weight(at::POLICY_ENERGY_GAIN)?,
            energy_cost: weight(at::POLICY_ENERGY_COST)?,
            fit_decay: float(block, at::POLICY_FIT_DECAY, 0.0, 1.0)?,
        };
        policy.in_order::<D>()
    }

    /// Refuses a minimum above its maximum.
    fn in_order<const D: usize>(self) -> Result<Self, Fault> {
        if self.min_speed > self.max_speed {
            return Err(Fault::at(Status::Policy, at::POLICY_MIN_SPEED as u32));
        }
        match (0..D).find(|&i| self.min[i] >= self.max[i]) {
            Some(i) => Err(Fault::at(Status::Policy, (at::POLICY_MIN + 4 * i) as u32)),
            None => Ok(self),
        }
    }
}
