/// <reference types="node" />
/** What the tests of the hub share: workers, stamped payloads, and hubs without an engine. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";

import { PAGE_BYTES } from "../../host/abi.mjs";
import { Layout, stride } from "../../host/layout.mjs";
import type { EngineMemory } from "../links.ts";
import { Words } from "./words.ts";

/** The words of a fresh control page. */
export function freshWords(): Words {
  return new Words(new SharedArrayBuffer(PAGE_BYTES));
}

/** The text of a file of the project, which the tests run somewhere in. */
export function project(path: string): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const file = join(folder, path);
    if (existsSync(file)) return readFileSync(file, "utf8");
    if (folder === dirname(folder)) throw new Error(`no ${path} at or above ${process.cwd()}`);
  }
}

/** Starts a file as a worker with a part to play. The promise is of the one message that it posts. */
export function start<T>(url: string, part: unknown): { worker: Worker; said: Promise<T> } {
  const worker = new Worker(new URL(url), { workerData: part });
  const said = new Promise<T>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`worker ended with ${code} and without a word`)));
  });
  said.catch(() => {}); // who awaits it hears of it
  worker.unref(); // one that hangs fails its test and no more
  return { worker, said };
}

/** Fails where a promise is not kept within a bound, which is far above what it takes: whoever waits then hangs. */
export async function bounded<T>(what: string, promise: Promise<T>, ms = 20_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets a worker do nothing for a time. */
export function nap(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function base(epoch: bigint): number {
  return Math.imul(Number(BigInt.asIntN(32, epoch)) + 1, 0x9e3779b1);
}

/** Fills a payload with words that all carry an epoch. */
export function stamp(payload: Int32Array, epoch: bigint): void {
  const first = base(epoch);
  for (let i = 0; i < payload.length; i++) payload[i] = first + i;
}

export type Integrity = "whole" | "other" | "torn";

/** Reads every word of a stamped payload: all of that epoch, all of one other, or not all of one. */
export function inspect(payload: Int32Array, epoch: bigint): Integrity {
  const first = payload[0] ?? 0;
  let differing = 0;
  for (let i = 0; i < payload.length; i++) differing |= (payload[i] ?? 0) ^ ((first + i) | 0);
  if (differing !== 0) return "torn";
  return first === base(epoch) ? "whole" : "other";
}

/** The memory of an engine that has nothing but a hub, `before` bytes from its start. */
export function engineMemory(boids: number, slots: number, before = 3 * PAGE_BYTES): EngineMemory {
  const layout = new Layout(boids, slots);
  const pages = (before + layout.ordersBytes + layout.framesBytes) / PAGE_BYTES + 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const { buffer } = memory, frames = before + layout.ordersBytes;
  return {
    memory,
    policies: [0, 1].map((i) => new Uint8Array(buffer, before + layout.policyOffset(i), 256)),
    genomes: [0, 1].map((i) => new Float32Array(buffer, before + layout.genomeOffset(i), 4 * stride(boids))),
    frames: Array.from({ length: slots },
      (_, i) => new Float32Array(buffer, frames + layout.frameOffset(i), 8 * stride(boids))),
  };
}
