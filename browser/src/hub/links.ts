/**
 * The ends of the transports sab:park, sab:spin, sab:adaptive and sab:one: transports/shm
 * in a tab.
 *
 * Orders and frames lie in the engine's memory, and only epochs are passed on. A frame is
 * copied by nobody. A policy and a genome are copied once, out of the memory of the
 * kernel's module, which is private; with sab:one it is the engine's, and they are not.
 * Every method blocks its worker and returns a value.
 */
import { POLICY_BYTES, POLICY_EPOCH, POLICY_GENERATION } from "../../host/abi.mjs";
import type {
  Config, Counters, EngineLink, EngineMemory, Frame, InPlaceLink, KernelLink, Meter, Prover as Proves, ViewerLink,
} from "../links.ts";
import { Follower } from "./follower.ts";
import { Reader } from "./reader.ts";
import { Hub } from "./region.ts";
import type { AddressProof, Shared } from "./region.ts";
import { ClosedError, ROLES, during } from "./signal.ts";
import type { Role, Signal } from "./signal.ts";
import type { Strategy } from "./strategy.ts";
import { Waiter } from "./waiter.ts";
import { Writer } from "./writer.ts";

/** A link that can show where a frame lies. */
export interface Prover extends Proves {
  prove(frame: Frame): AddressProof;
}

/** What the ends have in common. */
class End {
  readonly hub: Hub;
  readonly role: Role;
  readonly way: Strategy;
  readonly meter: Meter;
  readonly counters: Counters;
  #closed = false;

  constructor(shared: Shared, config: Config, meter: Meter, counters: Counters, role: Role, way: Strategy) {
    this.hub = Hub.join(shared, config.boids, config.slots);
    this.role = role;
    this.way = way;
    this.meter = meter;
    this.counters = counters;
  }

  /** Copies, and counts it: the only way by which a link does. */
  copy<T extends Uint8Array | Float32Array>(from: T, into: T | undefined): void {
    if (into === undefined) throw new Error("a hub without a slot");
    this.meter.enter("copy");
    into.set(from);
    this.counters.copiedBytes += from.byteLength;
    this.meter.enter("compute");
  }

  /** Runs what may wait in the wait phase. */
  waiting<T>(wait: () => T): T {
    this.checkOpen();
    this.meter.enter("wait");
    try {
      return wait();
    } finally {
      this.meter.enter("compute");
    }
  }

  /** Runs what tells others in the send phase. */
  sending(send: () => void): void {
    this.checkOpen();
    this.meter.enter("send");
    try {
      send();
    } finally {
      this.meter.enter("compute");
    }
  }

  await(waiter: Waiter, signal: Signal, v: bigint, what: () => string): void {
    this.waiting(() => during(what, () => waiter.await(signal, v)));
  }

