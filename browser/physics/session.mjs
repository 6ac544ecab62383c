/**
 * The state behind a worker of the physics benchmark: one world, and the back ends
 * that can step it. protocol.mjs has the lines, this the verbs. It runs in Node
 * (worker.mjs) and in a browser's worker (tab.mjs), the same code in both.
 */
import { FRAME_COLUMNS, GENERATION_TICKS, GENOME_COLUMNS, MAX_BOIDS, POLICY_BYTES } from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";
import { Fnv } from "./hash.mjs";
import { readPolicy } from "./policy.mjs";
import { seedFrame, seedGenome } from "./seed.mjs";

const PHASES = ["sort", "perceive", "step"];

/** @typedef {import("./backends.mjs").Backend} Backend */

/** Boid-steps that a rehearsal has, and the fewest and the most steps: those of browser/src/rehearse.ts. */
const REHEARSED = 1_000_000, FEWEST = 8, MOST = 610;

/** A number in decimal digits within lo..hi. */
function integer(text, what, lo, hi) {
  const value = /^\d{1,16}$/.test(text ?? "") ? Number(text) : NaN;
  if (!(lo <= value && value <= hi)) throw new RangeError(`${what} ${text}: want ${lo} to ${hi}`);
  return value;
}

/** 64 bits in decimal digits. */
function word(text, what) {
  const value = /^\d{1,20}$/.test(text ?? "") ? BigInt(text) : 1n << 64n;
  if (value >> 64n) throw new RangeError(`${what} ${text}: want 0 to 2^64 - 1`);
  return value;
}

/** A policy in hexadecimal digits, padded with zeros. */
function policyOf(text) {
  if (!/^([0-9a-f]{2}){1,256}$/i.test(text ?? "")) {
    throw new RangeError(`policy: want 1 to ${POLICY_BYTES} bytes in hexadecimal digits`);
  }
  const policy = new Uint8Array(POLICY_BYTES);
  policy.set(text.match(/../g).map((pair) => Number.parseInt(pair, 16)));
  return policy;
}

/** A world on its way, independent of who steps it. */
class World {
  tick = 0;
  neighbours = 0; // of the last tick
  chain = new Fnv();
  /** @type {Map<string, import("./flock.mjs").Physics>} */
  flocks = new Map();
  /** @type {import("./webgpu.mjs").ComputeFlock | undefined} */
  shader;

  constructor(boids, dimensions, seed, policy) {
    this.boids = boids;
    this.dimensions = dimensions;
    this.policy = policy;
    const parsed = readPolicy(policy, dimensions, "single");
    this.frame = new Float32Array(FRAME_COLUMNS * stride(boids));
    this.genome = new Float32Array(GENOME_COLUMNS * stride(boids));
    seedFrame(this.frame, boids, stride(boids), parsed, dimensions, seed);
    seedGenome(this.genome, boids, stride(boids));
  }

  /** Boids are numbered anew when the world begins and once a generation. */
  get renumber() {
    return this.tick % GENERATION_TICKS === 0;
  }

  /** The flock of a back end, made at the first call, on the current frame. */
  flock(backend) {
    let flock = this.flocks.get(backend.name);
    if (!flock) {
      flock = backend.make(this.boids, this.dimensions, this.policy);
      flock.genome.set(this.genome);
      this.flocks.set(backend.name, flock);
      if (backend.module) this.#rehearse(flock);
    }
    flock.from.set(this.frame);
    return flock;
  }

  /** Steps the frame again and again: V8 compiles a module twice, the second time well. */
  #rehearse(flock) {
    flock.from.set(this.frame);
    const steps = Math.min(Math.max(Math.ceil(REHEARSED / Math.max(this.boids, 1)), FEWEST), MOST);
    for (let i = 0; i < steps; i++) flock.step(false);
  }

  /** The flock of a shader, made at the first call, with the current frame on the device. */
  async compute(backend) {
    if (this.dimensions !== 3) throw new Error(`${backend.name} takes worlds in space only`);
    this.shader ??= await backend.open(this.boids, this.policy, this.genome);
    await this.shader.load(this.frame);
    return this.shader;
  }

  /** Steps a flock by one tick and chains its frame. */
  step(flock) {
    this.neighbours = flock.step(this.renumber);
    flock.swap();
    this.tick++;
    this.chain.add(flock.from, this.boids, stride(this.boids), FRAME_COLUMNS);
  }
}

