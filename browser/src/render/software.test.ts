/// <reference types="node" />
// The reference of the shader, and the comparison that holds the two together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENERGY, FITNESS, VX, VY, VZ, X, Y, Z } from "../abi.ts";
import { stride } from "../../host/layout.mjs";
import { DEFAULT_VIEW, lookAt } from "./camera.ts";
import { compare } from "./compare.ts";
import type { Look } from "./scene.ts";
import { draw } from "./software.ts";

const [WIDTH, HEIGHT] = [96, 64];
const world = { min: [0, 0, 0], max: [10, 10, 10] } as const;
const camera = lookAt(world, WIDTH / HEIGHT, { ...DEFAULT_VIEW, azimuth: 0, elevation: 0.5 });

type Boid = readonly [x: number, y: number, z: number, fitness: number];

/** Boids that fly along +x with energy to spare. */
function picture(boids: readonly Boid[], seconds = 0): Uint8Array {
  const n = boids.length, frame = new Float32Array(8 * stride(n));
  boids.forEach(([x, y, z, fitness], i) => {
    for (const [c, v] of [[X, x], [Y, y], [Z, z], [VX, 2], [VY, 0], [VZ, 0], [ENERGY, 1], [FITNESS, fitness]] as const) {
      frame[c * stride(n) + i] = v;
    }
  });
  return draw(frame, camera, lookOf(n), "bird", seconds, WIDTH, HEIGHT);
}

const lookOf = (boids: number): Look => ({ world, boids, meaning: "fitness", range: [0, 1], size: 1.2 });
const empty = picture([]), one = picture([[5, 5, 5, 0]]);

/** The columns and rows of the pixels that are not sky. */
function drawn(pixels: Uint8Array): { xs: number[]; ys: number[] } {
  const at = Array.from({ length: WIDTH * HEIGHT }, (_, i) => i).filter((i) => [0, 1, 2].some((c) => pixels[4 * i + c] !== empty[4 * i + c]));
  return { xs: at.map((i) => i % WIDTH), ys: at.map((i) => Math.floor(i / WIDTH)) };
}

const mean = (v: readonly number[]) => v.reduce((sum, x) => sum + x, 0) / v.length;

test("a boid appears where it is", () => {
  const middle = drawn(one);
  assert.ok(middle.xs.length > 20);
  assert.ok(Math.abs(mean(middle.xs) - WIDTH / 2) < 4 && Math.abs(mean(middle.ys) - HEIGHT / 2) < 4);
  assert.ok(mean(drawn(picture([[8, 5, 5, 0]])).xs) > mean(middle.xs) + 5, "right");
  assert.ok(mean(drawn(picture([[5, 8, 5, 0]])).ys) < mean(middle.ys) - 5, "up");
  assert.ok(drawn(picture([[5, 5, 9, 0]])).xs.length > middle.xs.length, "nearer is larger");
});

test("who is nearer covers who is behind, in either order", () => {
  // On the same line from the eye.
  const toward = (t: number, fitness: number) => [0, 1, 2].map((i) => 5 + t * (camera.eye[i]! - 5)).concat(fitness) as unknown as Boid;
  const near = toward(0.1, 0), far = toward(-0.1, 1), both = picture([near, far]);
  const [front, back] = [picture([near]), picture([far])], at = (p: Uint8Array, i: number) => [...p.subarray(4 * i, 4 * i + 4)].join();
  assert.deepEqual(both, picture([far, near]));
  const shared = Array.from({ length: WIDTH * HEIGHT }, (_, i) => i).filter((i) => [front, back].every((p) => at(p, i) !== at(empty, i)));
  assert.ok(shared.length > 20);
  for (const i of shared) assert.deepEqual(at(both, i), at(front, i));
});

test("wings beat", () => {
  assert.ok(compare(one, picture([[5, 5, 5, 0]], 0.2), WIDTH, HEIGHT).pixels > 0.001);
});

test("a frame of another size is refused", () => {
  assert.throws(() => draw(new Float32Array(9), camera, lookOf(1), "bird", 0, WIDTH, HEIGHT), /frame of 9 floats for 1 boids/);
});

test("pictures compare by pixels and by what lies beyond edges", () => {
  const moved = new Uint8Array(one.length);
  assert.deepEqual(compare(one, one, WIDTH, HEIGHT), { pixels: 0, beyondEdges: 0 });
  for (let i = 0; i < one.length; i++) moved[i] = one[Math.max(i - 4, i % 4)]!; // one pixel to the right
  const edges = compare(one, moved, WIDTH, HEIGHT);
  assert.ok(edges.pixels > 0.003 && edges.beyondEdges < edges.pixels / 2, JSON.stringify(edges));
  const gone = compare(one, empty, WIDTH, HEIGHT);
  assert.ok(gone.beyondEdges > gone.pixels / 2, JSON.stringify(gone));
  assert.throws(() => compare(one, one.subarray(4), WIDTH, HEIGHT), RangeError);
});
