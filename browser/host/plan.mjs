// @ts-check
/** Where things lie in an engine's linear memory: planMemory of scenarios/flock/wasmhost. */
import { DESC_BYTES, MAX_PAGES, PAGE_BYTES, POLICY_BYTES, STACK_BYTES } from "./abi.mjs";
import { Layout, roundUp } from "./layout.mjs";

/**
 * Addresses in bytes: descriptors, one a thread, directly behind the module's own
 * pages; the policy of the first frame; the stacks of all threads but the first;
 * the working memory; and the regions of the layout, each whole pages.
 *
 * @typedef {Readonly<Record<"desc" | "policy" | "stacks" | "scratch" | "orders" | "frames" | "total", number>>
 *   & { readonly layout: Layout }} Plan
 */

/**
 * Plans the memory of a world, or throws a RangeError when a module cannot address it.
 *
 * @param {number} boids
 * @param {number} slots of frames
 * @param {number} own bytes that the module itself needs, a multiple of PAGE_BYTES
 * @param {number} scratchBytes what scratch_bytes says of the world and the threads
 * @param {number} threads instances of the module
 * @returns {Plan}
 */
export function planMemory(boids, slots, own, scratchBytes, threads) {
  const layout = new Layout(boids, slots);
  const desc = own;
  const policy = desc + threads * DESC_BYTES;
  const stacks = policy + POLICY_BYTES;
  const scratch = stacks + (threads - 1) * STACK_BYTES;
  const orders = roundUp(scratch + scratchBytes, PAGE_BYTES);
  const frames = orders + layout.ordersBytes;
  const total = frames + layout.framesBytes;
  if (total > MAX_PAGES * PAGE_BYTES) {
    throw new RangeError(`world of ${boids} boids and ${slots} slots: ${total} bytes, ` +
      `a module can address ${MAX_PAGES * PAGE_BYTES}`);
  }
  return { layout, desc, policy, stacks, scratch, orders, frames, total };
}
