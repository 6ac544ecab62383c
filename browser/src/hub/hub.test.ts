/// <reference types="node" />
// One thread's view of writer, readers and signals: slots_, follower_, pingpong_ and hostile_linux_test.go.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  CLOSED_LINE, CURSOR_LINE, FRAME_LINE, FREE_LINE, LEASE_LINE, LINES, LINE_BYTES, MAX_READERS, MAX_SLOTS, OVERRUN_LINE,
  OWNER_LINE, POLICY_LINE, SLOT_LINE, TORN_LINE, USED_LINE,
} from "../../host/abi.mjs";
import { Follower } from "./follower.ts";
import { PingPong, PingPongReader } from "./pingpong.ts";
import { Reader } from "./reader.ts";
import { ClosedError, ROLES } from "./signal.ts";
import { STRATEGIES } from "./strategy.ts";
import { freshWords, inspect, stamp } from "./testing.ts";
import { CONTROL_BYTES, Words } from "./words.ts";
import { BlockedError, Writer } from "./writer.ts";

test("words do not share lines", () => {
  const at = new Map([[0, "header"]]);
  const claim = (line: number, who: string) => {
    assert.equal(at.get(line), undefined, `line ${line} is of ${who}, too`);
    at.set(line, who);
  };
  for (const line of [POLICY_LINE, FRAME_LINE, USED_LINE, FREE_LINE]) {
    claim(line, "a signal");
    claim(line + 1, "sleepers");
  }
  for (let i = 0; i < MAX_SLOTS; i++) claim(SLOT_LINE + i, "slot");
  for (let i = 0; i < MAX_READERS; i++) {
    claim(LEASE_LINE + i, "lease");
    claim(CURSOR_LINE + i, "cursor");
    claim(OWNER_LINE + i, "owner");
  }
  for (const line of [CLOSED_LINE, OVERRUN_LINE, TORN_LINE]) claim(line, "a word");
  assert.equal(at.size, LINES);
});

test("a page that is short or at an odd byte has no words", () => {
  assert.throws(() => new Words(new SharedArrayBuffer(CONTROL_BYTES - 1)), RangeError);
  const long = new SharedArrayBuffer(2 * CONTROL_BYTES);
  for (const at of [-LINE_BYTES, 8, 0.5, NaN, CONTROL_BYTES + LINE_BYTES, 2 ** 53]) {
    assert.throws(() => new Words(long, at), RangeError, `${at}`);
  }
  assert.ok(new Words(long, CONTROL_BYTES));
});

test("a word behind an offset lies there and nowhere else", () => {
  const buffer = new SharedArrayBuffer(2 * CONTROL_BYTES), words = new Words(buffer, CONTROL_BYTES);
  words.frame.post(0x0102n);
  const bytes = new Uint8Array(buffer);
  const at = CONTROL_BYTES + FRAME_LINE * LINE_BYTES;
  assert.deepEqual([...bytes.keys()].filter((i) => bytes[i] !== 0), [at, at + 1]);
});

test("a loan skips what is leased and what is current", () => {
  const words = freshWords(), w = new Writer(words, 3), r = new Reader(words, 3, 0);
  const first = w.loan();
  assert.notEqual(first, 2, "slot 2 holds the initial frame");
  w.publish(first, 0n);
  assert.equal(r.lease(0n, "spin"), first);
  for (let epoch = 1n; epoch < 10n; epoch++) {
    const slot = w.loan();
    assert.notEqual(slot, first, `loan ${epoch} is what is leased`);
    w.publish(slot, epoch);
  }
  assert.equal(w.blocked, 0, "loans had to wait with a slot free");
  assert.throws(() => r.lease(3n, "spin"), /frame 3 was overwritten before it was leased; the newest is 9/);
});