export class Session {
  /** @type {Backend[]} */
  #backends;
  /** @type {World | undefined} */
  #world;

  #nanoseconds;

  /**
   * @param {Backend[]} backends
   * @param {() => number | bigint} nanoseconds a clock that gives whole ones
   */
  constructor(backends, nanoseconds) {
    this.#backends = backends;
    this.#nanoseconds = nanoseconds;
  }

  /** The back ends by name, each that this machine lacks with the reason. */
  backends() {
    const told = ({ name, reason }) => (reason ? `${name}:${reason.replace(/\s+/g, "_")}` : name);
    return this.#backends.map(told).join(" ");
  }

  /** Makes a world. JavaScript has one thread: more may be offered, none is used. */
  world(boids, dimensions, seed, policy, threads) {
    integer(threads, "threads", 1, 1024);
    this.#world = new World(
      integer(boids, "boids", 0, MAX_BOIDS),
      integer(dimensions, "dimensions", 2, 3),
      word(seed, "seed"),
      policyOf(policy),
    );
    return "";
  }

  /** Steps with the first module, or in JavaScript when there is none. */
  advance(ticks) {
    const count = integer(ticks, "ticks", 0, 1e9), world = this.#current();
    const usable = this.#backends.filter((b) => b.make);
    const flock = world.flock(usable.find((b) => b.module) ?? usable[0]);
    try {
      for (let i = 0; i < count; i++) world.step(flock);
    } finally {
      world.frame.set(flock.from);
    }
    return `${world.chain} ${world.neighbours}`;
  }

  /**
   * Repeats a phase of the next tick. The code of a back end is compiled while it
   * runs: it is at full speed after some hundred ticks' worth of repetitions. A promise
   * where a shader computes.
   */
  time(name, phase, reps) {
    if (!PHASES.includes(phase)) throw new RangeError(`phase ${phase}: want ${PHASES.join(", ")}`);
    const count = integer(reps, "repetitions", 1, 1e9), world = this.#current();
    const backend = this.#backend(name);
    if (backend.open) return this.#timeShader(backend, phase, count);
    const flock = world.flock(backend), { renumber } = world;
    let found;
    const start = this.#nanoseconds();
    for (let i = 0; i < count; i++) found = flock[phase](renumber);
    return `${this.#since(start)} ${found ?? 0}`;
  }

  async #timeShader(backend, phase, count) {
    if (phase !== "step") throw new RangeError(`${backend.name} has no phase but the step`);
    const shader = await this.#current().compute(backend);
    const start = this.#nanoseconds();
    await shader.repeat(count);
    return `${this.#since(start)} ${await shader.neighbours()}`;
  }

  /** What has passed since a reading of the clock. @param {any} start of the clock's type */
  #since(start) {
    return /** @type {any} */ (this.#nanoseconds()) - start;
  }

  /** The hash of the next frame. */
  digest(name) {
    const world = this.#current(), backend = this.#backend(name);
    if (backend.open) throw new Error(`${name} rounds in its own way: it can be judged`);
    const flock = world.flock(backend);
    flock.step(world.renumber);
    return `${new Fnv().add(flock.to, world.boids, stride(world.boids), FRAME_COLUMNS)}`;
  }

  /**
   * How far the next frame is from the oracle's: the largest error in millionths of what
   * rounding can explain, how many boids were looked at for that, and the neighbours
   * that all of them have.
   */
  async judge(name) {
    const backend = this.#backend(name);
    if (!backend.open) throw new Error(`${name} computes the bits of all others: it has a digest`);
    const world = this.#current(), shader = await world.compute(backend);
    const { worst, judged, neighbours } = await shader.judge(world.frame, world.genome);
    return `${Number.isFinite(worst) ? Math.ceil(worst * 1e6) : Number.MAX_SAFE_INTEGER} ${judged} ${neighbours}`;
  }

  /** What a back end's device calls itself. */
  adapter(name) {
    return this.#backend(name).adapter ?? "none";
  }

  #current() {
    if (!this.#world) throw new Error("no world yet");
    return this.#world;
  }

  #backend(name) {
    const found = this.#backends.find((b) => b.name === name);
    if (!found) throw new RangeError(`no back end ${name}`);
    if (found.reason) throw new Error(`back end ${name} is not available: ${found.reason}`);
    return found;
  }
}
