/**
 * Runs a role's code before its trial, so that the browser has compiled it for good: its
 * first ticks take two to four times as long. What a module's code has become, all
 * instances of the module have; the rehearsal works on memory of its own, and leaves
 * nothing behind.
 */
import { FRAME_COLUMNS, GENERATION_TICKS } from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";
import { newCounters, WallMeter } from "./clock.ts";
import { newWorld } from "./engine.ts";
import { Kernel } from "./kernel.ts";
import type { Frame, KernelLink } from "./links.ts";
import { Sums } from "./sums.ts";
import type { Trial } from "./trial.ts";
import type { Display } from "./viewer.ts";

/** Ticks of a rehearsal, in which a generation is bred. */
const TICKS = GENERATION_TICKS + 1;

/** Boid-steps that the physics does at most, and the fewest steps. */
const STEPS = 1_000_000, FEWEST = 8;

/** Steps a world of the trial's size. */
export function rehearsePhysics(module: WebAssembly.Module, trial: Trial): void {
  const { world } = newWorld(module, trial);
  world.policies?.[0]?.set(trial.policy);
  world.seed(trial.config.seed, 0);
  const steps = Math.min(Math.max(Math.ceil(STEPS / trial.config.boids), FEWEST), 10 * TICKS);
  for (let i = 0; i < steps; i++) world.run("step", 0, 0, i % 2, 1 - (i % 2), i === 0);
}

/** Runs a kernel whose frames are all the same. */
export function rehearseKernel(module: WebAssembly.Module, trial: Trial): void {
  const frame: Frame = { epoch: 0n, slot: -1, data: rest(trial) };
  const link: KernelLink = {
    publish: () => {}, releaseFrame: () => {}, awaitUsed: () => {}, close: () => {},
    acquireFrame: (epoch) => ({ ...frame, epoch }),
  };
  const kernel = new Kernel(module, trial, link, new WallMeter(), newCounters(), () => {});
  for (let epoch = 0; epoch < TICKS; epoch++) {
    kernel.begin(epoch);
    kernel.tick(epoch);
  }
}

/** Shows frames that are all the same, and reads them as a viewer does. */
export async function rehearseViewer(display: Display, trial: Trial): Promise<void> {
  const sums = new Sums(trial.config.boids), data = rest(trial), meter = new WallMeter();
  for (let epoch = 0n; epoch < TICKS; epoch++) {
    const shown = display.show({ epoch, slot: -1, data }, meter);
    if (shown instanceof Promise) await shown;
    sums.survey(data);
    sums.fold(0n);
  }
}

/** A frame at rest at the origin. */
function rest(trial: Trial): Float32Array {
  return new Float32Array(FRAME_COLUMNS * stride(trial.config.boids));
}
