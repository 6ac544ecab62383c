/// <reference types="node" />
// Two workers pass a number to and fro, and the pacer tells warming up from measuring.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread, parentPort, workerData } from "node:worker_threads";

import { Pacer, pass, take } from "./handoff.ts";
import type { Order } from "./handoff.ts";
import { STRATEGIES } from "./strategy.ts";
import { bounded, start } from "./testing.ts";
import { CONTROL_BYTES } from "./words.ts";

/** A side: the writer, who says when its clock began, or the reader, who is told. */
interface Part {
  readonly order: Order;
  readonly writes: boolean;
}

if (!isMainThread) {
  const { order, writes } = workerData as Part;
  if (writes) pass(order, new Pacer(order));
  // Clocks of Node's threads count from their own starts: a second apart, no latency is below none.
  parentPort?.postMessage(writes ? "passed" : take(order, 1000));
} else {
  test("a pacer warms up for a time and a number, and then counts for both", () => {
    const pace = new Pacer({ warm_ms: 10, run_ms: 20, fewest_warm: 2, fewest: 3 });
    assert.deepEqual([0, 20, 21, 22, 40, 45, 50].map((now) => pace.next(now)), [0, 0, 1, 1, 1, 2, 2]);
    const slow = new Pacer({ warm_ms: 10, run_ms: 1, fewest_warm: 0, fewest: 2 });
    assert.deepEqual([5, 30, 99].map((now) => slow.next(now)), [0, 1, 2]);
  });

  for (const how of STRATEGIES) {
    test(`every hand-off that counts is a latency or missed: ${how}`, { timeout: 60_000 }, async () => {
      const order: Order = {
        how, gap_ms: 1, warm_ms: 5, run_ms: 30, fewest: 12, fewest_warm: 3,
        page: new SharedArrayBuffer(CONTROL_BYTES), stamp: new SharedArrayBuffer(16),
      };
      const [reader, writer] = [false, true].map((writes) => start<ReturnType<typeof take>>(import.meta.url, { order, writes } satisfies Part).said);
      const taken = await bounded("the reader", reader!);
      assert.equal(await bounded("the writer", writer!) as unknown, "passed");
      assert.ok(taken.hand_offs >= 12, `${taken.hand_offs} hand-offs`);
      assert.equal(taken.latencies_ns.length, taken.hand_offs - taken.missed);
      assert.ok(taken.latencies_ns.every((ns) => Number.isInteger(ns) && ns > 0));
    });
  }
}
