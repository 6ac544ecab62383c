/**
 * The physics once more, in doubles and over all pairs, and the bounds of docs/oracle.md
 * on how far a step in single precision may be from it: oracle_test.go and
 * oracle_tolerance_test.go of scenarios/flock/wasmhost, for tests of compute.wgsl and for
 * trials of it.
 */
import { ENERGY, FITNESS, FRAME_COLUMNS, GENE_ALIGNMENT, GENE_COHESION, GENE_GOAL, GENE_SEPARATION, VX, X } from "../abi.ts";
import { stride } from "../../host/layout.mjs";
import { parsePolicy } from "../../host/policy.mjs";
import type { Vector } from "./camera.ts";

type Policy = ReturnType<typeof parsePolicy>;

/** The largest relative error of an operation in single precision. */
const ROUNDOFF = 2 ** -24;
/** 2/√27, the most of (1 − d²) d. */
const STEEPEST = 0.3849002;
const { fround, sqrt, abs, min, max } = Math;

const plus = (a: Vector, b: Vector, s = 1): Vector => [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]];
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const size = (a: Vector) => sqrt(dot(a, a));
const NONE: Vector = [0, 0, 0];

/** What the neighbours of a boid add up to; heading and outward are means. */
interface Circle {
  readonly n: number;
  readonly push: Vector;
  readonly heading: Vector;
  readonly outward: Vector;
}

/** What a boid does next, with what bounds the error of each column. */
interface Move {
  readonly columns: readonly number[];
  readonly allowed: readonly number[];
  readonly neighbours: number;
}

/** How far a frame is from the oracle's. */
export interface Verdict {
  /** The largest error of a float in units of its bound. */
  readonly worst: number;
  readonly where: string;
  /** Of those that were judged together, who is one being decided in single precision. */
  readonly neighbours: number;
}

export class Oracle {
  readonly #p: Policy;
  readonly #square: number;

  constructor(policy: Uint8Array, readonly from: Float32Array, readonly genome: Float32Array, readonly boids: number) {
    this.#p = parsePolicy(policy, 3);
    this.#square = fround(this.#p.radius * this.#p.radius);
  }

  #vector(column: number, i: number): Vector {
    const step = stride(this.boids), at = column * step + i;
    return [this.from[at]!, this.from[at + step]!, this.from[at + 2 * step]!];
  }

  // All pairs come through here, in trials as well: it allocates nothing.
  #near(i: number, j: number): boolean {
    const step = stride(this.boids), { from } = this, a = X * step + i, b = X * step + j;
    const x = fround(from[a]! - from[b]!), y = fround(from[a + step]! - from[b + step]!), z = fround(from[a + 2 * step]! - from[b + 2 * step]!);
    const square = fround(fround(fround(x * x) + fround(y * y)) + fround(z * z));
    return i !== j && square < this.#square;
  }

  #around(i: number): Circle {
    const p = this.#vector(X, i);
    let [n, push, heading, outward] = [0, NONE, NONE, NONE];
    for (let j = 0; j < this.boids; j++) {
      if (!this.#near(i, j)) continue;
      const d = plus(p, this.#vector(X, j), -1);
      push = plus(push, d, 1 - dot(d, d) / this.#p.radius ** 2);
      heading = plus(heading, this.#vector(VX, j));
      outward = plus(outward, d);
      n++;
    }
    return { n, push, heading: plus(NONE, heading, 1 / max(n, 1)), outward: plus(NONE, outward, 1 / max(n, 1)) };
  }

  /** The policy with the weights that a boid has by its genes. */
  #lawOf(i: number): Policy {
    const gene = (column: number) => this.genome[column * stride(this.boids) + i]!, p = this.#p;
    return {
      ...p, separation: p.separation * gene(GENE_SEPARATION), alignment: p.alignment * gene(GENE_ALIGNMENT),
      cohesion: p.cohesion * gene(GENE_COHESION), goal: p.goal * gene(GENE_GOAL),
    };
  }

  #acceleration(law: Policy, p: Vector, v: Vector, c: Circle): Vector {
    let a = plus(NONE, c.push, law.separation);
    if (c.n > 0) a = plus(a, plus(c.heading, v, -1), law.alignment);
    a = plus(a, c.outward, -law.cohesion);
    const t = plus(law.target, p, -1);
    a = plus(a, t, law.goal / (1 + dot(t, t)));
    const wall = p.map((x, i) => {
      const low = fround(law.min[i]! + law.margin) - x, high = x - fround(law.max[i]! - law.margin);
      return law.wallGain * (max(low, 0) - max(high, 0));
    }) as unknown as Vector;
    a = plus(a, wall);
    return plus(NONE, a, min(1, law.maxAccel / size(a)));
  }

  #move(i: number): Move {
    const law = this.#lawOf(i), p = this.#vector(X, i), v = this.#vector(VX, i), c = this.#around(i);
    const a = this.#acceleration(law, p, v, c), free = plus(v, a, law.dt), speed = size(free);
    let w: Vector = speed === 0 ? [law.minSpeed, 0, 0] : plus(NONE, free, min(max(speed, law.minSpeed), law.maxSpeed) / speed);
    const scalar = (column: number) => this.from[column * stride(this.boids) + i]!;
    const energy = min(max(scalar(ENERGY) + law.dt * (law.energyGain - law.energyCost * dot(a, a)), 0), 1);
    const norm = size(w) * size(c.heading), agreement = norm === 0 ? 0.5 : 0.5 + 0.5 * dot(w, c.heading) / norm;
    const company = c.n / (1 + c.n + dot(c.push, c.push) / law.radius ** 2);
    const fitness = law.fitDecay * scalar(FITNESS) + (1 - law.fitDecay) * energy * agreement * company;
    const q = plus(p, w, law.dt).map((x, axis) => {
      const held = min(max(x, law.min[axis]!), law.max[axis]!);
      if (held !== x) w = w.map((s, k) => k === axis ? -s : s) as unknown as Vector;
      return held;
    });
    return {
      columns: [...q, ...w, energy, fitness], neighbours: c.n,
      allowed: tolerance(law, { n: c.n, speed, heading: size(c.heading) }),
    };
  }

  /**
   * Compares a step of the frame with the oracle's.
   *
   * @param got a frame whose boids have kept their numbers
   * @param every so many boids one is judged: all are compared with each other
   */
  judge(got: Float32Array, every = 1): Verdict {
    let [worst, where, neighbours] = [0, "nowhere", 0];
    for (let i = 0; i < this.boids; i += every) {
      const { columns, allowed, neighbours: n } = this.#move(i);
      neighbours += n;
      for (let c = 0; c < FRAME_COLUMNS; c++) {
        const g = got[c * stride(this.boids) + i]!, want = columns[c]!, axis = c - VX;
        // Who is reflected, so close to a wall, is a matter of rounding.
        const turned = axis >= 0 && axis < 3 && this.#atWall(columns[axis]!, axis, allowed[axis]!);
        const ratio = (turned ? abs(abs(g) - abs(want)) : abs(g - want)) / allowed[c]!;
        // No number is as wrong as can be, and what comes behind it makes it no better.
        if (worst < Infinity && !(ratio <= worst)) [worst, where] = [Number.isNaN(ratio) ? Infinity : ratio, `boid ${i}, column ${c}: got ${g}, want ${want} ± ${allowed[c]}`];
      }
    }
    return { worst, where, neighbours };
  }

  #atWall(x: number, axis: number, allowed: number): boolean {
    return min(abs(x - this.#p.min[axis as 0]!), abs(x - this.#p.max[axis as 0]!)) <= allowed;
  }
}

