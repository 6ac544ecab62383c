// @ts-check
/**
 * The physics as a WebAssembly module in JavaScript: what package wasmhost is for
 * Go. The module imports its memory, shared, as env.memory. Start at {@link World}.
 */
import {
  DESC, EXPORTS, FRAME_COLUMNS, GENOME_COLUMNS, MAX_PAGES, PAGE_BYTES, POLICY_BYTES, POLICY_EPOCH, REFUSALS, STACK_BYTES,
} from "./abi.mjs";
import { roundUp, stride } from "./layout.mjs";
import { planMemory } from "./plan.mjs";
import { cellsOf, parsePolicy } from "./policy.mjs";

/** @typedef {import("../src/abi.ts").FlockExports} FlockExports */
/** @typedef {"seed_frame" | "sort" | "perceive" | "step"} Call */

/** Pages of a new memory: enough for any module's own. Untouched pages cost nothing. */
const FIRST_PAGES = 64;

/** A shared memory that can grow as far as a module can address. */
export function newMemory() {
  return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MAX_PAGES, shared: true });
}

/**
 * Instantiates a module on a memory, or throws when it is not the flock.
 *
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Memory} memory
 * @returns {FlockExports}
 */
export function instantiate(module, memory) {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const missing = EXPORTS.filter((name) => !(name in exports));
  if (missing.length > 0) throw new Error(`module exports no ${missing}`);
  return /** @type {any} */ (exports);
}

/** The working memory of a world. @param {FlockExports} exports @param {number} boids @param {[number, number, number]} cells */
function scratchOf(exports, boids, cells) {
  const bytes = exports.scratch_bytes(boids, ...cells, 1) >>> 0;
  if (bytes === 0) throw new RangeError(`${boids} boids are more than the module takes`);
  return bytes;
}

/**
 * The bytes of a world in a memory that is another module's as well.
 *
 * @param {WebAssembly.Module} module
 * @param {number} boids
 * @param {import("./policy.mjs").Dimensions} dimensions
 * @param {Uint8Array} policy of the first frame, in canonical form
 * @param {number} slots of frames
 */
export function worldBytes(module, boids, dimensions, policy, slots) {
  const exports = instantiate(module, newMemory());
  exports.__stack_pointer.value = FIRST_PAGES * PAGE_BYTES;
  return planMemory(boids, slots, STACK_BYTES, scratchOf(exports, boids, cellsOf(parsePolicy(policy, dimensions), dimensions)), 1).total;
}

/**
 * A world of boids in the memory of a module, with the regions of a hub: two
 * policies, two genomes and the frames. The arrays alias the memory, which never
 * moves; a caller reads and writes them between two calls.
 */
export class World {
  #exports;
  #plan;
  #view;

