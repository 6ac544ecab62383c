// The host of the module: its memory is planned as Go's, and it calls what it says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as at from "./abi.mjs";
import { roundUp, stride } from "./layout.mjs";
import { planMemory } from "./plan.mjs";
import { World, instantiate, newMemory } from "./world.mjs";

const read = (path) => readFileSync(new URL(path, import.meta.url));
const module = new WebAssembly.Module(read("../../scenarios/flock/wasmhost/flock.wasm"));
const BOIDS = 101;

/** A policy that a small flock can live by. */
function policy(epoch = 0n) {
  const bytes = new Uint8Array(at.POLICY_BYTES), view = new DataView(bytes.buffer);
  view.setBigUint64(at.POLICY_EPOCH, epoch, true);
  const floats = [
    [at.POLICY_DT, 1 / 60], [at.POLICY_RADIUS, 1], [at.POLICY_SEPARATION, 7.5], [at.POLICY_ALIGNMENT, 1],
    [at.POLICY_COHESION, 0.5], [at.POLICY_MARGIN, 0.5], [at.POLICY_WALL_GAIN, 6], [at.POLICY_MIN_SPEED, 1],
    [at.POLICY_MAX_SPEED, 3], [at.POLICY_MAX_ACCEL, 12], [at.POLICY_FIT_DECAY, 0.95],
    [at.POLICY_MAX, 2.5], [at.POLICY_MAX + 4, 2.5], [at.POLICY_MAX + 8, 2.5],
  ];
  for (const [offset, v] of floats) view.setFloat32(offset, v, true);
  return bytes;
}

/** A world of three slots, seeded in slot 0, with genes of 1. */
function world(...options) {
  const w = new World(module, BOIDS, 3, policy(), ...options);
  w.policies.forEach((p, epoch) => p.set(policy(BigInt(epoch))));
  for (const genome of w.genomes) genome.fill(1);
  w.seed(7n, 0);
  return w;
}

test("memory is planned as the host in Go plans it", () => {
  const table = read("../../scenarios/flock/wasmhost/testdata/plan.tsv").toString();
  const [head, ...rows] = table.trimEnd().split("\n").map((line) => line.split("\t"));
  assert.ok(rows.length > 0, "the table is empty");
  for (const row of rows) {
    const [boids, slots, own, scratchBytes, threads, ...want] = row.map(Number);
    const plan = planMemory(boids, slots, own, scratchBytes, threads);
    assert.deepEqual(head.slice(5).map((name) => plan[name]), want, row.join(" "));
  }
  assert.throws(() => planMemory(at.MAX_BOIDS, 2, 2 * at.PAGE_BYTES, 0, 1), /a module can address 4294901760/);
});

test("the module has the stack and the scratch of the ABI", () => {
  const exports = instantiate(module, newMemory());
  assert.equal(exports.__stack_pointer.value, at.STACK_BYTES);
  const [cells, sorted] = [27, roundUp(BOIDS, 8) + 8];
  const parts = (n) => n * (at.CANDIDATES_BYTES + 4 * (cells + 1));
  const boids = sorted * (at.ROW_BYTES + at.TOTAL_BYTES) + 4 * (3 * sorted + stride(BOIDS));
  assert.equal(exports.scratch_bytes(BOIDS, 3, 3, 3, 1), parts(1) + boids);
  assert.equal(exports.scratch_bytes(BOIDS, 3, 3, 3, at.MAX_THREADS), parts(at.MAX_THREADS) + boids);
  assert.equal(exports.scratch_bytes(BOIDS, 3, 3, 3, at.MAX_THREADS + 1), 0);
  assert.equal(exports.scratch_bytes(BOIDS, at.MAX_CELLS + 1, 1, 1, 1), 0);
});

test("a step writes the slot that it is told and no other", () => {
  const w = world(3);
  const first = w.frames[0].slice();
  assert.ok(w.run("step", 1, 1, 0, 2, false) > 0);
  assert.deepEqual(w.frames[0], first);
  assert.ok(w.frames[1].every((v) => v === 0));
  assert.notDeepEqual(w.frames[2].slice(0, BOIDS), first.slice(0, BOIDS));
  assert.equal(w.run("perceive", 0, 0, 0, 1, false), w.run("step", 0, 0, 0, 1, false));
  assert.deepEqual(w.frames[1], w.frames[2], "the same policy and genes in the other slots");
});

test("a memory that is lent holds the world", () => {
  const memory = newMemory(), w = world(2, memory);
  assert.equal(w.memory, memory);
  assert.equal(w.frames[0].buffer, memory.buffer);
});

test("the hash of a genome is that of its genes alone", () => {
  const w = world();
  w.genomes[1][at.GENE_GOAL * stride(BOIDS) + BOIDS] = 9; // padding
  const hash = w.genomeHash(0);
  assert.equal(w.genomeHash(1), hash);
  w.genomes[1][BOIDS - 1] = 2;
  assert.notEqual(w.genomeHash(1), hash);
});

test("a refusal names epoch and culprit in the words of every host", () => {
  const w = world();
  w.frames[0][4] = NaN;
  assert.throws(() => w.run("sort", 0, 0, 0, 1, false),
    { name: "RangeError", message: "sort: position of boid 4 is not a number or outside the bounds" });
  new DataView(w.policies[1].buffer, w.policies[1].byteOffset).setFloat32(at.POLICY_DT, NaN, true);
  assert.throws(() => w.run("step", 5, 0, 0, 1, false),
    { message: "step: policy of epoch 1: float at byte 16 is not finite or out of range" });
});

test("a module that is not the flock is refused", () => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  assert.throws(() => instantiate(new WebAssembly.Module(empty), newMemory()), /exports no scratch_bytes/);
});
