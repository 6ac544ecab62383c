/// <reference types="node" />
// The protocol step by step, each step one access to a shared word or several that another
// side cannot tell apart, in every order that the sides can have: steps_linux_test.go.
import assert from "node:assert/strict";
import { test } from "node:test";

import { CURSOR_LINE, LEASE_LINE, SLOT_LINE } from "../../host/abi.mjs";
import { Follower } from "./follower.ts";
import type { Mode } from "./follower.ts";
import { Reader } from "./reader.ts";
import { freshWords } from "./testing.ts";
import type { Words } from "./words.ts";
import { Writer } from "./writer.ts";

type Side = (() => void)[];

/** Calls `run` with every order in which sides of so many steps can take them. */
function everyOrder(steps: number[], run: (order: number[]) => void): void {
  const left = [...steps], order: number[] = [];
  const next = () => {
    let ended = true;
    left.forEach((n, side) => {
      if (n === 0) return;
      ended = false;
      left[side] = n - 1;
      order.push(side);
      next();
      order.pop();
      left[side] = n;
    });
    if (ended) run(order);
  };
  next();
}

/** Lets the sides take their steps. */
function runOrder(order: number[], sides: Side[]): void {
  const left = sides.map((steps) => [...steps]);
  for (const side of order) left[side]?.shift()?.();
}

test("every order is counted", () => {
  let n = 0;
  everyOrder([3, 3, 2], () => n++);
  assert.equal(n, 560); // 8! / (3! 3! 2!)
});

test("the writer and a reader never have a slot at once", () => {
  let taken = 0, held = 0;
  everyOrder([3, 3, 3], (order) => {
    const words = freshWords(), w = new Writer(words, 3);
    w.publish(0, 7n);
    w.publish(1, 8n);
    let takes = false;
    const holds = [false, false];
    runOrder(order, [
      taking(w, 0, (ok) => { takes = ok; }),
      ...holds.map((_, i) => leasing(new Reader(words, 3, i), 0, 7n, () => { holds[i] = true; })),
    ]);
    const any = holds.includes(true);
    assert.ok(!(takes && any), `order ${order}: the writer and a reader (${holds}) have the slot`);
    assert.equal(words.load(SLOT_LINE), takes ? 0n : 8n, `order ${order}: taken ${takes}`);
    if (takes) taken++;
    if (any) held++;
  });
  assert.ok(taken > 0 && held > 0, `of all orders ${taken} have the writer win and ${held} a reader`);
});

/** Reader's hold, in steps. */
function leasing(r: Reader, slot: number, epoch: bigint, holds: () => void): Side {
  let saw = false;
  return [
    () => { saw = r.sees(slot, epoch); },
    () => { if (saw) r.claim(slot); },
    () => {
      if (saw && r.sees(slot, epoch)) holds();
      else if (saw) r.release();
    },
  ];
}

/** Writer's take, in steps. */
function taking(w: Writer, slot: number, takes: (ok: boolean) => void): Side {
  let free = false;
  return [
    () => { free = !w.wanted(slot); },
    () => { if (free) w.mark(slot); },
    () => takes(free && w.settle(slot)),
  ];
}

test("a reader of every frame that joins a running writer loses none", () => {
  const firsts = new Set<bigint>();
  for (const slots of [2, 3]) {
    everyOrder([20, 3], (order) => {
      const words = freshWords(), w = new Writer(words, slots);
      for (let e = 0n; e < 3n; e++) w.publish(w.takeAny(), e);
      const f = Follower.claim(words, slots, 3, "every");
      runOrder(order, [writing(w, words, 3n, 4), f.joining()]);
      firsts.add(f.next);
      while (f.next < words.frame.load()) {
        const want = f.next;
        assert.equal(f.acquire("spin").epoch, want, `${slots} slots, order ${order}`);
        f.release();
      }
    });
  }
  assert.ok(firsts.size >= 4, `readers began at the frames ${[...firsts]} only`);
});

/** Publishes n frames from an epoch on, in steps. A loan that a reader blocks ends it. */
function writing(w: Writer, words: Words, epoch: bigint, n: number): Side {
  let slot = 0, blocked = false;
  const steps: Side = [];
  const step = (act: () => void) => steps.push(() => { if (!blocked) act(); });
  for (let e = epoch; e < epoch + BigInt(n); e++) {
    step(() => {
      slot = (w.current + 1) % w.slots;
      blocked = w.wanted(slot);
    });
    step(() => w.mark(slot));
    step(() => { blocked = !w.settle(slot); });
    step(() => w.show(slot, e));
    step(() => { words.frame.post(e + 1n); });
  }
  return steps;
}

for (const mode of ["every", "latest"] as const) {
  test(`a writer that goes to sleep has found a slot or is woken: ${mode}`, () => {
    let slept = 0;
    everyOrder([3, 2, 2, 2], (order) => {
      const words = freshWords(), w = new Writer(words, 2);
      w.publish(0, 0n);
      const readers = [0, 1, 2].map((i) => Follower.follow(words, 2, i, mode));
      readers.forEach((f) => f.acquire("spin"));
      w.publish(1, 1n);
      let seen = 0n, slot = -1;
      runOrder(order, [
        [() => words.free.enlist(), () => { seen = words.free.load(); }, () => { slot = w.takeAny(); }],
        ...readers.map((f) => lettingGo(f, words, mode)),
      ]);
      const sleeps = slot < 0 && words.free.load() === seen;
      assert.ok(!sleeps, `order ${order}: every reader has let go, and the writer sleeps`);
      if (slot < 0) slept++;
    });
    assert.ok(slept > 0, "no order has the writer sleep");
  });
}

/** Follower's release, in steps. */
function lettingGo(f: Follower, words: Words, mode: Mode): Side {
  const { index, held } = f.reader;
  if (mode === "latest") {
    return [() => words.store(LEASE_LINE + index, 0n), () => words.letGo(LEASE_LINE, held, held)];
  }
  const old = words.load(CURSOR_LINE + index);
  return [() => words.store(CURSOR_LINE + index, old + 1n), () => words.letGo(CURSOR_LINE, 1n, old)];
}
