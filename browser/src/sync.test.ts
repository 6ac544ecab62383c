import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker, isMainThread, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";

import { Clock } from "./clock.ts";
import { answer, ask, newMeeting } from "./sync.ts";

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

test("nobody answers", { skip: !isMainThread }, () => {
  assert.equal(ask(newMeeting()), undefined);
});

test("a clock counts from the moment that all know", { skip: !isMainThread }, () => {
  const now = performance.now();
  const others = new Clock(1000, 3, 1005).nanoseconds() / 1e6;
  assert.ok(others - 8 >= now && others - 8 < now + 1000, `${others} at ${now}`);
});