  checkOpen(): void {
    if (this.#closed) throw new Error(`the ${this.role}'s link is closed`);
  }

  prove(frame: Frame): AddressProof {
    return this.hub.prove(frame);
  }

  /** Says that the role has left. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.hub.words.leave(this.role);
  }
}

/** Throws unless an acquisition is the next one: who skipped an epoch could wait for one that never comes. */
function checkTurn(what: string, epoch: bigint, due: bigint): void {
  if (epoch !== due) throw new Error(`acquire ${what} ${epoch}: ${due} is due`);
}

/** The frame that a role holds: one at most. */
class Hold {
  readonly #hub: Hub;
  #frame: Frame | null = null;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Throws while a frame is held. */
  checkFree(): void {
    if (this.#frame !== null) throw new Error(`acquire a frame: frame ${this.#frame.epoch} has not been released`);
  }

  /** The frame of a slot that has been leased. */
  take(slot: number, epoch: bigint): Frame {
    const frame = this.#hub.frames[slot];
    if (frame === undefined) throw new RangeError(`frame ${epoch} in slot ${slot} of ${this.#hub.frames.length}`);
    frame.epoch = epoch;
    return (this.#frame = frame);
  }

  /** Gives up the frame, or throws if it is not the one that is held. */
  drop(frame: Frame): void {
    if (frame !== this.#frame) throw new Error(`release frame ${frame.epoch}: it is not held`);
    this.#frame = null;
  }
}

/** Leases frames in step with the engine: what kernel and viewer have in common. */
class Consumer {
  readonly #end: End;
  readonly #reader: Reader;
  readonly #hold: Hold;
  #next = 0n; // epoch of the next acquisition

  constructor(end: End) {
    this.#end = end;
    this.#reader = new Reader(end.hub.words, end.hub.layout.slots, ROLES.indexOf(end.role));
    this.#hold = new Hold(end.hub);
  }

  acquire(epoch: bigint): Frame {
    checkTurn("frame", epoch, this.#next);
    this.#hold.checkFree();
    const slot = this.#end.waiting(() => this.#reader.lease(epoch, this.#end.way));
    this.#next++;
    return this.#hold.take(slot, epoch);
  }

  /** Ends the lease, and wakes an engine that waits for it. */
  release(frame: Frame): void {
    this.#hold.drop(frame);
    this.#reader.release();
  }
}

class Kernel implements KernelLink, Prover {
  protected readonly end: End;
  readonly #consumer: Consumer;
  readonly #used: Waiter;
  #ordered = 0n; // epoch+1 of the last policy published
  #bred = 0n; // generation of the next genome

  constructor(end: End) {
    this.end = end;
    this.#consumer = new Consumer(end);
    this.#used = new Waiter(end.way);
  }

  /**
   * The policy of two ticks ago, which this one overwrites, has been used: the kernel has
   * acquired the frame of the tick before. So has the genome of two generations ago.
   */
  publish(epoch: bigint, policy: Uint8Array, generation: bigint, genome: Float32Array | null): void {
    this.end.checkOpen();
    if (epoch !== this.#ordered) throw new Error(`publish policy ${epoch}: ${this.#ordered} is due`);
    if (policy.length !== POLICY_BYTES) {
      throw new RangeError(`publish policy ${epoch} of ${policy.length} bytes, want ${POLICY_BYTES}`);
    }
    if (genome !== null) this.#checkGenome(generation, genome);
    this.place(epoch, policy, generation, genome);
    if (genome !== null) this.#bred++;
    this.#ordered = epoch + 1n;
    this.end.sending(() => this.end.hub.words.policy.post(this.#ordered));
  }

  #checkGenome(generation: bigint, genome: Float32Array): void {
    const want = this.end.hub.genomes[0]?.length;
    if (generation !== this.#bred) throw new Error(`publish genome ${generation}: ${this.#bred} is due`);
    if (genome.length !== want) {
      throw new RangeError(`publish genome ${generation} of ${genome.length} floats, want ${want}`);
    }
  }

  /** Brings the orders to where the step reads them. */
  protected place(epoch: bigint, policy: Uint8Array, generation: bigint, genome: Float32Array | null): void {
    const { hub } = this.end;
    this.end.copy(policy, hub.policies[Number(epoch % 2n)]);
    if (genome !== null) this.end.copy(genome, hub.genomes[Number(generation % 2n)]);
  }

  /** A frame whose policy has not been published would never come. */
  acquireFrame(epoch: bigint): Frame {
    if (epoch >= this.#ordered) throw new Error(`acquire frame ${epoch}: its policy has not been published`);
    return this.#consumer.acquire(epoch);
  }

  releaseFrame(frame: Frame): void {
    this.#consumer.release(frame);
  }

  awaitUsed(epoch: bigint): void {
    this.end.await(this.#used, this.end.hub.words.used, epoch + 1n, () => `await use of frame ${epoch}`);
  }

  prove(frame: Frame): AddressProof {
    return this.end.prove(frame);
  }

  close(): void {
    this.end.close();
  }
}

/** The end of a kernel whose module lies in the hub's memory: its orders are in their place. */
class InPlaceKernel extends Kernel implements InPlaceLink {
  readonly memory: WebAssembly.Memory;

  constructor(end: End, memory: WebAssembly.Memory) {
    super(end);
    this.memory = memory;
  }

  policyAt(epoch: bigint): number {
    return given(this.end.hub.policies[Number(epoch % 2n)]).byteOffset;
  }

  genomeAt(generation: bigint): number {
    return given(this.end.hub.genomes[Number(generation % 2n)]).byteOffset;
  }

  /** Holds them to that. The memory may have grown since, and has another buffer of the same bytes then. */
  protected override place(epoch: bigint, policy: Uint8Array, generation: bigint, genome: Float32Array | null): void {
    this.#check(`policy ${epoch}`, policy, this.policyAt(epoch));
    if (genome !== null) this.#check(`genome ${generation}`, genome, this.genomeAt(generation));
  }

  #check(what: string, { buffer, byteOffset }: Uint8Array | Float32Array, planned: number): void {
    if (buffer !== this.memory.buffer) throw new Error(`publish ${what}: it does not lie in the engine's memory`);
    if (byteOffset !== planned) throw new Error(`publish ${what}: it lies at byte ${byteOffset}, want ${planned}`);
  }

  override prove(frame: Frame): AddressProof {
    return this.end.hub.prove(frame, this.memory.buffer);
  }
}

function given<T>(slot: T | undefined): T {
  if (slot === undefined) throw new Error("a hub without a slot");
  return slot;
}

class Engine implements EngineLink, Prover {
  readonly #end: End;
  readonly #writer: Writer;
  readonly #policy: Waiter;
  readonly #orders: readonly DataView[];
  #next = 0n; // epoch of the next policy
  #generation = 0n;
  #loaned = -1;
  #published = 0n; // epoch of the next frame

  constructor(end: End) {
    const { hub, way } = end;
    this.#end = end;
    this.#writer = new Writer(hub.words, hub.layout.slots);
    this.#writer.how = way;
    this.#policy = new Waiter(way);
    this.#orders = hub.policies.map((p) => new DataView(p.buffer, p.byteOffset, p.byteLength));
  }

  /** Checks that the memory is the hub; there is nothing to bind, since what is published lies in it. */
  bind(memory: EngineMemory): void {
    const { hub } = this.#end;
    const pairs: [string, readonly Float32Array[] | readonly Uint8Array[], readonly (Float32Array | Uint8Array)[]][] = [
      ["policy", memory.policies, hub.policies],
      ["genome", memory.genomes, hub.genomes],
      ["frame", memory.frames, hub.frames.map((f) => f.data)],
    ];
    for (const [what, given, planned] of pairs) {
      if (given.length !== planned.length) {
        throw new Error(`bind engine memory of ${given.length} ${what} slots, want ${planned.length}`);
      }
      planned.forEach((want, i) => {
        const got = given[i];
        if (got?.buffer !== want.buffer || got.byteOffset !== want.byteOffset || got.byteLength !== want.byteLength) {
          throw new Error(`bind engine memory: ${what} slot ${i} does not lie in the hub`);
        }
      });
    }
  }

  acquirePolicy(epoch: bigint): bigint {
    checkTurn("policy", epoch, this.#next);
    this.#end.await(this.#policy, this.#end.hub.words.policy, epoch + 1n, () => `await policy ${epoch}`);
    const order = this.#orders[Number(epoch % 2n)];
    // Both are copied out of the shared memory before they are looked at.
    const got = order?.getBigUint64(POLICY_EPOCH, true), generation = order?.getBigUint64(POLICY_GENERATION, true);
    if (got !== epoch || generation === undefined) throw new Error(`await policy ${epoch}: found that of epoch ${got}`);
    if (generation !== this.#generation && generation !== this.#generation + 1n) {
      throw new Error(`policy ${epoch} asks for generation ${generation} after ${this.#generation}`);
    }
    this.#next++;
    return (this.#generation = generation);
  }

  loanFrame(epoch: bigint): number {
    const what = () => `loan a slot for frame ${epoch}`;
    if (this.#loaned >= 0) throw new Error(`${what()}: slot ${this.#loaned} has not been published`);
    return (this.#loaned = this.#end.waiting(() => during(what, () => this.#writer.loan())));
  }

  publishFrame(epoch: bigint, slot: number): void {
    if (slot < 0 || slot !== this.#loaned) throw new Error(`publish frame ${epoch}: slot ${slot} is not on loan`);
    if (epoch !== this.#published) throw new Error(`publish frame ${epoch}: ${this.#published} is due`);
    this.#end.sending(() => this.#writer.publish(slot, epoch));
    this.#loaned = -1;
    this.#published++;
  }

  prove(frame: Frame): AddressProof {
    return this.#end.prove(frame);
  }

  close(): void {
    this.#end.close();
  }
}

/** A viewer of every frame. */
class Viewer implements ViewerLink, Prover {
  readonly #end: End;
  readonly #consumer: Consumer;

  constructor(end: End) {
    this.#end = end;
    this.#consumer = new Consumer(end);
  }

  acquireFrame(epoch: bigint): Frame {
    return this.#consumer.acquire(epoch);
  }

  acquireLatest(epoch: bigint): never {
    throw new Error(`acquire frame ${epoch} or a later one: the viewer of this trial reads every frame`);
  }

  releaseFrame(frame: Frame): void {
    const { epoch } = frame;
    this.#consumer.release(frame);
    this.#end.sending(() => this.#end.hub.words.used.post(epoch + 1n));
  }

  prove(frame: Frame): AddressProof {
    return this.#end.prove(frame);
  }

  close(): void {
    this.#end.close();
  }
}

/**
 * A viewer that follows an engine which runs on by itself. It holds one slot at most: of
 * three the engine always finds a free one beside that and the step's input. The newest
 * frame is never overwritten, so that the last of a trial is there however late it is
 * looked for.
 */
class LatestViewer implements ViewerLink, Prover {
  readonly #end: End;
  readonly #follower: Follower;
  readonly #hold: Hold;

  constructor(end: End) {
    const { words, layout } = end.hub;
    this.#end = end;
    this.#follower = Follower.follow(words, layout.slots, ROLES.indexOf(end.role), "latest");
    this.#hold = new Hold(end.hub);
  }

  /** No frame is kept for this viewer. */
  acquireFrame(epoch: bigint): never {
    throw new Error(`acquire frame ${epoch}: the viewer of this trial reads the latest`);
  }

  acquireLatest(epoch: bigint): Frame {
    this.#hold.checkFree();
    const found = this.#end.waiting(() => this.#newest(epoch));
    return this.#hold.take(found.slot, found.epoch);
  }

  #newest(epoch: bigint) {
    for (;;) {
      const found = this.#follower.acquire(this.#end.way);
      if (found.epoch >= epoch) return found;
      this.#follower.release();
    }
  }

  /** Nobody waits for the use of the frame. */
  releaseFrame(frame: Frame): void {
    this.#hold.drop(frame);
    this.#end.sending(() => this.#follower.release());
  }

  prove(frame: Frame): AddressProof {
    return this.#end.prove(frame);
  }

  close(): void {
    this.#end.close();
  }
}

/**
 * A viewer on the page's own thread, which must not block. It waits for the frame signal by
 * Atomics.waitAsync, and then acquires as any viewer does: what that looks for is there.
 */
class PageViewer implements ViewerLink, Prover {
  readonly #end: End;
  readonly #own: ViewerLink & Prover;

  constructor(end: End, own: ViewerLink & Prover) {
    this.#end = end;
    this.#own = own;
  }

  async #published(epoch: bigint): Promise<void> {
    this.#end.checkOpen();
    this.#end.meter.enter("wait");
    try {
      await this.#end.hub.words.frame.reach(epoch + 1n);
    } catch (err) {
      throw err instanceof ClosedError ? err.behind(`await frame ${epoch}`) : err;
    } finally {
      this.#end.meter.enter("compute");
    }
  }

  async acquireFrame(epoch: bigint): Promise<Frame> {
    await this.#published(epoch);
    return this.#own.acquireFrame(epoch);
  }

  async acquireLatest(epoch: bigint): Promise<Frame> {
    await this.#published(epoch);
    return this.#own.acquireLatest(epoch);
  }

  releaseFrame(frame: Frame): void {
    this.#own.releaseFrame(frame);
  }

  prove(frame: Frame): AddressProof {
    return this.#own.prove(frame);
  }

  close(): void {
    this.#own.close();
  }
}

/** Opens the kernel's end. Throws an Error that names what is wrong with the hub. */
export function openKernel(
  shared: Shared, config: Config, meter: Meter, counters: Counters, way: Strategy,
): KernelLink & Prover {
  return new Kernel(new End(shared, config, meter, counters, "kernel", way));
}

/** Opens the end of a kernel whose module lies in the hub's memory. */
export function openInPlaceKernel(shared: Shared, config: Config, meter: Meter, counters: Counters, way: Strategy): InPlaceLink {
  return new InPlaceKernel(new End(shared, config, meter, counters, "kernel", way), shared.memory);
}

/**
 * Opens the engine's end, once a hub. The link copies nothing, and counts nothing but what
 * it would. `shared` must be what create returned in this very worker: one that came back by a
 * message has the same memory in another object, and bind would refuse the engine's.
 */
export function openEngine(
  shared: Shared, config: Config, meter: Meter, counters: Counters, way: Strategy,
): EngineLink & Prover {
  return new Engine(new End(shared, config, meter, counters, "engine", way));
}

/**
 * Opens the viewer's end on the page's own thread. Throws where who waits spins: nothing
 * else would happen there meanwhile, drawing included.
 */
export function openViewerOnPage(
  shared: Shared, config: Config, meter: Meter, counters: Counters, way: Strategy,
): ViewerLink & Prover {
  if (way !== "park") throw new Error(`a viewer on the page's own thread cannot wait by ${way}: it would block the page`);
  const end = new End(shared, config, meter, counters, "viewer", way);
  return new PageViewer(end, config.latest ? new LatestViewer(end) : new Viewer(end));
}

/** Opens the viewer's end: of every frame, or of the latest if the trial is one of that kind. */
export function openViewer(
  shared: Shared, config: Config, meter: Meter, counters: Counters, way: Strategy,
): ViewerLink & Prover {
  const end = new End(shared, config, meter, counters, "viewer", way);
  return config.latest ? new LatestViewer(end) : new Viewer(end);
}
