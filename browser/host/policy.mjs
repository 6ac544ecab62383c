// @ts-check
/** The policy of a tick, read from its canonical form and checked as the module does. */
import * as at from "./abi.mjs";

/** No length, speed, weight, gene, energy or fitness may be larger. */
const LIMIT = 1e6;
const { fround } = Math;

/** @typedef {2 | 3} Dimensions */
/** @typedef {[x: number, y: number, z: number]} Vector */

/**
 * What the kernel asks of one step, each number a float32. Units and meaning of a
 * field are those of the Go type of the same name.
 *
 * @typedef {ReturnType<typeof fields>} Policy
 */

/** The axes of a world. @param {Dimensions} dimensions @returns {(0 | 1 | 2)[]} */
export function axes(dimensions) {
  return dimensions === 2 ? [0, 1] : [0, 1, 2];
}

/** A reader of the floats of `bytes`, which must lie within limits. @param {Uint8Array} bytes */
function reader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, at.POLICY_BYTES);
  return (/** @type {number} */ offset, lo = -LIMIT, hi = LIMIT) => {
    const v = view.getFloat32(offset, true);
    if (!(lo <= v && v <= hi)) {
      throw new RangeError(`policy: float at byte ${offset} is not finite or out of range`);
    }
    return v;
  };
}

/** The fields of a policy, each within its limits. @param {Uint8Array} bytes */
function fields(bytes) {
  const float = reader(bytes);
  const amount = (/** @type {number} */ offset) => float(offset, 0);
  /** @returns {Vector} */
  const vector = (/** @type {number} */ offset) => [float(offset), float(offset + 4), float(offset + 8)];
  return {
    dt: float(at.POLICY_DT, fround(1e-6), 1),
    radius: float(at.POLICY_RADIUS, fround(1e-3)),
    separation: float(at.POLICY_SEPARATION),
    alignment: float(at.POLICY_ALIGNMENT),
    cohesion: float(at.POLICY_COHESION),
    goal: float(at.POLICY_GOAL),
    target: vector(at.POLICY_TARGET),
    min: vector(at.POLICY_MIN),
    max: vector(at.POLICY_MAX),
    margin: amount(at.POLICY_MARGIN),
    wallGain: amount(at.POLICY_WALL_GAIN),
    minSpeed: amount(at.POLICY_MIN_SPEED),
    maxSpeed: amount(at.POLICY_MAX_SPEED),
    maxAccel: amount(at.POLICY_MAX_ACCEL),
    energyGain: float(at.POLICY_ENERGY_GAIN),
    energyCost: float(at.POLICY_ENERGY_COST),
    fitDecay: float(at.POLICY_FIT_DECAY, 0, 1),
  };
}

/**
 * Reads a policy for a world of so many dimensions, or throws a RangeError that
 * names the byte of the first float that cannot be.
 *
 * @param {Uint8Array} bytes its canonical form, POLICY_BYTES long
 * @param {Dimensions} dimensions
 * @returns {Policy}
 */
export function parsePolicy(bytes, dimensions) {
  if (bytes.length !== at.POLICY_BYTES) throw new RangeError(`policy of ${bytes.length} bytes`);
  const policy = fields(bytes);
  if (policy.minSpeed > policy.maxSpeed) throw new RangeError("policy: least speed above the most");
  if (axes(dimensions).some((axis) => policy.min[axis] >= policy.max[axis])) {
    throw new RangeError("policy: bounds enclose nothing");
  }
  return policy;
}

/**
 * The cells along x, y and z that the bounds of a policy need: one radius each.
 *
 * @param {Pick<Policy, "min" | "max" | "radius">} policy
 * @param {Dimensions} dimensions
 * @returns {Vector}
 */
export function cellsOf(policy, dimensions) {
  /** @type {Vector} */
  const cells = [1, 1, 1];
  for (const axis of axes(dimensions)) {
    cells[axis] = Math.ceil(fround(fround(policy.max[axis] - policy.min[axis]) / policy.radius));
    if (cells[axis] > at.MAX_CELLS) {
      throw new RangeError(`${cells[axis]} cells along an axis, at most ${at.MAX_CELLS}`);
    }
  }
  return cells;
}
