import assert from "node:assert/strict";
import { test } from "node:test";

import type { Account } from "./runner.ts";
import { apart, kernelTicks, phases } from "./samples.ts";
import { transport } from "./transports.ts";
import type { Role } from "./trial.ts";

const account = (role: Role, wall: Account["wall"]): Account => ({ role, evidence: {}, wall, laps: 0, copiedBytes: 0, wireBytes: 0 });
const wall = { compute: 60, copy: 20, send: 10, wait: 100 };

/** The CPU of each phase, and of all together. */
function of(way: string, used: number) {
  const m = phases([account("kernel", wall)], transport(way), used).get("kernel")!;
  return ["compute", "copy", "send", "wait"].map((phase) => m[`cpu_${phase}_ns`]);
}

test("CPU of a thread goes to work, then to calls, then to waiting", () => {
  assert.deepEqual(of("sab:park", 95), [60, 20, 10, 5]);
  assert.deepEqual(of("sab:park", 85), [60, 20, 5, 0]);
  assert.deepEqual(of("sab:park", 40), [30, 10, 0, 0], "it was kept from running in its work");
  assert.deepEqual(of("sab:spin", 135), [60, 20, 5, 50], "a spin burns, and shares what is left with the calls");
});

test("the phases of a thread add up to what it has used", () => {
  for (const used of [1, 80, 90, 250]) {
    const sum = of("sab:park", used).reduce<number>((a, v) => a + (v ?? 0), 0);
    assert.ok(Math.abs(sum - used) < 1e-9, `${sum} of ${used}`);
  }
});

test("roles in turn share a thread", () => {
  const both = phases([account("kernel", { compute: 30 }), account("engine", { compute: 70 })], transport("direct"), 50);
  assert.equal(both.get("kernel")?.["cpu_compute_ns"], 15);
  assert.equal(both.get("engine")?.["cpu_compute_ns"], 35);
});

test("what the clock cannot tell apart is a nanosecond apart", () => {
  assert.deepEqual(apart([10, 20, 0, 20, 20, 25], [5, 20, 20, 15, 20, 20]), [10, 21, 0, 22, 23, 25]);
  assert.deepEqual(apart([10, 5], [1, 1]), [10, 5], "a wrong order is for the supervisor to see");
  assert.equal(apart(undefined, undefined), undefined);
});

test("a tick that breeds is told apart from the others", () => {
  const computed = Array.from({ length: 120 }, (_, i) => ((30 + i + 1) % 60 === 0 ? 1000 : i % 2 === 0 ? 40 : 60));
  const m = kernelTicks(computed, 30);
  assert.deepEqual([m["breeding_ticks"], m["breeding_compute_mean_ns"]], [2, 1000]);
  assert.ok(m["tick_compute_p50_ns"] === 40 || m["tick_compute_p50_ns"] === 60);
  assert.ok(Math.abs(m["tick_compute_mean_ns"]! - 50) < 1, `${m["tick_compute_mean_ns"]}`);
  assert.deepEqual(kernelTicks([], 0), { breeding_ticks: 0 });
  assert.deepEqual(kernelTicks([7], 59), { breeding_compute_mean_ns: 7, breeding_ticks: 1 });
});