for (const how of STRATEGIES) {
  test(`a loan that is blocked names the reader, and ends when it has left: ${how}`, () => {
    for (const mode of ["every", "latest"] as const) {
      const words = freshWords(), w = new Writer(words, 2);
      w.how = how;
      w.limitMs = 1e-6;
      w.publish(w.loan(), 0n);
      const f = Follower.follow(words, 2, 7, mode, 4711n);
      const { slot } = f.acquire(how);
      w.publish(w.loan(), 1n); // the slot of the initial frame
      assert.throws(() => w.loan(), (err) => err instanceof BlockedError && err.reader === 7 && err.slot === slot &&
        err.message.includes("reader 7 (owner 4711)"), mode);
      assert.equal(w.blocked, 1);
      words.leave("viewer");
      assert.throws(() => w.loan(), /every slot is needed by a reader: the viewer has left the hub/);
      assert.equal(words.free.sleepers(), 0n, "a sleeper is counted who is awake");
      f.release();
      assert.equal(w.loan(), slot, "a slot that is free is loaned, whoever has left");
    }
  });

  test(`a wait for what is there or for who has left ends at once: ${how}`, () => {
    const words = freshWords(), r = new Reader(words, 3, 1);
    words.frame.post(2n);
    assert.equal(r.await(2n, how), 2n);
    words.leave("engine");
    assert.equal(r.await(1n, how), 2n, "what was posted before is lost");
    assert.throws(() => r.await(3n, how), /^ClosedError: the engine has left the hub$/);
    assert.equal(words.frame.sleepers(), 0n);
    assert.throws(() => r.await(1n << 64n, how), RangeError);
  });
}

test("an error names all who have left", () => {
  const words = freshWords();
  words.leave("viewer");
  assert.throws(() => words.free.await(1n, "park"), /^ClosedError: the viewer has left the hub$/);
  words.leave("kernel");
  assert.throws(() => words.free.await(1n, "spin"), /^ClosedError: the kernel and the viewer have left the hub$/);
  assert.deepEqual(words.left(), ["kernel", "viewer"]);
});

test("who posts and leaves is not said to have left before", () => {
  const words = freshWords();
  words.frame.post(3n);
  words.leave("engine");
  words.frame.checkLeft(3n); // by whom has looked at the value before the post
  assert.throws(() => words.frame.checkLeft(4n), ClosedError);
});

test("a frame signal that goes back under a reader's look gives it no frame twice", () => {
  const words = freshWords(), w = new Writer(words, 3), f = Follower.follow(words, 3, 3, "latest");
  for (let epoch = 0n; epoch < 2n; epoch++) w.publish(w.loan(), epoch);
  assert.equal(f.acquire("spin").epoch, 1n);
  f.release();
  const { load } = words;
  words.load = (line) => {
    if (line >= SLOT_LINE && line < LEASE_LINE) words.store(FRAME_LINE, 2n);
    return load.call(words, line);
  };
  words.store(FRAME_LINE, 9n);
  assert.throws(() => f.acquire("spin"), /frame signal went back to 2 from beyond 2/);
});

test("a post wakes nobody where nobody sleeps", () => {
  const words = freshWords();
  assert.equal(words.frame.post(1n), false);
  words.frame.enlist();
  assert.equal(words.frame.post(2n), true);
});

