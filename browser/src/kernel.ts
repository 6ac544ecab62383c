/** The kernel: the flock's own, in Go, as a module whose link is one of this tab. */
import { ConsoleStdout, File, OpenFile, WASI } from "@bjorn3/browser_wasi_shim";

import { FRAME_COLUMNS, GENOME_COLUMNS, POLICY_BYTES } from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";
import type { Counters, Frame, InPlaceLink, KernelLink, Meter, Place, Soon } from "./links.ts";
import type { Actor, Evidence, Trial } from "./trial.ts";
import { lastEpoch, soon } from "./trial.ts";

/** What browser/kernel exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly room: (bytes: number) => number;
  readonly text_at: () => number;
  readonly text_bytes: () => number;
  readonly open: (
    boids: number, neighbours: number, seed: bigint, warmUp: number, ticks: number, slots: number, rate: number, latest: number,
  ) => number;
  readonly begin: (epoch: bigint) => number;
  readonly tick: (epoch: bigint) => number;
  readonly evidence: () => number;
}

/** A linear memory for Go to start in. */
export interface Linear {
  readonly memory: WebAssembly.Memory;
  /** Opens the kernel's end there, once Go has started. */
  started(): InPlaceLink;
}

/** Starts a module of Go for WASI, which may write lines to the console and else has nothing. */
export function startGo(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance {
  const log = ConsoleStdout.lineBuffered((line) => console.error(`kernel: ${line}`));
  const wasi = new WASI([], [], [new OpenFile(new File([])), log, log], { debug: false });
  const instance = new WebAssembly.Instance(module, { ...imports, wasi_snapshot_preview1: wasi.wasiImport });
  wasi.initialize(instance as Parameters<typeof wasi.initialize>[0]);
  return instance;
}

/**
 * Go's memory is its own: a frame is copied into it and counted, a policy and a genome
 * are copied out of it by the link. With a Linear it is the link's, and it is told where
 * everything lies; that it has read and written there it must show.
 */
export class Kernel implements Actor {
  readonly link: KernelLink;
  readonly #exports: Exports;
  readonly #inPlace: InPlaceLink | undefined;
  #frame: Frame | undefined;
  #place: Place | undefined;

  /**
   * @param module of browser/kernel; for a Linear what importMemory made of it
   * @param mark notes when an epoch passes
   */
  constructor(
    module: WebAssembly.Module, readonly trial: Trial, link: KernelLink | Linear, readonly meter: Meter,
    readonly counters: Counters, mark: (epoch: number) => void,
  ) {
    this.#exports = startGo(module, {
      ...("started" in link ? { env: { memory: link.memory } } : {}),
      copytax: {
        publish: (epoch: bigint, policy: number, generation: bigint, genome: number) => this.#publish(epoch, policy, generation, genome),
        policy_at: (epoch: bigint) => this.#inPlace?.policyAt(epoch) ?? 0,
        genome_at: (generation: bigint) => this.#inPlace?.genomeAt(generation) ?? 0,
        frame_at: (epoch: bigint) => (this.#inPlace ? this.#held(epoch).data.byteOffset : 0),
        acquire: (epoch: bigint, into: number) => this.#acquire(epoch, into),
        release: (epoch: bigint, at: number) => this.#release(epoch, at),
        mark: (epoch: bigint) => mark(Number(epoch)),
      },
    }).exports as unknown as Exports;
    if ("started" in link) this.link = this.#inPlace = link.started();
    else this.link = link;
    const c = trial.config;
    this.#say(c.mode);
    this.#check(this.#exports.open(c.boids, c.neighbours, c.seed, c.warmUp, c.ticks, c.slots, c.rate, c.latest ? 1 : 0));
  }

  /** Publishes the policy of an epoch. */
  begin(epoch: number): void {
    this.#check(this.#exports.begin(BigInt(epoch)));
  }

  /** Ends the tick with its frame. */
  tick(epoch: number): Soon<void> {
    return soon(this.link.acquireFrame(BigInt(epoch)), (frame) => {
      this.#frame = frame;
      this.#check(this.#exports.tick(BigInt(epoch)));
      return this.trial.config.latest ? undefined : this.link.awaitUsed(BigInt(epoch));
    });
  }

  evidence(): Evidence {
    this.#check(this.#exports.evidence());
    if (this.#inPlace && this.counters.copiedBytes !== 0) throw new Error(`the kernel has copied ${this.counters.copiedBytes} bytes, and says that it copies none`);
    const [digest = "", chain = "", genome = "", ...seen] = this.#text().split("\n");
    const evidence: Evidence = { digest, chain, genome, ...(this.#place ? { place: this.#place } : {}) };
    if (this.trial.config.latest) {
      evidence.seen = seen.filter((line) => line !== "").map((line) => {
        const [epoch = "", hash = ""] = line.split(" ");
        return { epoch: Number(epoch), hash };
      });
    }
    return evidence;
  }

  close(): void {
    this.link.close();
  }

  // The memory may have grown, and its old views are of no length: each call makes its own.

  #publish(epoch: bigint, policy: number, generation: bigint, genome: number): void {
    const { buffer } = this.#exports.memory;
    const floats = GENOME_COLUMNS * stride(this.trial.config.boids);
    const genes = genome === 0 ? null : new Float32Array(buffer, genome >>> 0, floats);
    this.link.publish(epoch, new Uint8Array(buffer, policy >>> 0, POLICY_BYTES), generation, genes);
  }

  /** The frame of an epoch, which must be here. */
  #held(epoch: bigint): Frame {
    const frame = this.#frame;
    if (frame?.epoch !== epoch) throw new Error(`acquire frame ${epoch}: there is ${frame?.epoch ?? "none"}`);
    return frame;
  }

  /** The floats of a frame in Go's memory. */
  #floats(at: number): Float32Array {
    return new Float32Array(this.#exports.memory.buffer, at >>> 0, FRAME_COLUMNS * stride(this.trial.config.boids));
  }

  #acquire(epoch: bigint, into: number): void {
    const frame = this.#held(epoch);
    this.meter.enter("copy");
    this.#floats(into).set(frame.data);
    this.counters.copiedBytes += frame.data.byteLength;
    this.meter.enter("compute");
  }

  #release(epoch: bigint, at: number): void {
    const frame = this.#held(epoch);
    if (this.#inPlace && at >>> 0 !== frame.data.byteOffset) throw new Error(`the kernel has read frame ${epoch} at byte ${at >>> 0}, and it lies at ${frame.data.byteOffset}`);
    if (this.#inPlace && Number(epoch) === lastEpoch(this.trial.config)) {
      this.#place = this.#inPlace.prove({ ...frame, data: this.#floats(at) });
      if (!this.#place.holds) throw new Error(`frame ${epoch}, as the kernel has read it, does not lie in the engine's memory`);
    }
    this.link.releaseFrame(frame);
    this.#frame = undefined;
  }

  #check(ok: number): void {
    if (ok === 0) throw new Error(this.#text());
  }

  #text(): string {
    const text = new Uint8Array(this.#exports.memory.buffer, this.#exports.text_at() >>> 0, this.#exports.text_bytes());
    return new TextDecoder().decode(text.slice()); // which refuses what is shared
  }

  #say(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const at = this.#exports.room(bytes.length) >>> 0;
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes);
  }
}
