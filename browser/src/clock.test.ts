import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Turns, WallMeter } from "./clock.ts";

test("a role is charged for its own turns alone, also when the window ends", () => {
  let now = 0; // ms
  const clock = mock.method(performance, "now", () => now);
  const first = new WallMeter(), second = new WallMeter(), turns = new Turns(first);
  const count = (on: boolean) => [first, second].forEach((m) => m.count(on));
  now += 1; // in front of the window
  count(true);
  for (let tick = 0; tick < 2; tick++) {
    turns.turn(first);
    now += 2;
    turns.enter("copy");
    now += 3;
    turns.enter("compute");
    turns.turn(second);
    now += 20;
  }
  count(false);
  now += 100; // behind it
  turns.turn(first);
  clock.mock.restore();
  assert.deepEqual(first.laps, { compute: 4, copy: 6 });
  assert.deepEqual(second.laps, { compute: 40 });
});
