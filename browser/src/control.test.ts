import assert from "node:assert/strict";
import { test } from "node:test";

import { Session } from "./control.ts";

/** Plays lines of a supervisor, and returns what is said to each. */
async function play(...lines: string[]): Promise<Record<string, unknown>[]> {
  const said: Record<string, unknown>[] = [];
  const order = { part: "control", control: "", mark: "", page: {} as MessagePort } as const;
  const session = new Session(order, (message) => said.push(message), (code) => said.push({ kind: "closed", code }));
  for (const line of lines) session.take(`${line}\n`);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return said;
}

const assign = (change: Record<string, unknown> = {}) => JSON.stringify({
  kind: "assign",
  assign: {
    protocol: 1, role: "kernel", scenario: "flock", transport: "sab:park", of_a_later_version: [1],
    config: { boids: 10, neighbours: 8, mode: "constant-density", seed: 1, warm_up: 12, ticks: 60, slots: 3 },
    setup: { policy: Array<number>(256).fill(0), seed: "1" }, ...change,
  },
});

// docs/control-protocol.md by example, as far as no worker is needed: what a supervisor says, and what it hears.
const refusals: [name: string, lines: string[], want: RegExp][] = [
  ["another version", [assign({ protocol: 99 })], /protocol 99, this program knows 1/],
  ["a version unlike this in all else", ['{"kind":"assign","assign":{"protocol":2,"role":["engine"],"config":"of boids"}}'], /protocol 2/],
  ["no version", [assign({ protocol: undefined })], /protocol 0/],
  ["a workload that it does not know", [assign({ scenario: "fish" })], /no workload fish/],
  ["a role alone", [assign({ role: "engine" })], /assigned the engine/],
  ["a transport that it does not have", [assign({ transport: "pigeon" })], /no transport pigeon/],
  ["a way to wait that there is not", [assign({ transport: "sab:doze" })], /no transport sab:doze/],
  ["no first policy", [assign({ setup: undefined })], /no policy of the first frame/],
  ["no number of boids", [assign({ config: { boids: "many" } })], /boids is many/],
  ["an option of nobody", [assign({ config: { ...JSON.parse(assign()).assign.config, options: "wings=2" } })], /no option wings=2/],
  ["no assignment first", ['{"kind":"go"}'], /want an assignment first, got "go"/],
  ["garbage first", ["}{"], /^control plane: /],
  ["a config that is none", [assign({ config: "of boids" })], /decode the assignment: /],
  ["null for a message", ["null"], /^control plane: /],
  ["a message without a kind", ['{"key":"viewer"}'], /^control plane: a message without a kind/],
  ["two messages in a line", ['{"kind":"go"}{"kind":"exit"}'], /^control plane: /],
];
for (const [name, lines, want] of refusals) {
  test(`a page refuses: ${name}`, async () => {
    const said = await play(...lines);
    assert.equal(said.length, 2);
    assert.equal(said[0]?.["kind"], "error");
    assert.match(String(said[0]?.["error"]), want);
    assert.ok(!String(said[0]?.["error"]).includes("\n"));
    assert.deepEqual(said[1], { kind: "closed", code: 4001 });
  });
}

test("a page says what it does, and ignores what it does not know", async () => {
  const said = await play(assign({ protocol: 99 }), '{"kind":"fly","to":["the","moon"]}', '{"kind":"value","key":"a","value":"b"}', '{"kind":"status","wings":2}');
  assert.deepEqual(said.map((m) => m["kind"]), ["status", "error", "closed"]);
  assert.equal(said[0]?.["doing"], "starting");
});

test("a page refuses a message without an end, and hears no more", () => {
  const said: Record<string, unknown>[] = [], order = { part: "control", control: "", mark: "", page: {} as MessagePort } as const;
  const session = new Session(order, (message) => said.push(message), (code) => said.push({ kind: "closed", code }));
  for (let i = 0; i < 1 << 10; i++) session.take("[".repeat(1 << 10));
  session.take('\n{"kind":"status"}\n');
  assert.deepEqual(said, [{ kind: "error", error: "control plane: 1048576 bytes without an end" }, { kind: "closed", code: 4001 }]);
});

test("the loss of another role ends it", async () => {
  const said = await play(assign({ protocol: 99 }), '{"kind":"lost","key":"viewer"}');
  assert.match(String(said[0]?.["error"]), /the viewer's process has ended/);
});
