/**
 * Links that post messages from worker to worker: a frame as a clone, as a buffer that
 * is handed over, or as bytes of a codec. The three links are written once; how a frame
 * travels is a {@link Parcel}'s affair.
 */
import { FRAME_COLUMNS, GENOME_COLUMNS, POLICY_BYTES } from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";
import type { Codec } from "./codec/codec.ts";
import { frameOf } from "./direct.ts";
import { Inbox } from "./inbox.ts";
import type { Message } from "./inbox.ts";
import type { Config, Counters, EngineLink, EngineMemory, Frame, KernelLink, Meter, Soon, ViewerLink } from "./links.ts";

/** A role's ports to the two others. */
export type Ports = Readonly<Partial<Record<"kernel" | "engine" | "viewer", MessagePort>>>;

/** How bodies travel. Whoever makes one charges its own work, and counts what it copies. */
export interface Parcel {
  /** Makes of floats or bytes that the caller keeps a body for each of so many readers, and sends them. */
  frame(epoch: bigint, data: Float32Array, to: readonly Inbox[]): void;
  genome(generation: bigint, data: Float32Array, to: Inbox): void;
  policy(epoch: bigint, data: Uint8Array, to: Inbox): void;
  /** Returns the floats of a frame, which are the link's until it is given back. */
  openFrame(m: Message): Float32Array;
  openGenome(m: Message, into: Float32Array): void;
  openPolicy(m: Message, into: Uint8Array): void;
  /** Gives a frame back: its memory may be used again. */
  drop(data: Float32Array, from: Inbox): void;
}

/** What a link is opened with. */
export interface Env {
  readonly config: Config;
  readonly ports: Ports;
  readonly meter: Meter;
  readonly counters: Counters;
}

class End {
  readonly config: Config;
  readonly meter: Meter;
  readonly counters: Counters;
  readonly #inboxes = new Map<string, Inbox>();

  constructor(readonly env: Env, readonly parcel: Parcel) {
    this.config = env.config;
    this.meter = env.meter;
    this.counters = env.counters;
    for (const [role, port] of Object.entries(env.ports)) this.#inboxes.set(role, new Inbox(port, env.meter));
  }

  of(role: string): Inbox {
    const inbox = this.#inboxes.get(role);
    if (!inbox) throw new Error(`no port to the ${role}`);
    return inbox;
  }

  close(): void {
    for (const inbox of this.#inboxes.values()) inbox.close();
  }
}

class Consumer extends End {
  #due = 0n;

  acquireFrame(epoch: bigint): Soon<Frame> {
    if (epoch !== this.#due) throw new Error(`acquire frame ${epoch}: ${this.#due} is due`);
    return this.of("engine").expect("frame").then((m) => {
      if (m.epoch !== epoch) throw new Error(`acquire frame ${epoch}: got ${m.epoch}`);
      return this.open(m);
    });
  }

  open(m: Message): Frame {
    this.#due = m.epoch + 1n;
    return { epoch: m.epoch, slot: -1, data: this.parcel.openFrame(m) };
  }

  releaseFrame(frame: Frame): void {
    this.parcel.drop(frame.data, this.of("engine"));
  }
}

class Kernel extends Consumer implements KernelLink {
  publish(epoch: bigint, policy: Uint8Array, generation: bigint, genome: Float32Array | null): void {
    const engine = this.of("engine");
    if (genome) this.parcel.genome(generation, genome, engine);
    this.parcel.policy(epoch, policy, engine);
  }

  async awaitUsed(epoch: bigint): Promise<void> {
    const m = await this.of("viewer").expect("used");
    if (m.epoch !== epoch) throw new Error(`await use of frame ${epoch}: got that of ${m.epoch}`);
  }
}

class Engine extends End implements EngineLink {
  #memory: EngineMemory | undefined;
  #generation = -1n;
  #slot = 0;

  bind(memory: EngineMemory): void {
    this.#memory = memory;
  }

  async acquirePolicy(epoch: bigint): Promise<bigint> {
    const kernel = this.of("kernel");
    let m = await kernel.next();
    this.meter.enter("compute");
    if (m.kind === "genome") {
      this.#generation = m.epoch;
      const into = this.#memory?.genomes[Number(m.epoch % 2n)];
      if (!into) throw new Error("the engine's memory is not bound");
      this.parcel.openGenome(m, into);
      m = await kernel.next();
      this.meter.enter("compute");
    }
    const into = this.#memory?.policies[Number(epoch % 2n)];
    if (m.kind !== "policy" || m.epoch !== epoch || !into) throw new Error(`acquire policy ${epoch}: got a ${m.kind} (${m.epoch})`);
    this.parcel.openPolicy(m, into);
    return this.#generation;
  }