/** What the error of a boid's step depends on besides its policy. */
interface Sight {
  readonly n: number;
  /** Before it is held to the limits. */
  readonly speed: number;
  /** Length of the neighbours' mean velocity. */
  readonly heading: number;
}

/** Bounds the error of n terms of at most one, each known to within `term` roundoffs, added one after the other. */
const sumErrors = (n: number, term: number) => n * term + n * (n + 1) / 2;

/** Errors on the way, in roundoffs, of one component unless said of a vector. */
function accelerationErrors(p: Policy, n: number) {
  const r = p.radius, v = p.maxSpeed, share = 1 / max(n, 1), some = min(n, 1);
  const apart = r * sumErrors(n, 1), drift = 2 * v * sumErrors(n, 1), away = r * STEEPEST * n;
  const push = r * STEEPEST * sumErrors(n, 6 / STEEPEST + 2) + 3 * away;
  const wall = abs(p.wallGain) * abs(p.margin);
  const sizes = abs(p.separation) * away + some * (2 * v * abs(p.alignment) + r * abs(p.cohesion)) + abs(p.goal) / 2 + wall;
  const axis = abs(p.separation) * (push + 2 * away) + abs(p.alignment) * share * (drift + 10 * v * n) +
    abs(p.cohesion) * share * (apart + 5 * r * n) + 5 * abs(p.goal) + 3 * wall + 3 * sizes;
  const length = min(p.maxAccel, sqrt(3) * sizes);
  return { drift, push, length, accel: sqrt(3) * axis + 5 * length };
}

/** Bounds the error of each column of one boid's step in single precision, to first order. */
export function tolerance(p: Policy, s: Sight): number[] {
  const e = accelerationErrors(p, s.n), held = min(max(s.speed, p.minSpeed), p.maxSpeed);
  const velocity = (p.dt * (e.accel + e.length) + s.speed) * max(1, p.minSpeed / s.speed) + 6 * held;
  const reach = max(...p.min.map(abs), ...p.max.map(abs));
  const energy = p.dt * (abs(p.energyCost) * e.length * (2 * e.accel + 8 * e.length) + 3 * abs(p.energyGain)) + 3;
  const fitness = (1 - p.fitDecay) * (energy + rewardErrors(p, s, e, velocity / held)) + 5;
  const position = p.dt * (velocity + held) + 2 * reach;
  return [position, position, position, velocity, velocity, velocity, min(energy, 1 / ROUNDOFF), min(fitness, 1 / ROUNDOFF)].map((b) => b * ROUNDOFF);
}

/** Bounds the error of agreement times company, both at most one. */
function rewardErrors(p: Policy, s: Sight, e: ReturnType<typeof accelerationErrors>, turn: number): number {
  if (s.n === 0) return 3; // there is no company, exactly
  const heading = sqrt(3) * (e.drift / s.n + 5 * p.maxSpeed), agreement = turn + heading / s.heading + 8;
  return agreement + sqrt(3) * e.push / (p.radius * sqrt(1 + s.n)) + 6 + 3;
}
