/** What the physics in JavaScript computes from a policy, once. */
import { parsePolicy } from "../host/policy.mjs";

/** A cell is wider than the radius by this share: see grid.rs. */
const SLACK = 1 / 4096;
/**
 * The squared radius times this lets through, in doubles, all that a squared
 * distance rounded to single precision would: its relative error is below 2⁻²¹.
 */
const REACH = 1 + 2 ** -20;

const { fround } = Math;

/** @typedef {ReturnType<typeof readPolicy>} Policy */

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
 * Reads a policy and what follows from it, or throws as parsePolicy does.
 *
 * @param {Uint8Array} bytes its canonical form, POLICY_BYTES long
 * @param {2 | 3} dimensions
 * @param {import("./instances.mjs").Rounding} rounding of what is computed from it
 */
export function readPolicy(bytes, dimensions, rounding) {
  const policy = parsePolicy(bytes, dimensions);
  return { ...policy, ...derived(policy, rounding) };
}
