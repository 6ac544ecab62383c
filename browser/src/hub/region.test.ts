/// <reference types="node" />
// Where a hub lies, and that no other is joined.
import assert from "node:assert/strict";
import { test } from "node:test";

import { HEADER_BYTES, PAGE_BYTES } from "../../host/abi.mjs";
import { Layout } from "../../host/layout.mjs";
import type { Kind } from "../../host/layout.mjs";
import { Hub, create, lost, offsetsOf } from "./region.ts";
import type { Shared } from "./region.ts";
import { engineMemory } from "./testing.ts";

const BOIDS = 101, SLOTS = 3;
const layout = new Layout(BOIDS, SLOTS);

function fresh(): Shared {
  return create(engineMemory(BOIDS, SLOTS), layout);
}

/** The first bytes of a region. */
function header(shared: Shared, kind: Kind): Uint8Array {
  const buffer = kind === "control" ? shared.control : shared.memory.buffer;
  return new Uint8Array(buffer, shared.offsets[kind], HEADER_BYTES);
}

test("a hub has the views of the engine's memory", () => {
  const engine = engineMemory(BOIDS, SLOTS), shared = create(engine, layout), hub = Hub.join(shared, BOIDS, SLOTS);
  assert.deepEqual(offsetsOf(engine, layout), { orders: 3 * PAGE_BYTES, frames: 3 * PAGE_BYTES + layout.ordersBytes });
  const place = (view: Uint8Array | Float32Array | undefined) =>
    [view?.buffer === engine.memory.buffer, view?.byteOffset, view?.byteLength];
  hub.policies.forEach((p, i) => assert.deepEqual(place(p), place(engine.policies[i])));
  hub.genomes.forEach((g, i) => assert.deepEqual(place(g), place(engine.genomes[i])));
  hub.frames.forEach((f, i) => assert.deepEqual([f.slot, ...place(f.data)], [i, ...place(engine.frames[i])]));
  assert.deepEqual([hub.policies.length, hub.genomes.length, hub.frames.length], [2, 2, SLOTS]);
});

test("headers are those of the layout, and the page is empty otherwise", () => {
  const control = new SharedArrayBuffer(2 * PAGE_BYTES);
  new Uint8Array(control).fill(0xff);
  const shared = create(engineMemory(BOIDS, SLOTS), layout, control, PAGE_BYTES);
  for (const kind of ["control", "orders", "frames"] as const) {
    assert.deepEqual([...header(shared, kind).slice(0, 32)], [...layout.header(kind)], kind);
  }
  const bytes = new Uint8Array(control);
  assert.ok(bytes.subarray(0, PAGE_BYTES).every((b) => b === 0xff), "bytes before the page were written");
  assert.ok(bytes.subarray(PAGE_BYTES + 32).every((b) => b === 0), "the page holds what was there before");
});

test("a control page may lie in the engine's memory", () => {
  const engine = engineMemory(BOIDS, SLOTS), { buffer } = engine.memory;
  assert.ok(buffer instanceof SharedArrayBuffer);
  const shared = create(engine, layout, buffer, PAGE_BYTES);
  const hub = Hub.join(shared, BOIDS, SLOTS);
  hub.words.frame.post(5n);
  assert.equal(Hub.join(shared, BOIDS, SLOTS).words.frame.load(), 5n);
});

test("a header that differs in any bit is refused by the name of the field", () => {
  const fields: [name: string, from: number, to: number][] =
    [["magic", 0, 8], ["version", 8, 12], ["kind", 12, 16], ["layout hash", 16, 24], ["size", 24, 32]];
  for (const kind of ["control", "orders", "frames"] as const) {
    const shared = fresh(), bytes = header(shared, kind), hub = Hub.join(shared, BOIDS, SLOTS);
    for (const [name, from, to] of fields) {
      for (let bit = 8 * from; bit < 8 * to; bit++) {
        const at = bit >> 3, flip = () => { bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7)); };
        flip();
        const say = new RegExp(`^Error: ${kind} region at byte \\d+: ${name} `);
        assert.throws(() => Hub.join(shared, BOIDS, SLOTS), say, `bit ${bit}`);
        // Who has joined looks at it no more.
        hub.words.frame.post(BigInt(bit));
        assert.equal(hub.words.frame.load(), BigInt(bit));
        flip();
      }
    }
    assert.ok(Hub.join(shared, BOIDS, SLOTS));
  }
});

