/** The policy of a tick, read from its canonical form and checked. */

export const POLICY_BYTES = 256;
/** No length, speed, weight, gene, energy or fitness may be larger. */
const LIMIT = 1e6;
const MIN_RADIUS = Math.fround(1e-3);
/** A cell is wider than the radius by this share: see grid.rs. */
const SLACK = 1 / 4096;
/**
 * The squared radius times this lets through, in doubles, all that a squared
 * distance rounded to single precision would: its relative error is below 2⁻²¹.
 */
const REACH = 1 + 2 ** -20;

const { fround } = Math;

/**
 * What the kernel asks of one step, each number a float32, and what follows from
 * it. Units and meaning of a field are those of the Go type of the same name.
 *
 * @typedef {ReturnType<typeof readPolicy>} Policy
 */

/** A reader of the floats of `bytes`, which must lie within limits. */
function reader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, POLICY_BYTES);
  return (offset, lo = -LIMIT, hi = LIMIT) => {
    const v = view.getFloat32(offset, true);
    if (!(lo <= v && v <= hi)) {
      throw new RangeError(`policy: float at byte ${offset} is not finite or out of range`);
    }
    return v;
  };
}

/** The fields of a policy, at the offsets of layout.rs. */
function fields(bytes) {
  const float = reader(bytes);
  const amount = (offset) => float(offset, 0);
  const vector = (offset) => [0, 4, 8].map((axis) => float(offset + axis));
  return {
    dt: float(16, fround(1e-6), 1),
    radius: float(20, MIN_RADIUS),
    separation: float(24),
    alignment: float(28),
    cohesion: float(32),
    goal: float(36),
    target: vector(40),
    min: vector(52),
    max: vector(64),
    margin: amount(76),
    wallGain: amount(80),
    minSpeed: amount(84),
    maxSpeed: amount(88),
    maxAccel: amount(92),
    energyGain: float(96),
    energyCost: float(100),
    fitDecay: float(104, 0, 1),
  };
}

/** Refuses a minimum that is not below its maximum. */
function checkOrder(policy, dimensions) {
  if (policy.minSpeed > policy.maxSpeed) throw new RangeError("policy: least speed above the most");
  for (let axis = 0; axis < dimensions; axis++) {
    if (policy.min[axis] >= policy.max[axis]) throw new RangeError("policy: bounds enclose nothing");
  }
}

/** What every boid needs of a policy, computed once. */
function derived(p, rounding) {
  const round = rounding === "double" ? (x) => x : fround;
  const square = round(p.radius * p.radius);
  return {
    square,
    reach: rounding === "double" ? square : square * REACH,
    inverse: round(1 / square),
    opposite: -round(1 / square),
    perLength: round((1 - SLACK) / p.radius),
    softMin: p.min.map((v) => round(v + p.margin)),
    softMax: p.max.map((v) => round(v - p.margin)),
    fitGain: round(1 - p.fitDecay),
  };
}

/**
 * Reads a policy for a world of so many dimensions, or throws a RangeError that
 * names the byte of the first float that cannot be.
 *
 * @param {Uint8Array} bytes POLICY_BYTES long
 * @param {2 | 3} dimensions
 * @param {import("./instances.mjs").Rounding} rounding of what is computed from it
 */
export function readPolicy(bytes, dimensions, rounding) {
  const policy = fields(bytes);
  checkOrder(policy, dimensions);
  return { ...policy, ...derived(policy, rounding) };
}

/**
 * The cells along x, y and z that the bounds of a policy need: one radius each.
 *
 * @param {Policy} policy
 * @param {2 | 3} dimensions
 */
export function cellsOf(policy, dimensions) {
  const cells = Int32Array.of(1, 1, 1);
  for (let axis = 0; axis < dimensions; axis++) {
    cells[axis] = Math.ceil(fround(fround(policy.max[axis] - policy.min[axis]) / policy.radius));
    if (cells[axis] > 1024) throw new RangeError(`${cells[axis]} cells along an axis, at most 1024`);
  }
  return cells;
}
