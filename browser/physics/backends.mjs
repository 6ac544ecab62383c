/** The back ends of a session: JavaScript, and modules of WebAssembly. */
import { instantiate, newMemory } from "../host/world.mjs";
import { Flock } from "./flock.mjs";
import { ModuleFlock } from "./module.mjs";

/**
 * One way to compute the step: it has `make`, or `open`, or a reason.
 *
 * @typedef {object} Backend
 * @property {string} name
 * @property {string} [reason] why it cannot be used here
 * @property {boolean} [module] whether it is a module, which is rehearsed
 * @property {(boids: number, dimensions: 2 | 3, policy: Uint8Array) =>
 *   import("./flock.mjs").Physics} [make]
 * @property {(boids: number, policy: Uint8Array, genome: Float32Array) =>
 *   Promise<import("./webgpu.mjs").ComputeFlock>} [open] of a shader, which rounds in its own way
 * @property {string} [adapter] what its device calls itself
 */

/** The step in JavaScript. @returns {Backend[]} */
export function inJavaScript() {
  return [
    { name: "js", make: (...world) => new Flock(...world, "single") },
    { name: "js-double", make: (...world) => new Flock(...world, "double") },
  ];
}

/**
 * A back end that runs a module, or says why it cannot.
 *
 * @param {string} name
 * @param {() => WebAssembly.Module} compile
 * @returns {Backend}
 */
export function ofModule(name, compile) {
  try {
    const module = compile();
    instantiate(module, newMemory());
    return { name, module: true, make: (...world) => new ModuleFlock(module, ...world) };
  } catch (error) {
    return { name, reason: error.code ?? error.message };
  }
}
