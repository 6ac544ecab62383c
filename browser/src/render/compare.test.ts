import assert from "node:assert/strict";
import { test } from "node:test";

import { judge } from "./compare.ts";

const WIDTH = 40, HEIGHT = 30;

/** A picture of one colour with a block of another, so many pixels to the right. */
function picture(right: number, block = 200): Uint8Array {
  const all = new Uint8Array(4 * WIDTH * HEIGHT).fill(20);
  for (let y = 10; y < 20; y++) for (let x = 5; x < 15; x++) all.fill(block, 4 * (y * WIDTH + x + right), 4 * (y * WIDTH + x + right) + 4);
  return all;
}

const of = (drawn: Uint8Array, reference = picture(0)) => judge({ drawn, reference, sky: picture(0, 20), width: WIDTH, height: HEIGHT });

test("a picture is judged by the pixels that show boids", () => {
  assert.equal(of(picture(0)).worst, 0);
  assert.equal(of(picture(0)).boids, 100 / (WIDTH * HEIGHT));
  const one = picture(0);
  one[4 * (12 * WIDTH + 7)] = 90;
  assert.ok(of(one).worst > 0 && of(one).worst < 1, "one pixel of a hundred");
});

test("what shows something else is beyond what is allowed", () => {
  assert.ok(of(picture(3)).worst > 1, "boids that are elsewhere");
  assert.ok(of(picture(0, 20)).worst > 1, "no boids");
  assert.ok(of(picture(0, 120)).worst > 1, "boids of another colour");
  assert.ok(of(picture(0), picture(0, 20)).worst > 1, "boids where there are none");
});
