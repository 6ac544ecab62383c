/** The kernel: the flock's own, in Go, as a module whose link is one of this tab. */
import { ConsoleStdout, File, OpenFile, WASI } from "@bjorn3/browser_wasi_shim";

import { FRAME_COLUMNS, GENOME_COLUMNS, POLICY_BYTES } from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";
import type { Counters, Frame, KernelLink, Meter, Soon } from "./links.ts";
import type { Actor, Evidence, Trial } from "./trial.ts";
import { soon } from "./trial.ts";

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

/**
 * Go's memory is its own: a frame is copied into it and counted, a policy and a genome
 * are copied out of it by the link.
 */
export class Kernel implements Actor {
  readonly #exports: Exports;
  #frame: Frame | undefined;

  /**
   * @param module of browser/kernel
   * @param mark notes when an epoch passes
   */
  constructor(
    module: WebAssembly.Module, readonly trial: Trial, readonly link: KernelLink, readonly meter: Meter,
    readonly counters: Counters, mark: (epoch: number) => void,
  ) {
    const log = ConsoleStdout.lineBuffered((line) => console.error(`kernel: ${line}`));
    const wasi = new WASI([], [], [new OpenFile(new File([])), log, log], { debug: false });
    const instance = new WebAssembly.Instance(module, {
      wasi_snapshot_preview1: wasi.wasiImport,
      copytax: {
        publish: (epoch: bigint, policy: number, generation: bigint, genome: number) => this.#publish(epoch, policy, generation, genome),
        acquire: (epoch: bigint, into: number) => this.#acquire(epoch, into),
        release: () => this.#release(),
        mark: (epoch: bigint) => mark(Number(epoch)),
      },
    });
    this.#exports = instance.exports as unknown as Exports;
    wasi.initialize(instance as Parameters<typeof wasi.initialize>[0]);
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
    const [digest = "", chain = "", genome = "", ...seen] = this.#text().split("\n");
    const evidence: Evidence = { digest, chain, genome };
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
    const genes = genome === 0 ? null : new Float32Array(buffer, genome, floats);
    this.link.publish(epoch, new Uint8Array(buffer, policy, POLICY_BYTES), generation, genes);
  }

  #acquire(epoch: bigint, into: number): void {
    const frame = this.#frame;
    if (frame?.epoch !== epoch) throw new Error(`acquire frame ${epoch}: there is ${frame?.epoch ?? "none"}`);
    this.meter.enter("copy");
    new Float32Array(this.#exports.memory.buffer, into, FRAME_COLUMNS * stride(this.trial.config.boids)).set(frame.data);
    this.counters.copiedBytes += frame.data.byteLength;
    this.meter.enter("compute");
  }

  #release(): void {
    if (this.#frame) this.link.releaseFrame(this.#frame);
    this.#frame = undefined;
  }

  #check(ok: number): void {
    if (ok === 0) throw new Error(this.#text());
  }

  #text(): string {
    return new TextDecoder().decode(new Uint8Array(this.#exports.memory.buffer, this.#exports.text_at(), this.#exports.text_bytes()));
  }

  #say(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const at = this.#exports.room(bytes.length);
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes);
  }
}
