/**
 * The state behind a worker of the kernel benchmark: one world, and the back ends
 * that can step it. worker.mjs has the protocol's lines, this its verbs.
 */
import { readFileSync } from "node:fs";
import { FRAME_COLUMNS, Flock, GENOME_COLUMNS, stride } from "./flock.mjs";
import { Fnv } from "./hash.mjs";
import { POLICY_BYTES, readPolicy } from "./policy.mjs";
import { seedFrame, seedGenome } from "./seed.mjs";
import { ModuleFlock, instantiate } from "./wasm.mjs";

const MAX_BOIDS = 2 ** 26;
/** Boids are numbered anew when the world begins and once a generation. */
const GENERATION_TICKS = 60;
const PHASES = ["sort", "perceive", "step"];

/**
 * @typedef {object} Backend
 * @property {string} name
 * @property {string} [reason] why it cannot be used here
 * @property {(boids: number, dimensions: 2 | 3, policy: Uint8Array) =>
 *   import("./flock.mjs").Engine} [make]
 */

/** A back end that runs the module in a file, or says why it cannot. */
function moduleBackend([name, path]) {
  try {
    const module = new WebAssembly.Module(readFileSync(path));
    instantiate(module);
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
  /** @type {Map<string, import("./flock.mjs").Engine>} */
  engines = new Map();

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

  get renumber() {
    return this.tick % GENERATION_TICKS === 0;
  }

  /** The engine of a back end, made at the first call, on the current frame. */
  engine(backend) {
    let engine = this.engines.get(backend.name);
    if (!engine) {
      engine = backend.make(this.boids, this.dimensions, this.policy);
      engine.genome.set(this.genome);
      this.engines.set(backend.name, engine);
    }
    engine.from.set(this.frame);
    return engine;
  }

  /** Plays a tick and chains its frame. */
  play(engine) {
    this.neighbours = engine.step(this.renumber);
    engine.swap();
    this.tick++;
    this.chain.add(engine.from, this.boids, stride(this.boids), FRAME_COLUMNS);
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

  /** Plays ticks with the first module, or in JavaScript when there is none. */
  advance(ticks) {
    const count = integer(ticks, "ticks", 0, 1e9), world = this.#current();
    const usable = this.#backends.filter((b) => b.make);
    const engine = world.engine(usable[2] ?? usable[0]);
    try {
      for (let i = 0; i < count; i++) world.play(engine);
    } finally {
      world.frame.set(engine.from);
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
    const engine = world.engine(this.#backend(backend)), { renumber } = world;
    let found;
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) found = engine[phase](renumber);
    const elapsed = process.hrtime.bigint() - start;
    return `${elapsed} ${found ?? 0}`;
  }

  /** The hash of the next frame. */
  digest(backend) {
    const world = this.#current(), engine = world.engine(this.#backend(backend));
    engine.step(world.renumber);
    return `${new Fnv().add(engine.to, world.boids, stride(world.boids), FRAME_COLUMNS)}`;
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
