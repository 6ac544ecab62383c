/// <reference types="node" />
// How waits learn, and that they end: forecast_ and waiter_linux_test.go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread, parentPort, workerData } from "node:worker_threads";

import { FRAME_LINE, PAGE_BYTES } from "../../host/abi.mjs";
import { BLIND_SPIN_MS, PAST_GAPS, Past, WINDOW_FLOOR_MS } from "./forecast.ts";
import { ClosedError } from "./signal.ts";
import { STRATEGIES } from "./strategy.ts";
import type { Strategy } from "./strategy.ts";
import { bounded, nap, start } from "./testing.ts";
import { Crowd, Waiter } from "./waiter.ts";
import { Words } from "./words.ts";

/** What a worker does: to see every value and the payload before it, a wait for one signal. */
interface Part {
  readonly page: SharedArrayBuffer;
  readonly payload: SharedArrayBuffer;
  readonly how: Strategy;
  /** Values to see; 0 is to wait for one that never comes. */
  readonly values: number;
  /** The gaps, in milliseconds, that the waiter has seen before. */
  readonly past: readonly number[];
  /** Whether it knows that others want its core. */
  readonly crowded: boolean;
}

function play({ page, payload, how, values, past, crowded }: Part): string {
  const words = new Words(page), payloads = new Float64Array(payload), w = new Waiter(how);
  past.forEach((gap) => w.past.note(gap));
  if (crowded) w.crowd.parked = Infinity;
  try {
    if (values === 0) return `seen ${w.await(words.frame, 1n << 40n)}`;
    for (let v = 1; v <= values; v++) {
      const seen = w.await(words.frame, BigInt(v));
      if (seen < BigInt(v) || payloads[0] !== 3 * v) return `value ${v} came as ${seen} with ${payloads[0]}`;
      words.used.post(BigInt(v));
    }
    return "all";
  } catch (err) {
    return err instanceof ClosedError ? err.message : `${err}`;
  }
}

