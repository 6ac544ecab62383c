/** The phases of a step, compiled anew for every flock from the source text of phases.mjs. */
import { phases } from "./phases.mjs";

/** @typedef {"single" | "double"} Rounding */

let compiled = 0;

/**
 * The source text of the phases.
 *
 * @param {2 | 3} dimensions
 * @param {Rounding} rounding
 */
export function source(dimensions, rounding) {
  let text = phases.toString();
  if (dimensions === 2) text = text.replace(/^.*\/\/ z$/gm, "");
  if (rounding === "double") text = text.replaceAll("fround(", "(");
  return text;
}

/**
 * Phases of its own for one flock.
 *
 * Note: a rounding function passed as an argument, (x) => x in place of
 * Math.fround, is the obvious way to have both kinds. V8 keeps what it learns
 * about calls and types with the source position, so that the two would share it
 * and each would pay for the other. The same goes for the arrays of a second
 * flock; the number in the text keeps V8's cache from finding the first one's code.
 *
 * @param {2 | 3} dimensions
 * @param {Rounding} rounding "single" rounds every operation as IEEE float32,
 *   "double" only what is stored in a frame
 * @param {import("./phases.mjs").Memory} memory
 * @returns {import("./phases.mjs").Phases}
 */
export function compile(dimensions, rounding, memory) {
  compiled++;
  const text = `"use strict"; // flock ${compiled}\nreturn (${source(dimensions, rounding)})(memory);`;
  return new Function("memory", text)(memory);
}