  /** Copies have been made of all frames that were sent: the slots take turns. */
  loanFrame(): number {
    const slot = this.#slot;
    this.#slot = (slot + 1) % this.config.slots;
    return slot;
  }

  publishFrame(epoch: bigint, slot: number): void {
    const readers = [this.of("kernel")], viewer = this.of("viewer");
    if (!this.config.latest || this.#wanted(viewer) || epoch === BigInt(this.config.warmUp + this.config.ticks)) readers.push(viewer);
    this.parcel.frame(epoch, frameOf(this.#memory, slot), readers);
  }

  /** Whether the viewer of the latest frame has asked for one since it was sent the last. */
  #wanted(viewer: Inbox): boolean {
    let wants = false;
    while (viewer.length > 0) {
      void viewer.next();
      wants = true;
    }
    return wants;
  }
}

class Viewer extends Consumer implements ViewerLink {
  /** It asks for the next frame, and takes what came first if the last has come as well. */
  async acquireLatest(): Promise<Frame> {
    const engine = this.of("engine");
    if (engine.length === 0) engine.send({ kind: "want", epoch: 0n });
    let m = await engine.expect("frame");
    while (engine.length > 0) {
      this.parcel.drop(this.parcel.openFrame(m), engine);
      m = await engine.expect("frame");
    }
    return this.open(m);
  }

  override releaseFrame(frame: Frame): void {
    super.releaseFrame(frame);
    if (!this.config.latest) this.of("kernel").send({ kind: "used", epoch: frame.epoch });
  }
}

export function openKernel(env: Env, parcel: Parcel): KernelLink {
  return new Kernel(env, parcel);
}

export function openEngine(env: Env, parcel: Parcel): EngineLink {
  return new Engine(env, parcel);
}

export function openViewer(env: Env, parcel: Parcel): ViewerLink {
  return new Viewer(env, parcel);
}

/** Charges what is done to a phase, and counts the bytes of a body. */
class Desk {
  constructor(readonly env: Env) {}

  in<T>(phase: "copy" | "encode" | "decode" | "send", work: () => T): T {
    this.env.meter.enter(phase);
    const result = work();
    this.env.meter.enter("compute");
    return result;
  }

  copied<T extends ArrayBufferView>(body: T): T {
    this.env.counters.copiedBytes += body.byteLength;
    return body;
  }

  send(m: Message, to: Inbox, transfer: Transferable[] = []): void {
    this.env.counters.wireBytes += m.body?.byteLength ?? 0;
    this.in("send", () => to.send(m, transfer));
  }
}

/** The orders of a parcel that sends floats: they are small and rare, and cloned. */
abstract class Floats extends Desk {
  genome(generation: bigint, data: Float32Array, to: Inbox): void {
    const body = this.in("copy", () => this.copied(data.slice()));
    this.send({ kind: "genome", epoch: generation, body }, to, [body.buffer]);
  }

  policy(epoch: bigint, data: Uint8Array, to: Inbox): void {
    const body = this.in("copy", () => this.copied(data.slice()));
    this.send({ kind: "policy", epoch, body }, to, [body.buffer]);
  }

  openFrame(m: Message): Float32Array {
    if (!(m.body instanceof Float32Array) || m.body.length !== FRAME_COLUMNS * stride(this.env.config.boids)) {
      throw new Error(`frame ${m.epoch} is no ${FRAME_COLUMNS} columns of ${this.env.config.boids} floats`);
    }
    return m.body;
  }

  openGenome(m: Message, into: Float32Array): void {
    const { body } = m;
    if (!(body instanceof Float32Array) || body.length !== into.length) throw new Error(`genome ${m.epoch} has the wrong size`);
    this.in("copy", () => into.set(this.copied(body)));
  }

  openPolicy(m: Message, into: Uint8Array): void {
    const { body } = m;
    if (!(body instanceof Uint8Array) || body.length !== POLICY_BYTES) throw new Error(`policy ${m.epoch} has the wrong size`);
    this.in("copy", () => into.set(this.copied(body)));
  }
}

/**
 * A frame is cloned for each reader: postMessage copies it twice, out of the sender's
 * memory and into the receiver's. What lies in shared memory would be shared and not
 * cloned, so that it is first copied to a buffer that is not.
 */
export class Clone extends Floats implements Parcel {
  #own: Float32Array | undefined;

  frame(epoch: bigint, data: Float32Array, to: readonly Inbox[]): void {
    const own = (this.#own ??= new Float32Array(data.length));
    this.in("copy", () => own.set(this.copied(data)));
    for (const reader of to) {
      this.env.counters.copiedBytes += 2 * data.byteLength; // which is charged to send and, before the message is seen, to wait
      this.send({ kind: "frame", epoch, body: own }, reader);
    }
  }

  drop(): void {}
}

/** A frame is copied to a buffer for each reader, which is handed over, and handed back for the next but one. */
export class Transfer extends Floats implements Parcel {
  readonly #free = new Map<Inbox, Float32Array[]>();

  // Of the two readers each has its own: a buffer that one keeps for long is not missed by the other.
  frame(epoch: bigint, data: Float32Array, to: readonly Inbox[]): void {
    for (const reader of to) {
      const body = this.#buffer(reader, data.length);
      this.in("copy", () => body.set(this.copied(data)));
      this.send({ kind: "frame", epoch, body }, reader, [body.buffer]);
    }
  }

  /** A buffer that the reader has handed back, else a new one. */
  #buffer(reader: Inbox, floats: number): Float32Array {
    let free = this.#free.get(reader);
    if (!free) {
      const back: Float32Array[] = [];
      this.#free.set(reader, back);
      reader.onBack = (body) => {
        if (body instanceof Float32Array && body.length === floats) back.push(body);
      };
      free = back;
    }
    return free.pop() ?? new Float32Array(floats);
  }

  drop(data: Float32Array, from: Inbox): void {
    this.in("send", () => from.send({ kind: "back", epoch: 0n, body: data }, [data.buffer]));
  }
}

/**
 * Everything travels as the bytes of a codec, one encoding for all readers: the last one is
 * handed the very buffer that was encoded into, those before it a copy.
 */
export class Encoded extends Desk implements Parcel {
  /** One for each kind of message: those of a kind are about as long, and so are their buffers. */
  readonly #codecs: Readonly<Record<"policy" | "genome" | "frame", Codec>>;
  readonly #frame: Float32Array;

  constructor(env: Env, open: () => Codec) {
    super(env);
    this.#codecs = { policy: open(), genome: open(), frame: open() };
    this.#frame = new Float32Array(FRAME_COLUMNS * stride(env.config.boids));
  }

  frame(epoch: bigint, data: Float32Array, to: readonly Inbox[]): void {
    this.#post("frame", epoch, (codec) => codec.encodeFrame(epoch, data, this.env.config.boids), to);
  }

  genome(generation: bigint, data: Float32Array, to: Inbox): void {
    this.#post("genome", generation, (codec) => codec.encodeGenome(generation, data, this.env.config.boids), [to]);
  }

  policy(epoch: bigint, data: Uint8Array, to: Inbox): void {
    this.#post("policy", epoch, (codec) => codec.encodePolicy(data), [to]);
  }

  #post(kind: "policy" | "genome" | "frame", epoch: bigint, encode: (codec: Codec) => Uint8Array, to: readonly Inbox[]): void {
    const bytes = this.in("encode", () => this.copied(encode(this.#codecs[kind])));
    to.forEach((reader, i) => {
      const last = i === to.length - 1;
      const body = last ? bytes : this.in("copy", () => this.copied(bytes.slice()));
      if (last) this.in("encode", () => this.#codecs[kind].letGo());
      this.send({ kind, epoch, body }, reader, [body.buffer]);
    });
  }

  openFrame(m: Message): Float32Array {
    this.#open(m, (body) => this.#codecs.frame.decodeFrame(body, this.#frame, this.env.config.boids));
    this.copied(this.#frame);
    return this.#frame;
  }

  openGenome(m: Message, into: Float32Array): void {
    const { boids } = this.env.config;
    this.#open(m, (body) => this.#codecs.genome.decodeGenome(body, into, boids));
    this.env.counters.copiedBytes += 4 * GENOME_COLUMNS * stride(boids);
  }

  openPolicy(m: Message, into: Uint8Array): void {
    this.#open(m, (body) => this.#codecs.policy.decodePolicy(body, into));
    this.copied(into);
  }

  /** The header's epoch must be the one that the bytes hold. */
  #open(m: Message, decode: (body: Uint8Array) => bigint): void {
    const { body } = m;
    if (!(body instanceof Uint8Array)) throw new Error(`${m.kind} ${m.epoch} is no bytes`);
    const epoch = this.in("decode", () => decode(body));
    if (epoch !== m.epoch) throw new Error(`${m.kind} ${m.epoch} holds that of ${epoch}`);
  }

  drop(): void {}
}
