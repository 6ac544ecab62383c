/** The first frame of a world, and the genome that tests and benchmarks use. */
import { ENERGY, GENOME_COLUMNS, VX } from "../host/abi.mjs";
import { Word64 } from "./hash.mjs";

const { fround, sqrt } = Math;

/** 2⁶⁴ / golden ratio, odd: the increment of SplitMix64. */
const GAMMA = new Word64(0x9e3779b9, 0x7f4a7c15);
/** No nearer to the centre of the ball may a direction be drawn, squared. */
const CENTRE = fround(1e-2);

/** Random numbers of one boid, which depend on the seed and its id alone. */
class Draws {
  #counter = new Word64();
  #word = new Word64();

  /** Starts over. @param {Word64} key @param {number} id */
  start(key, id) {
    this.#counter.set(GAMMA).times(new Word64(0, id));
    this.#counter.add(key).mix();
  }

  /** Uniform in 0..1, a multiple of 2⁻²⁴. */
  unit() {
    return (this.#word.set(this.#counter.add(GAMMA)).mix().high >>> 8) / 16777216;
  }

  /** Fills `to` with a direction; returns its squared length, in 0.01..=1. */
  ball(to) {
    for (;;) {
      let square = 0;
      for (let axis = 0; axis < to.length; axis++) {
        to[axis] = this.unit() * 2 - 1;
        square = fround(square + fround(to[axis] * to[axis]));
      }
      if (CENTRE <= square && square <= 1) return square;
    }
  }
}

/**
 * Writes the frame before the first tick, the bits of rust/flock/src/seed.rs.
 *
 * @param {Float32Array} frame eight columns, all zero
 * @param {number} n
 * @param {number} stride
 * @param {import("./policy.mjs").Policy} policy
 * @param {2 | 3} dimensions
 * @param {bigint} seed
 */
export function seedFrame(frame, n, stride, policy, dimensions, seed) {
  const key = Word64.of(seed).mix();
  const draws = new Draws();
  const direction = new Float32Array(dimensions);
  const speed = fround(fround(policy.minSpeed + policy.maxSpeed) * 0.5);
  for (let id = 0; id < n; id++) {
    draws.start(key, id);
    for (let axis = 0; axis < dimensions; axis++) {
      const lo = policy.min[axis], hi = policy.max[axis];
      const at = fround(lo + fround(draws.unit() * fround(hi - lo)));
      frame[axis * stride + id] = at > hi ? hi : at;
    }
    const scale = fround(speed / fround(sqrt(draws.ball(direction))));
    for (let axis = 0; axis < dimensions; axis++) {
      frame[(VX + axis) * stride + id] = direction[axis] * scale;
    }
    frame[ENERGY * stride + id] = 0.5 + fround(0.25 * draws.unit());
  }
}

/**
 * Writes the genes that the golden chains are made with: multiples of 1/64 in ¼..1¼.
 *
 * @param {Float32Array} genome four columns
 * @param {number} n
 * @param {number} stride
 */
export function seedGenome(genome, n, stride) {
  for (let c = 0; c < GENOME_COLUMNS; c++) {
    for (let i = 0; i < n; i++) genome[c * stride + i] = 0.25 + ((7 * i + 13 * c) % 64) / 64;
  }
}
