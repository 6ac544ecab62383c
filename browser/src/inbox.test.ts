import assert from "node:assert/strict";
import { test } from "node:test";

import { WallMeter } from "./clock.ts";
import { Inbox } from "./inbox.ts";
import type { Message } from "./inbox.ts";

const frame: Message = { kind: "frame", epoch: 1n };

/** An inbox and what its port says when a message has come. */
function inbox(meter: WallMeter): { inbox: Inbox; come: () => void } {
  const port = {} as MessagePort;
  const made = new Inbox(port, meter);
  return { inbox: made, come: () => port.onmessage?.({ data: frame } as MessageEvent<Message>) };
}

test("a message that comes while a role is at something else leaves its phase alone", () => {
  for (const phase of ["present", "pace", "wait"] as const) {
    const meter = new WallMeter(), { inbox: into, come } = inbox(meter);
    meter.enter(phase);
    come();
    assert.equal(meter.enter("compute"), phase);
    assert.equal(into.length, 1);
  }
});

test("who waits for a message receives it", async () => {
  const meter = new WallMeter(), { inbox: into, come } = inbox(meter);
  const next = into.next();
  come();
  assert.equal(meter.enter("receive"), "receive", "until who waits goes on");
  assert.deepEqual(await next, frame);
});
