import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker, isMainThread, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";

import { Clock } from "./clock.ts";
import { answer, ask, best, newMeeting, QUICK_MS } from "./sync.ts";
import type { Round } from "./sync.ts";

/** Answers so many questions late, all to one side, as one does that shares its core. */
function answerLate(meeting: SharedArrayBuffer, times: number): void {
  const flag = new Int32Array(meeting, 0, 1), time = new Float64Array(meeting, 8, 1);
  for (let i = 0; i < times; i++) {
    while (Atomics.load(flag, 0) !== 1);
    time[0] = performance.now();
    for (const until = time[0] + 0.12; performance.now() < until;);
    Atomics.store(flag, 0, 2);
    Atomics.notify(flag, 0);
  }
}

if (!isMainThread) {
  const { meeting, late } = workerData as { meeting: SharedArrayBuffer; late: number };
  answerLate(meeting, late);
  answer(meeting);
}

/** Asks another worker, which answers so many times late. */
async function asked(late: number): Promise<number | undefined> {
  const meeting = newMeeting();
  const other = new Worker(fileURLToPath(import.meta.url), { workerData: { meeting, late } });
  await new Promise((resolve) => other.once("online", resolve));
  let offset: number | undefined;
  for (let i = 0; i < 20 && offset === undefined; i++) offset = ask(meeting); // it may not have begun
  await other.terminate();
  return offset;
}

test("a worker asks until it was answered quickly", { skip: !isMainThread }, async () => {
  const offset = await asked(400);
  assert.ok(offset !== undefined && Math.abs(offset) <= 0.03, `got ${offset}`);
});

test("a worker learns how far its clock is from another's", { skip: !isMainThread }, async () => {
  const offset = await asked(0);
  // Workers of Node count from the same moment, so that next to nothing has to be added, whatever they were told of it.
  assert.ok(offset !== undefined && Math.abs(offset) < 50, `got ${offset}`);
});

test("rounds in which a worker lost its core do not set its clock", () => {
  const round = (took: number, offset: number): Round => ({ took, offset });
  const lost = Array.from({ length: 150 }, (_, i) => round(4 + i / 100, 1 + i / 100)); // most of them, and all to one side
  const quick = [round(0.005, 3.0025), round(0, 3), round(0.01, 2.995)];
  assert.equal(best([...lost, ...quick, round(0.1, 3.05)]), 3);
  assert.equal(best(lost), undefined, "the best of them says next to nothing");
  assert.equal(best([round(QUICK_MS, 7)]), 7);
  assert.equal(best([]), undefined);
});

test("nobody answers", { skip: !isMainThread }, () => {
  assert.equal(ask(newMeeting()), undefined);
});

test("a clock counts from the moment that all know", { skip: !isMainThread }, () => {
  const now = performance.now();
  const others = new Clock(1000, 3, 1005).nanoseconds() / 1e6;
  assert.ok(others - 8 >= now && others - 8 < now + 1000, `${others} at ${now}`);
});
