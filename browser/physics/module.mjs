/** The flock as a WebAssembly module, behind the interface that every back end has. */
import { World } from "../host/world.mjs";

/** @typedef {import("./flock.mjs").Physics} Physics */

/** @implements {Physics} */
export class ModuleFlock {
  #world;
  #slots = [0, 1]; // the frame to read, and the one to write

  /**
   * A flock at rest at the origin: fill `from` and `genome`.
   *
   * @param {WebAssembly.Module} module
   * @param {number} boids
   * @param {2 | 3} dimensions
   * @param {Uint8Array} policy its canonical form, POLICY_BYTES long
   */
  constructor(module, boids, dimensions, policy) {
    this.#world = new World(module, boids, dimensions, policy);
    this.#world.policies[0].set(policy);
  }

  get genome() {
    return this.#world.genomes[0];
  }

  get from() {
    return this.#world.frames[this.#slots[0]];
  }

  get to() {
    return this.#world.frames[this.#slots[1]];
  }

  /** The seed's first frame, written by the module to `to`. @param {bigint} seed */
  seed(seed) {
    this.#world.seed(seed, this.#slots[1]);
  }

  /** Checks the positions and sorts. @param {boolean} renumber */
  sort(renumber) {
    this.#run("sort", renumber);
  }

  /** Sorts, and adds up the neighbours. @param {boolean} renumber */
  perceive(renumber) {
    return this.#run("perceive", renumber);
  }

  /** Steps by one tick. @param {boolean} renumber */
  step(renumber) {
    return this.#run("step", renumber);
  }

  swap() {
    this.#slots.reverse();
  }

  #run(name, renumber) {
    const [from, to] = this.#slots;
    return this.#world.run(name, 0, 0, from, to, renumber);
  }
}
