/** One worker in which the roles take turns and call each other: the floor. */
import type { Config, Counters, EngineLink, EngineMemory, Frame, KernelLink, Meter, ViewerLink } from "./links.ts";

/** The links of all three roles. Nothing waits: whoever asks too early is wrong. */
export class Direct implements EngineLink {
  #memory: EngineMemory | undefined;
  #generation = 0n;
  #ordered = -1n;
  #frame: Frame | undefined;
  #used = -1n;
  #slot = 0;

  constructor(readonly config: Config, readonly meter: Meter, readonly counters: Counters) {}

  bind(memory: EngineMemory): void {
    this.#memory = memory;
  }

  acquirePolicy(epoch: bigint): bigint {
    if (epoch !== this.#ordered) throw new Error(`acquire policy ${epoch}: that of ${this.#ordered} is here`);
    return this.#generation;
  }

  loanFrame(): number {
    const slot = this.#slot;
    this.#slot = (slot + 1) % this.config.slots;
    return slot;
  }

  publishFrame(epoch: bigint, slot: number): void {
    this.#frame = { epoch, slot, data: frameOf(this.#memory, slot) };
  }

  close(): void {}

  readonly kernel: KernelLink = {
    publish: (epoch, policy, generation, genome) => {
      this.#copyOrders(epoch, policy, generation, genome);
      this.#ordered = epoch;
      this.#generation = generation;
    },
    acquireFrame: (epoch) => this.#acquire(epoch),
    releaseFrame: () => {},
    awaitUsed: (epoch) => {
      if (this.#used !== epoch) throw new Error(`await use of frame ${epoch}: that of ${this.#used} is used`);
    },
    close: () => {},
  };

  readonly viewer: ViewerLink = {
    acquireFrame: (epoch) => this.#acquire(epoch),
    acquireLatest: (epoch) => this.#acquire(epoch),
    releaseFrame: (frame) => {
      this.#used = frame.epoch;
    },
    close: () => {},
  };

  #copyOrders(epoch: bigint, policy: Uint8Array, generation: bigint, genome: Float32Array | null): void {
    this.meter.enter("copy");
    this.counters.copiedBytes += copyOrders(this.#memory, epoch, policy, generation, genome);
    this.meter.enter("compute");
  }

  #acquire(epoch: bigint): Frame {
    if (this.#frame?.epoch !== epoch) throw new Error(`acquire frame ${epoch}: that of ${this.#frame?.epoch} is here`);
    return this.#frame;
  }
}

/** The floats of a slot of the engine's memory. */
export function frameOf(memory: EngineMemory | undefined, slot: number): Float32Array {
  const data = memory?.frames[slot];
  if (!data) throw new Error(`slot ${slot} is not the engine's memory`);
  return data;
}

/** Copies a policy and, if there is one, a genome to where the step reads them. Returns the bytes. */
export function copyOrders(
  memory: EngineMemory | undefined, epoch: bigint, policy: Uint8Array, generation: bigint, genome: Float32Array | null,
): number {
  const to = memory?.policies[Number(epoch % 2n)], genes = memory?.genomes[Number(generation % 2n)];
  if (!to || !genes) throw new Error("the engine's memory is not bound");
  to.set(policy);
  if (!genome) return policy.byteLength;
  genes.set(genome);
  return policy.byteLength + genome.byteLength;
}
