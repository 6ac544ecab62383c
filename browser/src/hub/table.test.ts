/// <reference types="node" />
// Holds the protocol to the table of steps that the Go package writes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { LINES, OWNER_LINE } from "../../host/abi.mjs";
import { Follower } from "./follower.ts";
import type { Mode } from "./follower.ts";
import { PingPong, PingPongReader } from "./pingpong.ts";
import { Reader } from "./reader.ts";
import { ClosedError, ROLES } from "./signal.ts";
import { freshWords, project } from "./testing.ts";
import { BlockedError, Writer } from "./writer.ts";

/** What an operation is answered where it fails. */
function failed(err: unknown, other: string): string {
  if (err instanceof ClosedError) return `closed ${err.roles}`;
  if (err instanceof BlockedError) return `blocked slot ${err.slot} reader ${err.reader}`;
  assert.ok(err instanceof Error && other !== "", `${err}`);
  return other;
}

function attempt(other: string, act: () => string): string {
  try {
    return act();
  } catch (err) {
    return failed(err, other);
  }
}

/** A hub, and those who use it in turn. */
class Conversation {
  readonly words = freshWords();
  readonly #before = new BigUint64Array(LINES);
  readonly #writer: Writer;
  readonly #readers = new Map<number, Reader>();
  readonly #followers = new Map<number, Follower>();
  readonly #joining = new Map<number, (() => void)[]>();
  readonly #pongs = new Map<number, PingPongReader>();

  constructor(slots: number) {
    this.#writer = new Writer(this.words, slots);
    this.#writer.how = "spin";
    this.#writer.limitMs = 1e-6;
  }

  /** The words that are others than at the last call, by their lines. */
  changed(): string {
    const changes: string[] = [];
    for (let line = 1; line < LINES; line++) {
      let v = this.words.load(line);
      if (line >= OWNER_LINE && v > 1n) v = 1n; // the owner's number is anybody's choice
      if (v !== this.#before[line]) changes.push(`${line}=${v}`);
      this.#before[line] = v;
    }
    return changes.length > 0 ? changes.join(" ") : "-";
  }

  /** Does what a row says, and returns the answer. */
  act(op: string, by: number, a: string, b: string): string {
    const act = this.#writing(op, a, b) ?? this.#signalling(op, a) ?? this.#reading(op, by, a, b) ??
      this.#following(op, by, a) ?? this.#watching(op, by, a);
    assert.ok(act !== undefined, `operation ${op} is not known`);
    return act() ?? "ok";
  }

  #writing(op: string, a: string, b: string): (() => string | void) | undefined {
    const writer = this.#writer, slot = Number(a);
    switch (op) {
      case "hub": return () => "ok";
      case "loan": return () => attempt("", () => `slot ${writer.loan()}`);
      case "publish": return () => void writer.publish(slot, BigInt(b));
      case "wanted": return () => `${writer.wanted(slot)}`;
      case "mark": return () => writer.mark(slot);
      case "settle": return () => `${writer.settle(slot)}`;
    }
    return undefined;
  }

  #signalling(op: string, a: string): (() => string | void) | undefined {
    const { words } = this;
    switch (op) {
      case "gone": return () => {
        const role = ROLES.find((name) => name === a);
        assert.ok(role !== undefined, `role ${a}`);
        words.leave(role);
      };
      case "sleeper": return () => words.free.enlist();
      case "post-policy": return () => void words.policy.post(BigInt(a));
      case "await-policy": return () => attempt("", () => `seen ${words.policy.await(BigInt(a), "park")}`);
    }
    return undefined;
  }

  #reading(op: string, by: number, a: string, b: string): (() => string | void) | undefined {
    const { words } = this, reader = () => found(this.#readers, by);
    switch (op) {
      case "store": return () => words.store(Number(a), BigInt(b));
      case "reclaim": return () => words.reclaim(by);
      case "reader": return () => void this.#readers.set(by, new Reader(words, this.#writer.slots, by));
      case "lease": return () => attempt("overwritten", () => `slot ${reader().lease(BigInt(a), "spin")}`);
      case "sees": return () => `${reader().sees(Number(a), BigInt(b))}`;
      case "claim": return () => reader().claim(Number(a));
      case "release": return () => reader().release();
    }
    return undefined;
  }

  #following(op: string, by: number, a: string): (() => string | void) | undefined {
    const follower = () => found(this.#followers, by);
    switch (op) {
      case "index": return () => attempt("taken", () => {
        const f = Follower.claim(this.words, this.#writer.slots, by, a as Mode);
        this.#followers.set(by, f);
        this.#joining.set(by, f.joining());
        return "ok";
      });
      case "join": return () => {
        found(this.#joining, by)[Number(a)]?.();
        return `next ${follower().next}`;
      };
      case "acquire": return () => attempt("contradiction", () => {
        const { slot, epoch } = follower().acquire("spin");
        return `slot ${slot} epoch ${epoch}`;
      });
      case "done": return () => {
        follower().release();
        return `skipped ${follower().skipped} next ${follower().next}`;
      };
      case "leave": return () => follower().leave();
    }
    return undefined;
  }

  #watching(op: string, by: number, a: string): (() => string | void) | undefined {
    const pong = () => found(this.#pongs, by), epoch = BigInt(/^\d+$/.test(a) ? a : 0);
    switch (op) {
      case "pong-loan": return () => `slot ${new PingPong(this.words).loan(epoch)}`;
      case "pong-publish": return () => void new PingPong(this.words).publish(epoch);
      case "pong-reader": return () => void this.#pongs.set(by, new PingPongReader(this.words));
      case "pong-acquire": return () => attempt("", () => {
        const { slot, epoch } = pong().acquire("spin");
        return `slot ${slot} epoch ${epoch}`;
      });
      case "pong-release": return () => `${pong().release()}`;
    }
    return undefined;
  }
}

function found<T>(all: Map<number, T>, by: number): T {
  const one = all.get(by);
  assert.ok(one !== undefined, `nobody is reader ${by}`);
  return one;
}

test("every step of the table has the answer and the words that Go's has", () => {
  const [head, ...rows] = project("zerocopy/hub/testdata/steps.tsv").trimEnd().split("\n");
  assert.equal(head, "conversation\top\tby\ta\tb\tanswer\twords");
  assert.ok(rows.length > 1000, `${rows.length} rows`);
  let all: Conversation | undefined;
  rows.forEach((row, i) => {
    const [, op = "", by = "", a = "", b = "", answer, words] = row.split("\t");
    if (op === "hub") all = new Conversation(Number(a));
    assert.ok(all !== undefined, "the first row makes no hub");
    const got = all.act(op, Number(by), a, b);
    assert.deepEqual([got, all.changed()], [answer, words], `line ${i + 2}: ${row}`);
  });
});
