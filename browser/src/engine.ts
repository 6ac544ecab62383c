/** The engine: the physics, in Rust, on a shared memory. */
import { GENERATION_TICKS } from "../host/abi.mjs";
import { Layout } from "../host/layout.mjs";
import { newMemory, World, worldBytes } from "../host/world.mjs";
import { frameOf } from "./direct.ts";
import { create } from "./hub/region.ts";
import type { Shared } from "./hub/region.ts";
import type { Linear } from "./kernel.ts";
import { extend, newLinear, ROOM_BYTES } from "./linear.ts";
import { placeOf } from "./links.ts";
import type { EngineLink, EngineMemory, InPlaceLink, Soon } from "./links.ts";
import type { Actor, Evidence, Trial } from "./trial.ts";
import { lastEpoch, soon } from "./trial.ts";

/** A world and the memory that a link fills and reads: one of its own, or what lies behind Go's room in `linear`. */
export function newWorld(module: WebAssembly.Module, trial: Trial, linear?: WebAssembly.Memory): { world: World; memory: EngineMemory } {
  const { policy, config: { boids, slots } } = trial;
  const memory = linear ?? newMemory(), world = new World(module, boids, 3, policy, slots, memory, linear ? ROOM_BYTES : null);
  const { policies, genomes, frames } = world as unknown as Required<Pick<EngineMemory, "policies" | "genomes" | "frames">>;
  return { world, memory: { memory, policies, genomes, frames } };
}

/** A memory with room for Go and, once that has been made to follow, for a world. */
export function newLinearOf(module: WebAssembly.Module, trial: Trial): { memory: WebAssembly.Memory; extend: () => void } {
  const { policy, config: { boids, slots } } = trial;
  const bytes = worldBytes(module, boids, 3, policy, slots), memory = newLinear(bytes);
  return { memory, extend: () => extend(memory, bytes) };
}

/** The memory of a trial in which Go starts. A hub of what then follows is what `open` is given. */
export function linearOf(module: WebAssembly.Module, trial: Trial, open: (shared: Shared) => InPlaceLink): Linear {
  const { memory, extend } = newLinearOf(module, trial), { boids, slots } = trial.config;
  return {
    memory,
    started: () => {
      extend();
      return open(create(newWorld(module, trial, memory).memory, new Layout(boids, slots)));
    },
  };
}

export class Engine implements Actor {
  readonly #world: World;
  readonly #memory: EngineMemory;
  #slot: number;
  #generation = -1;
  #neighbours = 0;

  /** It has written the frame before the first tick to the last slot, which is never published. */
  constructor(readonly trial: Trial, readonly link: EngineLink, world: World, memory: EngineMemory) {
    this.#world = world;
    this.#memory = memory;
    this.#slot = trial.config.slots - 1;
    link.bind(memory);
    world.seed(trial.config.seed, this.#slot);
  }

  tick(epoch: number): Soon<void> {
    return soon(this.link.acquirePolicy(BigInt(epoch)), (generation) =>
      soon(this.link.loanFrame(BigInt(epoch)), (slot) => this.#step(epoch, Number(generation), slot)));
  }

  #step(epoch: number, generation: number, slot: number): void {
    this.#checkPolicy(epoch, generation);
    if (slot === this.#slot || !(slot in this.#memory.frames)) {
      throw new Error(`tick ${epoch}: loaned slot ${slot}, and the previous frame is in slot ${this.#slot}`);
    }
    const renumber = generation !== this.#generation;
    this.#neighbours = this.#world.run("step", epoch, generation, this.#slot, slot, renumber);
    this.#slot = slot;
    this.#generation = generation;
    this.link.publishFrame(BigInt(epoch), slot);
  }

  /** Holds the link to its promise that the policy lies where the step will read it. */
  #checkPolicy(epoch: number, generation: number): void {
    const block = this.#memory.policies[epoch % 2];
    if (!block) throw new Error("the engine has no memory for policies");
    const view = new DataView(block.buffer, block.byteOffset);
    const got = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
    if (got[0] !== BigInt(epoch) || got[1] !== BigInt(generation) || generation !== Math.floor(epoch / GENERATION_TICKS)) {
      throw new Error(`tick ${epoch}: the engine's memory holds the policy of epoch ${got[0]} and generation ${got[1]}, ` +
        `want ${epoch} and ${generation}`);
    }
  }

  evidence(): Evidence {
    const hash = this.#world.genomeHash(this.#generation);
    const place = placeOf(this.link, { epoch: BigInt(lastEpoch(this.trial.config)), slot: this.#slot, data: frameOf(this.#memory, this.#slot) });
    return {
      genome: hash.toString(16).padStart(16, "0"), meanNeighbours: this.#neighbours / this.trial.config.boids,
      ...(place ? { place } : {}),
    };
  }

  close(): void {
    this.link.close();
  }
}
