// Holds the layout of JavaScript to the table that the Go side writes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { MAX_BOIDS, MAX_PAYLOAD, MAX_SLOTS } from "./abi.mjs";
import { Layout } from "./layout.mjs";

const TABLE = new URL("../../zerocopy/testdata/layout.tsv", import.meta.url);

function rows() {
  const [head, ...body] = readFileSync(TABLE, "utf8").trimEnd().split("\n").map((line) => line.split("\t"));
  assert.ok(body.length > 0, "the table is empty");
  return body.map((cells) => new Map(head.map((name, i) => [name, cells[i]])));
}

function measured(l) {
  const hex = (bytes) => Buffer.from(bytes).toString("hex");
  return {
    policy0: l.policyOffset(0),
    policy1: l.policyOffset(1),
    genome0: l.genomeOffset(0),
    genome1: l.genomeOffset(1),
    genomeBytes: l.genomeBytes,
    ordersBytes: l.ordersBytes,
    frame0: l.frameOffset(0),
    frame1: l.frameOffset(1),
    frameLast: l.frameOffset(l.slots - 1),
    frameBytes: l.frameBytes,
    slotBytes: l.slotBytes,
    framesBytes: l.framesBytes,
    hash: l.hash().toString(16).padStart(16, "0"),
    headerControl: hex(l.header("control")),
    headerOrders: hex(l.header("orders")),
    headerFrames: hex(l.header("frames")),
  };
}

test("every layout of the table is the same here", () => {
  for (const row of rows()) {
    const given = ["boids", "slots", "payload"].map((name) => Number(row.get(name)));
    const got = measured(new Layout(...given));
    assert.equal(row.size, given.length + Object.keys(got).length, "a column that this test does not know");
    for (const [name, value] of Object.entries(got)) {
      assert.equal(String(value), row.get(name), `${name} of layout ${given.join(", ")}`);
    }
  }
});

test("a layout that no hub has is refused", () => {
  const bad = [
    [-1, 3, 0], [MAX_BOIDS + 1, 3, 0], [1.5, 3, 0], [NaN, 3, 0], [0, 1, 0], [0, MAX_SLOTS + 1, 0],
    [0, 3, 4], [0, 3, -8], [0, 3, MAX_PAYLOAD + 8], [1, 3, 64],
  ];
  for (const [boids, slots, payload] of bad) {
    assert.throws(() => new Layout(boids, slots, payload), RangeError, `${boids}, ${slots}, ${payload}`);
  }
});