if (!isMainThread) {
  parentPort?.postMessage(play(workerData as Part));
} else {
  test("a forecast is the window that holds most of the past", () => {
    const cases: [name: string, gaps: number[], from: number, to: number, likely: boolean][] = [
      ["nothing known", [], 0, BLIND_SPIN_MS, true],
      ["too little known", [1, 1, 1], 0, BLIND_SPIN_MS, true],
      ["all at once", [0, 0, 0, 0], 0, WINDOW_FLOOR_MS, true],
      ["regular", [1, 1.05, 0.99, 1.01], 0.99, 1.188, true],
      ["one in five is late", [1, 9, 1, 1, 1], 1, 1.2, true],
      ["half and half", [0.1, 5, 0.1, 5], 0.1, 0.12, false],
      ["irregular", [0.1, 0.2, 0.4, 0.8, 1.6], 0.1, 0.12, false],
    ];
    for (const [name, gaps, from, to, likely] of cases) {
      const past = new Past();
      gaps.forEach((gap) => past.note(gap));
      const got = past.forecast();
      assert.ok(Math.abs(got.from - from) < 1e-9 && Math.abs(got.to - to) < 1e-9 && got.likely === likely,
        `${name}: got ${got.from} to ${got.to}, ${got.likely}`);
    }
  });

  test("a forecast forgets, and leaves the past in its order", () => {
    const past = new Past();
    for (let i = 0; i < PAST_GAPS; i++) past.note(1000);
    for (let i = 0; i < PAST_GAPS; i++) {
      past.forecast();
      past.note(0.1 + 0.001 * (i % 2));
    }
    assert.equal(past.forecast().from, 0.1);
  });

  test("a waiter whose core is wanted parks, ever longer, and tries again", () => {
    const c = new Crowd();
    assert.equal(c.lost(), false, "one lost slice may be chance");
    assert.equal(c.lost(), true);
    let parked = 0;
    while (c.parks()) parked++;
    assert.equal(parked, 8);
    for (let i = 0; i < 20; i++) c.lost();
    assert.equal(c.parked, 1024);
    for (let i = 0; i < 4; i++) c.calm();
    assert.deepEqual([c.score, c.penalty], [0, 8]);
    for (let i = 0; i < 512; i++) c.calm();
    c.score = 4;
    assert.equal(c.lost(), false, "512 quick waits are worth a slice");
    assert.equal(c.lost(), true);
  });

  // Every way through the policy: hit at once, spun through, slept towards and met, irregular.
  for (const how of STRATEGIES) {
    for (const crowded of [false, true]) {
      const name = `a waiter sees every post, and what was written before it: ${how}${crowded ? ", crowded" : ""}`;
      test(name, { timeout: 60_000 }, () => exchange(how, crowded));
    }

    test(`a waiter finds out that the writer has left: ${how}`, { timeout: 60_000 }, async () => {
      for (const gap of [0, 1, 3_600_000]) {
        for (const [late, crowded] of [[false, false], [true, false], [true, true]] as const) {
          const page = new SharedArrayBuffer(PAGE_BYTES), words = new Words(page);
          const past = Array<number>(PAST_GAPS).fill(gap);
          const part = { page, payload: new SharedArrayBuffer(8), how, values: 0, past, crowded };
          const { said } = start<string>(import.meta.url, part);
          if (late) {
            const until = performance.now() + 2_000; // a spinning one never sleeps
            while (words.frame.sleepers() === 0n && performance.now() < until && how !== "spin") nap(1);
            nap(5);
          }
          words.leave("engine");
          assert.equal(await bounded(`a waiter of gaps of ${gap} ms`, said), "the engine has left the hub");
          assert.equal(words.frame.sleepers(), 0n);
        }
      }
    });
  }

  /** Has a waiter see values that are posted at gaps of many kinds. */
  async function exchange(how: Strategy, crowded: boolean): Promise<void> {
    const few = Array<number[]>(8).fill([0, 3, 0.2]).flat();
    const gaps = [...Array<number>(500).fill(0), ...Array<number>(40).fill(1), ...few];
    const page = new SharedArrayBuffer(PAGE_BYTES), payload = new SharedArrayBuffer(8);
    const words = new Words(page), payloads = new Float64Array(payload);
    const { said } = start<string>(import.meta.url, { page, payload, how, values: gaps.length, past: [], crowded });
    gaps.forEach((gap, i) => { // the payload is the waiter's until it says so
      if (gap > 0) nap(gap);
      const late = performance.now() + 20_000; // this thread cannot hear that the worker has died
      while (words.used.load() < i) {
        words.used.doze(BigInt(i), 100);
        assert.ok(performance.now() < late, `the waiter hangs at value ${i}`);
      }
      payloads[0] = 3 * (i + 1);
      words.frame.post(BigInt(i + 1));
    });
    assert.equal(await bounded("the waiter", said), "all");
  }

  // A value that is taken back, or set at random, may keep a waiter waiting but never makes
  // it return one that is short of what it wants; nor do wrong numbers of sleepers.
  test("a waiter distrusts the word", { timeout: 60_000 }, async () => {
    const page = new SharedArrayBuffer(PAGE_BYTES), words = new Words(page);
    const part = { page, payload: new SharedArrayBuffer(8), how: "adaptive", values: 0, past: [], crowded: false };
    const { said } = start<string>(import.meta.url, part);
    let v = 1n;
    for (let i = 0; i < 50_000; i++) {
      v = BigInt.asUintN(64, v * 6364136223846793005n + 1442695040888963407n);
      words.store(FRAME_LINE, v >> 25n); // below what is waited for
      words.store(FRAME_LINE + 1, v);
    }
    words.store(FRAME_LINE + 1, 0n);
    words.frame.post(1n << 41n);
    words.frame.wake();
    assert.equal(await bounded("the waiter", said), `seen ${1n << 41n}`);
  });
}
