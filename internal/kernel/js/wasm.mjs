/**
 * The flock as a WebAssembly module in V8, on a shared memory that it imports as
 * env.memory. The descriptor is that of rust/flock-wasm/src/descriptor.rs, which
 * scenarios/flock/engine_abi.go fills for wazero.
 */
import { FRAME_COLUMNS, GENOME_COLUMNS, stride } from "./flock.mjs";
import { POLICY_BYTES, cellsOf, readPolicy } from "./policy.mjs";

const PAGE = 65536;
/** What 32-bit addresses reach, less one page: the module refuses a full memory. */
const MAX_PAGES = 65535;
/** Enough for any module's stack and data; untouched pages cost nothing. */
const FIRST_PAGES = 64;
/** Cache lines and the module's candidates start at multiples of it. */
const ALIGN = 128;

const DESC = {
  neighbours: 0,
  seed: 8,
  policy: 16,
  genome: 20,
  from: 24,
  to: 28,
  scratch: 32,
  scratchBytes: 36,
  boids: 40,
  cells: 44,
  culprit: 56,
  dimensions: 60,
  renumber: 64,
  parts: 68,
  bytes: 128,
};

const REFUSALS = [
  "no refusal",
  "descriptor does not fit the world",
  "policy: float is not finite or out of range",
  "bounds need more cells than declared",
  "position is outside the bounds",
  "state is not finite or absurdly large",
  "gene is not finite or absurdly large",
];

/** Addresses one behind the other, each a multiple of ALIGN. */
class Plan {
  constructor(start) {
    this.end = start;
  }

  take(bytes) {
    const at = Math.ceil(this.end / ALIGN) * ALIGN;
    this.end = at + bytes;
    return at;
  }
}

const EXPORTS = ["scratch_bytes", "seed_frame", "sort", "perceive", "step", "__heap_base"];

/**
 * Instantiates a module on a memory of its own, or throws when it is not the flock.
 *
 * @param {WebAssembly.Module} module
 */
export function instantiate(module) {
  const memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MAX_PAGES, shared: true });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const missing = EXPORTS.filter((name) => !(name in exports));
  if (missing.length > 0) throw new Error(`module exports no ${missing}`);
  return { memory, exports };
}

/** @implements {import("./flock.mjs").Engine} */
export class ModuleFlock {
  #memory;
  #exports;
  #view;
  #desc;
  #frames; // addresses: that of the frame to read, and that of the one to write
  #columns; // views of the two

  /**
   * A flock at rest at the origin: fill `from` and `genome`.
   *
   * @param {WebAssembly.Module} module
   * @param {number} boids
   * @param {2 | 3} dimensions
   * @param {Uint8Array} policy its canonical form, POLICY_BYTES long
   */
  constructor(module, boids, dimensions, policy) {
    if (policy.length !== POLICY_BYTES) throw new RangeError(`policy of ${policy.length} bytes`);
    const cells = cellsOf(readPolicy(policy, dimensions, "single"), dimensions);
    ({ memory: this.#memory, exports: this.#exports } = instantiate(module));
    const scratchBytes = this.#exports.scratch_bytes(boids, ...cells, 1) >>> 0;
    if (scratchBytes === 0) throw new RangeError(`${boids} boids are more than the module takes`);
    this.#lay(boids, scratchBytes, policy);
    this.#put(DESC.boids, boids);
    cells.forEach((c, axis) => this.#put(DESC.cells + 4 * axis, c));
    this.#put(DESC.dimensions, dimensions);
    this.#put(DESC.parts, 1);
  }

  /** Finds a place for everything and grows the memory to hold it. */
  #lay(boids, scratchBytes, policy) {
    const plan = new Plan(this.#exports.__heap_base.value);
    const column = 4 * stride(boids);
    this.#desc = plan.take(DESC.bytes);
    const at = plan.take(POLICY_BYTES);
    const genome = plan.take(GENOME_COLUMNS * column);
    this.#frames = [plan.take(FRAME_COLUMNS * column), plan.take(FRAME_COLUMNS * column)];
    const scratch = plan.take(scratchBytes);
    const pages = Math.ceil(plan.end / PAGE);
    if (pages > MAX_PAGES) throw new RangeError(`${boids} boids need ${plan.end} bytes of memory`);
    if (pages > FIRST_PAGES) this.#memory.grow(pages - FIRST_PAGES);

    const { buffer } = this.#memory;
    this.#view = new DataView(buffer);
    new Uint8Array(buffer, at, POLICY_BYTES).set(policy);
    this.genome = new Float32Array(buffer, genome, (GENOME_COLUMNS * column) / 4);
    this.#columns = this.#frames.map((f) => new Float32Array(buffer, f, (FRAME_COLUMNS * column) / 4));
    this.#put(DESC.policy, at);
    this.#put(DESC.genome, genome);
    this.#put(DESC.scratch, scratch);
    this.#put(DESC.scratchBytes, scratchBytes);
  }

  get from() {
    return this.#columns[0];
  }

  get to() {
    return this.#columns[1];
  }

  /** The seed's first frame, written by the module to `to`. @param {bigint} seed */
  seed(seed) {
    this.#view.setBigUint64(this.#desc + DESC.seed, seed, true);
    this.#call("seed_frame", false);
  }

  /** Checks the positions and sorts. @param {boolean} renumber */
  sort(renumber) {
    this.#call("sort", renumber);
  }

  /** Sorts, and adds up the neighbours. @param {boolean} renumber */
  perceive(renumber) {
    this.#call("perceive", renumber);
    return this.#neighbours();
  }

  /** Plays one tick. @param {boolean} renumber */
  step(renumber) {
    this.#call("step", renumber);
    return this.#neighbours();
  }

  swap() {
    this.#frames.reverse();
    this.#columns.reverse();
  }

  #call(name, renumber) {
    this.#put(DESC.from, this.#frames[0]);
    this.#put(DESC.to, this.#frames[1]);
    this.#put(DESC.renumber, renumber ? 1 : 0);
    const status = this.#exports[name](this.#desc);
    if (status === 0) return;
    const culprit = this.#view.getUint32(this.#desc + DESC.culprit, true);
    throw new RangeError(`${name}: ${REFUSALS[status] ?? `status ${status}`} (at ${culprit})`);
  }

  #neighbours() {
    return Number(this.#view.getBigUint64(this.#desc + DESC.neighbours, true));
  }

  #put(at, value) {
    this.#view.setUint32(this.#desc + at, value, true);
  }
}
