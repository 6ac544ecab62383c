import assert from "node:assert/strict";
import { test } from "node:test";

import { Chosen } from "./readback.ts";

const config = (warmUp: number) => ({ boids: 1, slots: 3, warmUp, ticks: 60, rate: 0, latest: false });
const of = (warmUp: number, epochs: number[]) => {
  const chosen = new Chosen(config(warmUp));
  return epochs.filter((e) => chosen.has(e));
};
const every = (n: number) => Array.from({ length: n }, (_, i) => i);

test("frames outside of the window are compared", () => {
  assert.deepEqual(of(12, every(73)), [0, 1, 3, 72]);
  assert.deepEqual(of(60, [9, 14, 16, 22, 31, 80, 120]), [9, 14, 16, 120], "a viewer of the latest frame");
  assert.deepEqual(of(60, [29, 31, 120]), [29, 120], "one that is late");
  assert.deepEqual(of(60, [31, 90, 120]), [120], "one that is later");
});
