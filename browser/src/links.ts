/**
 * What the roles of a tab need of a transport: transport.go in TypeScript.
 *
 * A link of shared memory blocks in its worker and returns values. One of messages
 * cannot, since a worker that blocks hears nothing, and returns promises; who calls
 * awaits a promise and nothing else.
 */

/** A value, or the promise of it where it has to come by a message. */
export type Soon<T> = T | Promise<T>;

/** Where a role's time goes; the names are those of Go's phases. */
export type Phase = "compute" | "encode" | "copy" | "send" | "wait" | "receive" | "decode" | "upload" | "draw" | "present" | "pace";

/** What a role's time is charged to. */
export interface Meter {
  /** Ends the phase that was entered last, which it returns, and begins another. */
  enter(phase: Phase): Phase;
}

/** What a link counts. */
export interface Counters {
  /** Payload moved from memory to memory, encoding and decoding included. */
  copiedBytes: number;
  /** Bytes that were handed to another worker as a message. */
  wireBytes: number;
}

/** The world of a trial; the rest of Go's Config is of no concern to a link. */
export interface Config {
  readonly boids: number;
  readonly slots: number;
  readonly warmUp: number;
  readonly ticks: number;
  /** Ticks a second; 0 in lock-step. */
  readonly rate: number;
  readonly latest: boolean;
}

/** A frame: eight columns of `stride(boids)` floats, in the order of abi.mjs. */
export interface Frame {
  readonly epoch: bigint;
  /** Of the engine's memory; -1 where the frame lies elsewhere. */
  readonly slot: number;
  /** Owned by the link, and valid until the frame is released. */
  readonly data: Float32Array;
}

/** Where a frame lies, in bytes: in the buffer that it is of, by the layout of the hub, and of how many the engine's memory is. */
export interface Place {
  readonly byteOffset: number;
  readonly plannedOffset: number;
  readonly byteLength: number;
  readonly memoryBytes: number;
  /** Whether that buffer is the engine's memory, and the frame lies where it is planned. */
  readonly holds: boolean;
}

/** A link of shared memory, which can show that a frame lies there. */
export interface Prover {
  prove(frame: Frame): Place;
}

/** Where a link shows that a frame lies; undefined for one that can show nothing. Throws where it is not the engine's memory. */
export function placeOf(link: object, frame: Frame): Place | undefined {
  if (!("prove" in link)) return undefined;
  const place = (link as Prover).prove(frame);
  if (!place.holds) throw new Error(`frame ${frame.epoch} does not lie in the engine's memory`);
  return place;
}

/** The kernel's end. */
export interface KernelLink {
  /**
   * Sends the policy of one tick, behind a genome when there is one. Both alias the
   * memory of the kernel's module and are the caller's again on return.
   *
   * @param policy PolicyBytes in canonical form
   * @param genome four columns, or null
   */
  publish(epoch: bigint, policy: Uint8Array, generation: bigint, genome: Float32Array | null): void;
  /** Returns the frame of an epoch once it is here. */
  acquireFrame(epoch: bigint): Soon<Frame>;
  releaseFrame(frame: Frame): void;
  /** Returns once the viewer has used the frame of an epoch. */
  awaitUsed(epoch: bigint): Soon<void>;
  close(): void;
}

/**
 * A kernel's end in whose memory the kernel's module lies as well: it copies nothing. The
 * addresses are those at which the module writes its orders; a frame's is that of its data.
 */
export interface InPlaceLink extends KernelLink, Prover {
  policyAt(epoch: bigint): number;
  genomeAt(generation: bigint): number;
}

/** The parts of the engine's memory that its link fills and reads; see World of host/world.mjs. */
export interface EngineMemory {
  readonly memory: WebAssembly.Memory;
  /** Policy of epoch e in policies[e % 2]. */
  readonly policies: readonly Uint8Array[];
  /** Genome of generation g in genomes[g % 2]. */
  readonly genomes: readonly Float32Array[];
  readonly frames: readonly Float32Array[];
}

/** The engine's end. */
export interface EngineLink {
  bind(memory: EngineMemory): void;
  /** Returns the generation of the policy of an epoch once that, and its genome, lie in the engine's memory. */
  acquirePolicy(epoch: bigint): Soon<bigint>;
  /** Returns a slot that no reader holds and that is not that of the previous frame. */
  loanFrame(epoch: bigint): Soon<number>;
  /** Sends a loaned frame to kernel and viewer. */
  publishFrame(epoch: bigint, slot: number): void;
  close(): void;
}

/** The viewer's end. */
export interface ViewerLink {
  acquireFrame(epoch: bigint): Soon<Frame>;
  /** Returns the newest frame of an epoch or a later one. */
  acquireLatest(epoch: bigint): Soon<Frame>;
  /** Gives the frame back and tells the kernel that it has been used, unless the viewer reads the latest. */
  releaseFrame(frame: Frame): void;
  close(): void;
}