test("whatever a dead reader held is the writer's again", () => {
  for (const mode of ["every", "latest"] as const) {
    const words = freshWords(), w = new Writer(words, 2);
    w.limitMs = 1e-6;
    w.how = "spin";
    w.publish(w.loan(), 0n);
    Follower.follow(words, 2, 5, mode).acquire("spin");
    assert.throws(() => Follower.follow(words, 2, 5, mode), /reader 5 is 6's already/);
    w.publish(w.loan(), 1n);
    assert.throws(() => w.loan(), BlockedError);
    words.reclaim(5);
    w.publish(w.loan(), 2n);
    assert.equal(Follower.follow(words, 2, 5, mode).acquire("spin").epoch, 2n);
  }
});

test("indexes and numbers of slots are checked", () => {
  const words = freshWords();
  for (const index of [-1, MAX_READERS, 0.5, NaN]) {
    assert.throws(() => Follower.follow(words, 3, index, "latest"), RangeError);
    assert.throws(() => new Reader(words, 3, index), RangeError);
    assert.throws(() => words.reclaim(index), RangeError);
  }
  for (const slots of [-1, 1, MAX_SLOTS + 1, NaN]) {
    assert.throws(() => Follower.follow(words, slots, 3, "latest"), RangeError);
    assert.throws(() => new Writer(words, slots), RangeError);
  }
  assert.ok(Follower.follow(words, 3, 3, "latest"), "a refused join took the index");
});

test("a ping-pong counts what was overrun", () => {
  const words = freshWords(), p = new PingPong(words), r = new PingPongReader(words);
  const publish = (epoch: bigint) => {
    p.loan(epoch);
    p.publish(epoch);
  };
  const acquire = (want: bigint) =>
    assert.deepEqual(r.acquire("spin"), { slot: Number(want % 2n), epoch: want });
  publish(0n);
  acquire(0n);
  assert.equal(r.release(), false, "nothing was written");
  publish(1n);
  acquire(1n);
  publish(2n);
  assert.equal(r.release(), false, "only the other slot was written");
  acquire(2n);
  publish(3n);
  p.loan(4n);
  assert.equal(r.release(), true, "the slot is being written");
  p.publish(4n);
  acquire(4n);
  for (let epoch = 5n; epoch < 9n; epoch++) publish(epoch);
  assert.equal(r.release(), true, "the slot was written twice");
  acquire(8n);
  assert.equal(r.release(), false, "nothing was written since");
  assert.equal(words.overruns(), 2n);
  assert.equal(r.skipped, 4n); // 3, and 5 to 7
});

test("a stamp shows what is torn", () => {
  const payload = new Int32Array(32), half = payload.subarray(16);
  stamp(payload, 7n);
  assert.equal(inspect(payload, 7n), "whole");
  assert.equal(inspect(payload, 8n), "other");
  const other = new Int32Array(32);
  stamp(other, 8n);
  half.set(other.subarray(16));
  assert.equal(inspect(payload, 7n), "torn");
  assert.equal(inspect(payload, 8n), "torn");
});

const NASTY = [
  0n, 1n, 2n, 3n, 4n, 5n, 16n, 17n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, (1n << 32n) + 1n, 1n << 62n, 1n << 63n,
  (1n << 64n) - 2n, (1n << 64n) - 1n,
];

// Every word takes every nasty value while nobody looks. Whoever looks then serves rightly
// or says what is wrong, and stays within the slots.
test("no word leads astray", { timeout: 60_000 }, () => {
  let served = 0, failed = 0;
  const act = (what: () => number, slots: number) => {
    try {
      const slot = what();
      assert.ok(Number.isInteger(slot) && slot >= 0 && slot < slots, `slot ${slot} of ${slots}`);
      served++;
    } catch (err) {
      if (err instanceof assert.AssertionError) throw err;
      assert.ok(err instanceof Error && err.message.trim() !== "", "it fails without a word");
      failed++;
    }
  };
  for (let line = 1; line < LINES; line++) {
    for (const v of NASTY) {
      const words = freshWords(), slots = 3, w = new Writer(words, slots);
      w.how = "spin";
      w.limitMs = 1e-6;
      const reader = new Reader(words, slots, 0), pong = new PingPongReader(words);
      const every = Follower.follow(words, slots, 3, "every"), latest = Follower.follow(words, slots, 4, "latest");
      words.store(CURSOR_LINE + 3, 0n); // it needs none, so that the writer goes on
      for (let epoch = 0n; epoch < 3n; epoch++) w.publish(w.loan(), epoch);
      words.store(line, v);
      act(() => {
        const { current } = w, slot = w.loan();
        assert.notEqual(slot, current, "the step's input was loaned");
        w.publish(slot, 3n);
        return slot;
      }, slots);
      ROLES.forEach((role) => words.leave(role)); // so that nobody waits for what will not come
      act(() => reader.lease(3n, "spin"), slots);
      reader.release();
      for (const f of [every, latest]) {
        act(() => f.acquire("spin").slot, slots);
        f.leave();
      }
      act(() => pong.acquire("spin").slot, 2);
      pong.release();
    }
  }
  assert.ok(served > 0 && failed > 0, `${served} calls served, ${failed} failed`);
});