  /**
   * A world at rest at the origin, with no policy and no genome but zeros.
   *
   * @param {WebAssembly.Module} module
   * @param {number} boids
   * @param {import("./policy.mjs").Dimensions} dimensions
   * @param {Uint8Array} policy of the first frame, in canonical form
   * @param {number} slots of frames
   * @param {WebAssembly.Memory} memory with room for the module's own pages
   * @param {number | null} base where the world begins in a memory that is another
   *   module's as well, a multiple of PAGE_BYTES with worldBytes behind it
   */
  constructor(module, boids, dimensions, policy, slots = 2, memory = newMemory(), base = null) {
    const cells = cellsOf(parsePolicy(policy, dimensions), dimensions);
    this.#exports = instantiate(module, memory);
    let own = roundUp(this.#exports.__heap_base.value, PAGE_BYTES);
    if (base !== null) this.#exports.__stack_pointer.value = own = base + STACK_BYTES; // it grows downwards
    const scratchBytes = scratchOf(this.#exports, boids, cells);
    this.#plan = planMemory(boids, slots, own, scratchBytes, 1);
    const lacking = this.#plan.total - memory.buffer.byteLength;
    if (lacking > 0 && base !== null) throw new RangeError(`a world at byte ${base} lacks ${lacking} bytes`);
    if (lacking > 0) memory.grow(Math.ceil(lacking / PAGE_BYTES));
    this.memory = memory;
    this.#view = new DataView(memory.buffer);
    this.#slice(stride(boids));
    this.#describe(boids, dimensions, cells, scratchBytes);
    new Uint8Array(memory.buffer, this.#plan.policy, POLICY_BYTES).set(policy);
  }

  /** Cuts the regions into their parts. @param {number} column in floats */
  #slice(column) {
    const { layout, orders, frames } = this.#plan, { buffer } = this.memory;
    const pair = [0, 1];
    this.policies = pair.map((i) => new Uint8Array(buffer, orders + layout.policyOffset(i), POLICY_BYTES));
    this.genomes = pair.map((i) => new Float32Array(buffer, orders + layout.genomeOffset(i), GENOME_COLUMNS * column));
    this.frames = Array.from({ length: layout.slots },
      (_, i) => new Float32Array(buffer, frames + layout.frameOffset(i), FRAME_COLUMNS * column));
  }

  /**
   * Writes what stays in the descriptor.
   *
   * @param {number} boids
   * @param {number} dimensions
   * @param {number[]} cells
   * @param {number} scratchBytes
   */
  #describe(boids, dimensions, cells, scratchBytes) {
    this.#put(DESC.scratch, this.#plan.scratch);
    this.#put(DESC.scratchBytes, scratchBytes);
    this.#put(DESC.boids, boids);
    cells.forEach((c, axis) => this.#put(DESC.cells + 4 * axis, c));
    this.#put(DESC.dimensions, dimensions);
    this.#put(DESC.parts, 1);
  }

  /**
   * Writes the seed's first frame to a slot, under the policy of the world.
   *
   * @param {bigint} seed
   * @param {number} slot
   */
  seed(seed, slot) {
    this.#view.setBigUint64(this.#plan.desc + DESC.seed, seed, true);
    this.#put(DESC.policy, this.#plan.policy);
    this.#put(DESC.to, this.#frame(slot));
    this.#call("seed_frame", this.#plan.policy);
  }

  /**
   * Makes a call of the module on the policy of an epoch, the genome of a
   * generation and two frame slots, or throws a RangeError that names what is at
   * fault. Returns the neighbours of all boids together, of a sort those of the
   * call before it.
   *
   * @param {"sort" | "perceive" | "step"} name
   * @param {number} epoch
   * @param {number} generation
   * @param {number} from
   * @param {number} to
   * @param {boolean} renumber whether boids get new ids
   */
  run(name, epoch, generation, from, to, renumber) {
    const { layout, orders } = this.#plan;
    const policy = orders + layout.policyOffset(epoch % 2);
    this.#put(DESC.policy, policy);
    this.#put(DESC.genome, orders + layout.genomeOffset(generation % 2));
    this.#put(DESC.from, this.#frame(from));
    this.#put(DESC.to, this.#frame(to));
    this.#put(DESC.renumber, renumber ? 1 : 0);
    this.#call(name, policy);
    return Number(this.#view.getBigUint64(this.#plan.desc + DESC.neighbours, true));
  }

  /** The hash of a genome, computed where a step reads it. @param {number} generation */
  genomeHash(generation) {
    const { layout, orders, desc } = this.#plan;
    this.#put(DESC.genome, orders + layout.genomeOffset(generation % 2));
    return BigInt.asUintN(64, this.#exports.genome_hash(desc));
  }

  /** @param {Call} name @param {number} policy the address of the policy that it reads */
  #call(name, policy) {
    const status = this.#exports[name](this.#plan.desc);
    if (status === 0) return;
    const culprit = this.#view.getUint32(this.#plan.desc + DESC.culprit, true);
    const epoch = this.#view.getBigUint64(policy + POLICY_EPOCH, true);
    const words = REFUSALS[status] ?? `unknown status ${status}`;
    throw new RangeError(`${name}: ${words.replace("{epoch}", `${epoch}`).replace("{culprit}", `${culprit}`)}`);
  }

  /** @param {number} slot */
  #frame(slot) {
    return this.#plan.frames + this.#plan.layout.frameOffset(slot);
  }

  /** @param {number} at @param {number} value */
  #put(at, value) {
    this.#view.setUint32(this.#plan.desc + at, value, true);
  }
}