test("a hub of another layout is refused", () => {
  const shared = fresh();
  const others = [[BOIDS + 1, SLOTS], [BOIDS, SLOTS - 1], [BOIDS, SLOTS + 1], [BOIDS - 1, SLOTS]] as const;
  for (const [boids, slots] of others) {
    assert.throws(() => Hub.join(shared, boids, slots), /layout hash/, `${boids}, ${slots}`);
  }
  for (const [boids, slots] of [[-1, 3], [NaN, 3], [10, 1], [10, 99]] as const) {
    assert.throws(() => Hub.join(shared, boids, slots), RangeError, `${boids}, ${slots}`);
  }
  assert.throws(() => Hub.join(shared, 1_000_000, SLOTS), /orders region at byte \d+: \d+ bytes in all/);
});

test("a region that cannot lie where it is said to is refused by name", () => {
  const shared = fresh();
  const refuse = (change: object, say: RegExp) =>
    assert.throws(() => Hub.join({ ...shared, ...change }, BOIDS, SLOTS), say, `${say}`);
  for (const kind of ["control", "orders", "frames"] as const) {
    for (const at of [-PAGE_BYTES, 1, 0.5, NaN, Infinity, 2 ** 60, 100 * PAGE_BYTES, undefined]) {
      refuse({ offsets: { ...shared.offsets, [kind]: at } }, new RegExp(`^RangeError: ${kind} region at byte`));
    }
  }
  refuse({ offsets: { ...shared.offsets, frames: shared.offsets.orders } }, /overlaps the/);
  const within = { ...shared.offsets, control: shared.offsets.frames };
  refuse({ control: shared.memory.buffer, offsets: within }, /overlaps the/);
  refuse({ control: new ArrayBuffer(PAGE_BYTES) }, /control region at byte 0: its buffer is not shared/);
  refuse({ control: new SharedArrayBuffer(PAGE_BYTES - 1) }, /control region at byte 0: 65535 bytes in all/);
  refuse({ memory: new WebAssembly.Memory({ initial: 9 }) }, /orders region at byte \d+: its buffer is not shared/);
  refuse({ memory: { buffer: shared.memory.buffer } }, /no WebAssembly.Memory/);
});

test("a proof holds for the slots of the memory alone", () => {
  const shared = fresh(), hub = Hub.join(shared, BOIDS, SLOTS);
  for (const frame of hub.frames) {
    const proof = hub.prove(frame);
    assert.ok(proof.holds && proof.sameBuffer);
    assert.equal(proof.byteOffset, shared.offsets.frames + layout.frameOffset(frame.slot));
  }
  const [frame] = hub.frames;
  assert.ok(frame !== undefined);
  const { data } = frame, copy = new Float32Array(shared.memory.buffer.slice(0), data.byteOffset, data.length);
  assert.equal(hub.prove({ ...frame, data: copy }).sameBuffer, false, "a copy");
  for (const other of [
    { ...frame, slot: 1 }, { ...frame, slot: -1 }, { ...frame, slot: SLOTS }, { ...frame, data: copy },
    { ...frame, data: data.subarray(0, 4) }, { ...frame, data: data.subarray(4) },
  ]) {
    assert.equal(hub.prove(other).holds, false, `slot ${other.slot}, ${other.data.length} floats`);
  }
});

test("who is lost has left", () => {
  const shared = fresh(), hub = Hub.join(shared, BOIDS, SLOTS);
  lost(shared, "engine");
  assert.throws(() => hub.words.frame.await(1n, "park"), /the engine has left the hub/);
});
