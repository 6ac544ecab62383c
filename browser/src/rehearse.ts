/**
 * Runs a role's code before its trial, so that the browser has compiled it for good: its
 * first ticks take two to four times as long. What a module's code has become, all
 * instances of the module have; the rehearsal works on memory of its own, and leaves
 * nothing behind.
 */
import { FRAME_COLUMNS, GENERATION_TICKS } from "../host/abi.mjs";
import { Layout, stride } from "../host/layout.mjs";
import { newCounters, WallMeter } from "./clock.ts";
import { newLinearOf, newWorld } from "./engine.ts";
import { Kernel } from "./kernel.ts";
import type { Linear } from "./kernel.ts";
import { extend, newLinear, ROOM_BYTES } from "./linear.ts";
import type { Frame, KernelLink } from "./links.ts";
import { Sums } from "./sums.ts";
import type { Trial } from "./trial.ts";
import type { Display } from "./viewer.ts";

/** Ticks of a rehearsal, in which a generation is bred. */
const TICKS = GENERATION_TICKS + 1;

/** Boid-steps that the physics does at most, and the fewest steps. */
const STEPS = 1_000_000, FEWEST = 8;

/** Steps a world of the trial's size. */
export function rehearsePhysics(module: WebAssembly.Module, trial: Trial, inPlace: boolean): void {
  const linear = inPlace ? newLinearOf(module, trial) : undefined;
  linear?.extend();
  const { world } = newWorld(module, trial, linear?.memory);
  world.policies?.[0]?.set(trial.policy);
  world.seed(trial.config.seed, 0);
  const steps = Math.min(Math.max(Math.ceil(STEPS / trial.config.boids), FEWEST), 10 * TICKS);
  for (let i = 0; i < steps; i++) world.run("step", 0, 0, i % 2, 1 - (i % 2), i === 0);
}

/** Runs a kernel whose frames are all the same. */
export function rehearseKernel(module: WebAssembly.Module, trial: Trial, inPlace: boolean): void {
  const link = inPlace ? restInPlace(trial) : restOf(rest(trial));
  const kernel = new Kernel(module, trial, link, new WallMeter(), newCounters(), () => {});
  for (let epoch = 0; epoch < TICKS; epoch++) {
    kernel.begin(epoch);
    kernel.tick(epoch);
  }
}

/** A link whose frames are all one. */
function restOf(data: Float32Array): KernelLink {
  const frame: Frame = { epoch: 0n, slot: -1, data };
  return {
    publish: () => {}, releaseFrame: () => {}, awaitUsed: () => {}, close: () => {},
    acquireFrame: (epoch) => ({ ...frame, epoch }),
  };
}

/** One of a frame in Go's memory. */
function restInPlace(trial: Trial): Linear {
  const { boids, slots } = trial.config, layout = new Layout(boids, slots), frames = ROOM_BYTES + layout.ordersBytes;
  const bytes = layout.ordersBytes + layout.framesBytes, memory = newLinear(bytes);
  return {
    memory,
    started: () => {
      extend(memory, bytes);
      return {
        ...restOf(new Float32Array(memory.buffer, frames + layout.frameOffset(0), FRAME_COLUMNS * stride(boids))),
        policyAt: (epoch) => ROOM_BYTES + layout.policyOffset(Number(epoch % 2n)),
        genomeAt: (generation) => ROOM_BYTES + layout.genomeOffset(Number(generation % 2n)),
        prove: ({ data: { byteOffset, byteLength } }) => ({
          byteOffset, byteLength, plannedOffset: byteOffset, memoryBytes: memory.buffer.byteLength, holds: true,
        }),
      };
    },
  };
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
