import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { PAGE_BYTES } from "../host/abi.mjs";
import { startGo } from "./kernel.ts";
import { extend, importMemory, LOW_END, newLinear, ROOM_BYTES } from "./linear.ts";

const kernel = Uint8Array.from(gunzipSync(readFileSync("browser/dist/kernel.wasm.gz")));
const low = new WebAssembly.Module(readFileSync("scenarios/flock/wasmhost/flock-low.wasm"));

interface Go {
  readonly memory: WebAssembly.Memory;
  readonly room: (bytes: number) => number;
}

/** A memory with so many bytes behind Go's room, and the kernel's module in it without a host for its link. */
function started(bytes: number): { go: Go; memory: WebAssembly.Memory; behind: Uint8Array } {
  const memory = newLinear(bytes), go = start(memory);
  extend(memory, bytes);
  return { go, memory, behind: new Uint8Array(memory.buffer, ROOM_BYTES, bytes) };
}

function start(memory: WebAssembly.Memory): Go {
  const module = new WebAssembly.Module(importMemory(kernel)), copytax: WebAssembly.ModuleImports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) if (from === "copytax") copytax[name] = () => 0;
  return startGo(module, { env: { memory }, copytax }).exports as unknown as Go;
}

test("the rewritten kernel is the same but for its memory, which it imports", () => {
  const before = new WebAssembly.Module(kernel), behind = new WebAssembly.Module(importMemory(kernel));
  assert.deepEqual(WebAssembly.Module.exports(behind), WebAssembly.Module.exports(before));
  assert.deepEqual(WebAssembly.Module.imports(behind), [...WebAssembly.Module.imports(before), { module: "env", name: "memory", kind: "memory" }]);
  const memory = newLinear(PAGE_BYTES);
  assert.equal(start(memory).memory, memory, "the memory that it exports is the very one");
  const own = new WebAssembly.Memory({ initial: 512, maximum: 65535 });
  assert.throws(() => start(own), WebAssembly.LinkError, "of one that is not shared it refuses to be");
});

test("the data of the other module ends where Go's may begin", () => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65535, shared: true });
  const { exports } = new WebAssembly.Instance(low, { env: { memory } });
  const stack = exports["__stack_pointer"] as WebAssembly.Global, end = exports["__heap_base"] as WebAssembly.Global;
  assert.equal(stack.value, 4096);
  assert.ok(end.value <= LOW_END, `${end.value}`);
  const all = new Uint8Array(memory.buffer), first = all.findIndex((b) => b !== 0), last = all.findLastIndex((b) => b !== 0);
  assert.ok(first >= 4096 && last < end.value, `data from ${first} to ${last}`);
});

test("Go's collector leaves alone what lies behind its room, however much is collected", () => {
  const { go, memory, behind } = started(16 * PAGE_BYTES), before = memory.buffer.byteLength;
  const lowest = new Uint8Array(memory.buffer, 0, LOW_END).fill(0x5a);
  behind.fill(0xa5);
  for (let i = 0; i < 400; i++) {
    const at = go.room(1 << 20) >>> 0;
    assert.ok(at >= LOW_END && at + (1 << 20) <= ROOM_BYTES, `${at}`);
    new Uint8Array(memory.buffer, at, 1 << 20).fill(i);
  }
  assert.ok(memory.buffer.byteLength < before + (64 << 20), "what was dropped has been taken again");
  assert.ok(behind.every((b) => b === 0xa5), "the engine's part has changed");
  assert.ok(lowest.every((b) => b === 0x5a), "the data of the other module has changed");
});

test("an allocation fails before Go reaches what lies behind its room", () => {
  const { go, behind } = started(PAGE_BYTES);
  behind.fill(0xa5);
  let last = 0;
  const take = (bytes: number) => (last = Math.max(last, (go.room(bytes) >>> 0) + bytes));
  for (const bytes of [64, 100, 200]) take(bytes << 20); // of which nothing can be in the place of another
  assert.ok(last > 364 << 20 && last <= ROOM_BYTES, `${last}`);
  assert.throws(() => take(200 << 20));
  assert.ok(behind.every((b) => b === 0xa5));
  assert.throws(() => newLinear(4 * 2 ** 30 - ROOM_BYTES), /a module can address/);
});

/** A module of sections, each a number and its body. */
function module(...sections: [number, number[]][]): Uint8Array {
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flatMap(([kind, body]) => [kind, body.length, ...body])]);
}

test("a module that cannot have its memory in common is refused", () => {
  const none: [number, number[]] = [2, [0]], memory: [number, number[]] = [5, [1, 0, 1]];
  const data = (...segment: number[]): [number, number[]] => [11, [1, ...segment]];
  assert.ok(WebAssembly.validate(importMemory(module(none, memory, data(0, 0x41, 0x80, 0xe0, 0, 0x0b, 1, 7)))), "data at 12288");
  for (const [bad, want] of [
    [module(memory), /no memory, or imports nothing/],
    [module(none), /no memory, or imports nothing/],
    [module(none, [5, [1, 1, 1, 2]]), /1 memories with limits of kind 1/],
    [module(none, [5, [2, 0, 1, 0, 1]]), /2 memories/],
    [module(none, [5, [1, 0, 0x81, 2]]), /257 pages/],
    [module(none, memory, data(0, 0x41, 0xff, 0xdf, 0, 0x0b, 1, 7)), /data at byte 12287/],
    [module(none, memory, data(1, 1, 7, 0)), /nowhere in particular/],
    [module(none, [5, [1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 1]]), /more than 32 bits/],
  ] as const) assert.throws(() => importMemory(bad), want);
});

test("a module that ends too early is refused, wherever it ends", () => {
  const whole = module([2, [0]], [5, [1, 0, 1]], [11, [1, 0, 0x41, 0x80, 0xe0, 0, 0x0b, 1, 7]]);
  const refused = (length: number) => {
    try {
      importMemory(whole.subarray(0, length));
      return false;
    } catch (error) {
      return error instanceof Error;
    }
  };
  const ends = Array.from({ length: whole.length }, (_, length) => length).filter((length) => !refused(length));
  assert.deepEqual(ends, [16], "behind the memory, where a module without data ends");
});
