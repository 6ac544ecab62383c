import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker, isMainThread, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";

import { Clock } from "./clock.ts";
import { answer, ask, best, newMeeting, QUICK_MS } from "./sync.ts";
import type { Round } from "./sync.ts";

if (!isMainThread) answer(workerData as SharedArrayBuffer);

test("a worker learns how far its clock is from another's", { skip: !isMainThread }, async () => {
  const meeting = newMeeting();
  const other = new Worker(fileURLToPath(import.meta.url), { workerData: meeting });
  await new Promise((resolve) => other.once("online", resolve));
  let offset: number | undefined;
  for (let i = 0; i < 20 && offset === undefined; i++) offset = ask(meeting); // it may not have begun
  // Workers of Node count from the same moment, so that next to nothing has to be added, whatever they were told of it.
  assert.ok(offset !== undefined && Math.abs(offset) < 50, `got ${offset}`);
  await other.terminate();
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
