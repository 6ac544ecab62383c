/**
 * The state behind a worker of the physics benchmark: one world, and the back ends
 * that can step it. worker.mjs has the protocol's lines, this its verbs.
 */
import { readFileSync } from "node:fs";
import { FRAME_COLUMNS, GENERATION_TICKS, GENOME_COLUMNS, MAX_BOIDS, POLICY_BYTES } from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";
import { instantiate, newMemory } from "../host/world.mjs";
import { Flock } from "./flock.mjs";
import { Fnv } from "./hash.mjs";
import { ModuleFlock } from "./module.mjs";
import { readPolicy } from "./policy.mjs";
import { seedFrame, seedGenome } from "./seed.mjs";

const PHASES = ["sort", "perceive", "step"];

/**
 * @typedef {object} Backend
 * @property {string} name
 * @property {string} [reason] why it cannot be used here
 * @property {(boids: number, dimensions: 2 | 3, policy: Uint8Array) =>
 *   import("./flock.mjs").Physics} [make]
 */

/**
 * A back end that runs the module in a file, or says why it cannot.
 *
 * @param {[name: string, path: string]} named
 * @returns {Backend}
 */
function moduleBackend([name, path]) {
  try {
    const module = new WebAssembly.Module(readFileSync(path));
    instantiate(module, newMemory());
    return { name, make: (...world) => new ModuleFlock(module, ...world) };
  } catch (error) {
    return { name, reason: error.code ?? error.message };
  }
}

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
  policy.set(Buffer.from(text, "hex"));
  return policy;
}

/** A world on its way, independent of who steps it. */
class World {
  tick = 0;
  neighbours = 0; // of the last tick
  chain = new Fnv();
  /** @type {Map<string, import("./flock.mjs").Physics>} */
  flocks = new Map();

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
    }
    flock.from.set(this.frame);
    return flock;
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

  /** @param {[name: string, path: string][]} modules WebAssembly modules to offer */
  constructor(modules) {
    this.#backends = [
      { name: "js", make: (...world) => new Flock(...world, "single") },
      { name: "js-double", make: (...world) => new Flock(...world, "double") },
      ...modules.map(moduleBackend),
    ];
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
    const flock = world.flock(usable[2] ?? usable[0]);
    try {
      for (let i = 0; i < count; i++) world.step(flock);
    } finally {
      world.frame.set(flock.from);
    }
    return `${world.chain} ${world.neighbours}`;
  }

  /**
   * Repeats a phase of the next tick. The code of a back end is compiled while it
   * runs: it is at full speed after some hundred ticks' worth of repetitions.
   */
  time(backend, phase, reps) {
    if (!PHASES.includes(phase)) throw new RangeError(`phase ${phase}: want ${PHASES.join(", ")}`);
    const count = integer(reps, "repetitions", 1, 1e9), world = this.#current();
    const flock = world.flock(this.#backend(backend)), { renumber } = world;
    let found;
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) found = flock[phase](renumber);
    const elapsed = process.hrtime.bigint() - start;
    return `${elapsed} ${found ?? 0}`;
  }

  /** The hash of the next frame. */
  digest(backend) {
    const world = this.#current(), flock = world.flock(this.#backend(backend));
    flock.step(world.renumber);
    return `${new Fnv().add(flock.to, world.boids, stride(world.boids), FRAME_COLUMNS)}`;
  }

  #current() {
    if (!this.#world) throw new Error("no world yet");
    return this.#world;
  }

  #backend(name) {
    const found = this.#backends.find((b) => b.name === name);
    if (!found) throw new RangeError(`no back end ${name}`);
    if (!found.make) throw new Error(`back end ${name} is not available: ${found.reason}`);
    return found;
  }
}
