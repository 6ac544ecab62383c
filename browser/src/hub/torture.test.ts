/// <reference types="node" />
// One writer and readers that are slow, stalled, killed and late, each in a worker, on frames
// that show when they are torn; the same on the ping-pong; and a peer that scribbles on the
// control page. COPYTAX_SOAK=1 passes a million frames.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread, parentPort, workerData } from "node:worker_threads";

import { FREE_LINE, LINES, OWNER_LINE, PAGE_BYTES, SLOT_LINE } from "../../host/abi.mjs";
import { Follower } from "./follower.ts";
import type { Mode } from "./follower.ts";
import { PingPong, PingPongReader } from "./pingpong.ts";
import { ClosedError, ROLES } from "./signal.ts";
import { STRATEGIES } from "./strategy.ts";
import type { Strategy } from "./strategy.ts";
import { bounded, inspect, nap, stamp, start } from "./testing.ts";
import { Words } from "./words.ts";
import { Writer } from "./writer.ts";

/** Not 0 ends those who would not end by themselves. */
const STOP = 0;
const SCRIBBLES = 1, FRAMES_WRITTEN = 2, FRAMES_READ = 3, ERRORS = 4;

/** The memory of a hub without an engine. */
interface Arena {
  readonly page: SharedArrayBuffer;
  readonly frames: SharedArrayBuffer;
  /** Words of 32 bits outside the hub: STOP and what has been done so far. */
  readonly progress: SharedArrayBuffer;
  readonly slots: number;
}

/** What a worker of a torture does. */
interface Part {
  readonly kind: "write" | "pong" | "follow" | "watch" | "stall" | "scribble";
  readonly arena: Arena;
  readonly how: Strategy;
  /** That a writer publishes, or after which a follower leaves and joins again; 0 is without end. */
  readonly frames: number;
  readonly index: number;
  readonly mode: Mode;
  /** One frame in so many is held for a while; 0 is none. */
  readonly dwells: number;
  /** In a hub that is scribbled on: errors are counted, and the part goes on. */
  readonly bears: boolean;
  /** Whether words by which frames are kept are scribbled on as well. */
  readonly all: boolean;
}

/** What a worker has seen. */
interface Tally {
  read: number;
  first: bigint;
  last: bigint;
  skipped: bigint;
  torn: number;
  other: number;
  overruns: number;
  blocked: number;
  sleeps: number;
  errors: number;
  /** What should not be. */
  wrong: string;
}

function newArena(slots: number, bytes: number): Arena {
  const frames = new SharedArrayBuffer(slots * bytes), progress = new SharedArrayBuffer(20);
  return { page: new SharedArrayBuffer(PAGE_BYTES), frames, progress, slots };
}

/** A part as it is played in its worker. */
class Player {
  readonly seen: Tally = {
    read: 0, first: -1n, last: -1n, skipped: 0n, torn: 0, other: 0, overruns: 0, blocked: 0, sleeps: 0, errors: 0,
    wrong: "",
  };
  readonly #part: Part;
  readonly #words: Words;
  readonly #payloads: Int32Array[];
  readonly #progress: Int32Array;

  constructor(part: Part) {
    const { page, frames, slots, progress } = part.arena, length = frames.byteLength / slots / 4;
    this.#part = part;
    this.#words = new Words(page);
    this.#payloads = Array.from({ length: slots }, (_, i) => new Int32Array(frames, 4 * length * i, length));
    this.#progress = new Int32Array(progress);
  }

  play(): Tally {
    const act = { write: this.#write, pong: this.#pong, follow: this.#follow, watch: this.#watch, stall: this.#stall,
      scribble: this.#scribble }[this.#part.kind];
    try {
      act.call(this);
    } catch (err) {
      this.seen.wrong ||= `${this.#part.kind} ${this.#part.index}: ${err instanceof Error ? err.stack : err}`;
    }
    return this.seen;
  }

  get #stopped(): boolean {
    return Atomics.load(this.#progress, STOP) !== 0;
  }

  #payload(slot: number): Int32Array {
    const payload = this.#payloads[slot];
    if (payload === undefined) throw new RangeError(`slot ${slot} of ${this.#payloads.length}`);
    return payload;
  }

  /** Takes an error as a hostile peer's doing, or throws it. */
  #bear(err: unknown): void {
    const told = err instanceof Error && !(err instanceof TypeError) && !/^slot /.test(err.message);
    if (!this.#part.bears || !told || err.message.trim() === "") throw err;
    this.seen.errors++;
    Atomics.add(this.#progress, ERRORS, 1);
  }

  #write(): void {
    const { how, bears, frames, arena } = this.#part, w = new Writer(this.#words, arena.slots);
    w.how = how;
    w.limitMs = bears ? 1 : 60_000;
    try {
      for (let epoch = 0n; bears ? !this.#stopped : epoch < frames;) {
        const slot = this.#loan(w);
        if (slot < 0) continue;
        stamp(this.#payload(slot), epoch);
        w.publish(slot, epoch++);
        this.seen.read++;
        this.seen.last = epoch - 1n;
        Atomics.add(this.#progress, FRAMES_WRITTEN, 1);
      }
    } finally {
      this.seen.blocked = w.blocked;
      this.seen.sleeps = w.sleeps;
      this.#words.leave("engine");
    }
  }

  #loan(w: Writer): number {
    try {
      const { current } = w, slot = w.loan();
      if (slot === current) throw new TypeError("the step's input was loaned");
      return slot;
    } catch (err) {
      this.#bear(err);
      return -1;
    }
  }

  /** Publishes until a reader has found a torn frame, or so many frames. */
  #pong(): void {
    const p = new PingPong(this.#words);
    for (let epoch = 0n; epoch < this.#part.frames && (epoch < 20_000n || this.#words.torn() === 0n); epoch++) {
      stamp(this.#payload(p.loan(epoch)), epoch);
      p.publish(epoch);
      this.seen.read++;
    }
    this.#words.leave("engine");
  }

  #follow(): void {
    for (;;) {
      let f: Follower | undefined;
      try {
        f = Follower.follow(this.#words, this.#part.arena.slots, this.#part.index, this.#part.mode);
        this.#read(f);
      } catch (err) {
        if (err instanceof ClosedError && !this.#part.bears) break;
        this.#bear(err);
      } finally {
        this.seen.skipped += f?.skipped ?? 0n;
        // Also where it was not free by a scribble alone, since nobody else is this reader.
        this.#words.reclaim(this.#part.index);
      }
      if (this.#part.bears ? this.#stopped : this.#part.frames === 0) break;
    }
  }

  /** Reads until it is time to join again, the hub closes, or all is to stop. */
  #read(f: Follower): void {
    const { frames, how, mode, bears } = this.#part;
    let due = bears ? -1n : f.next;
    for (let n = 0; (frames === 0 || n < frames) && !this.#stopped; n++) {
      const { slot, epoch } = f.acquire(how);
      if (!bears && (mode === "every" ? epoch !== due : epoch < due)) {
        throw new Error(`frame ${epoch} when ${due} was due`);
      }
      this.#look(slot, epoch);
      f.release();
      due = epoch + 1n;
    }
  }

  #look(slot: number, epoch: bigint): void {
    const { dwells } = this.#part, payload = this.#payload(slot);
    if (dwells > 0 && Math.random() * dwells < 1) nap(2 * Math.random());
    const found = inspect(payload, epoch);
    if (found === "torn") {
      this.seen.torn++;
      this.#words.countTorn();
    }
    if (found === "other") this.seen.other++;
    if (this.seen.read++ === 0) this.seen.first = epoch;
    Atomics.add(this.#progress, FRAMES_READ, 1);
    this.seen.last = epoch;
  }

  #watch(): void {
    const r = new PingPongReader(this.#words);
    this.#words.claimOwner(this.#part.index, 1n);
    try {
      for (;;) {
        const { slot, epoch } = r.acquire(this.#part.how);
        this.#look(slot, epoch);
        if (r.release()) this.seen.overruns++;
      }
    } catch (err) {
      if (!(err instanceof ClosedError)) throw err;
    }
  }

  /** Holds a frame until the worker is killed. */
  #stall(): void {
    const f = Follower.follow(this.#words, this.#part.arena.slots, this.#part.index, this.#part.mode);
    f.acquire(this.#part.how);
    parentPort?.postMessage(this.seen);
    nap(3_600_000);
  }

  #scribble(): void {
    const kept = (line: number) => line >= SLOT_LINE && line < FREE_LINE; // slots, leases, cursors
    const lines = Array.from({ length: LINES }, (_, line) => line).filter((line) => this.#part.all || !kept(line));
    const pick = (n: number) => Math.floor(Math.random() * n);
    const values = [0n, 0n, 0n, 1n, 2n, 3n, 17n, 1n << 32n, 1n << 63n, (1n << 64n) - 1n];
    while (!this.#stopped) {
      const line = lines[pick(lines.length)] ?? 0, now = this.#words.load(line);
      const near = now + BigInt(pick(5) - 2), word = this.#words.load(lines[pick(lines.length)] ?? 0);
      this.#words.store(line, BigInt.asUintN(64, [near, word, values[pick(values.length)] ?? 0n][pick(3)] ?? 0n));
      Atomics.add(this.#progress, SCRIBBLES, 1);
      if (++this.seen.read % 64 === 0) nap(0.05); // the honest ones must run as well
    }
  }
}

if (!isMainThread) {
  parentPort?.postMessage(new Player(workerData as Part).play());
} else {
  const soak = process.env["COPYTAX_SOAK"] === "1";
  const FRAMES = soak ? 1_000_000 : 20_000;
  const HOUR = 3_600_000;

  const cast = (arena: Arena, part: Partial<Part> & Pick<Part, "kind">) => start<Tally>(import.meta.url, {
    arena, how: "park", frames: 0, index: 0, mode: "every", dwells: 0, bears: false, all: false, ...part,
  } satisfies Part);

  const until = async (what: string, so: () => boolean, ms = 20_000) => {
    for (const late = performance.now() + ms; !so();) {
      assert.ok(performance.now() < late, `${what} does not come`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };

  /** Waits until readers have joined. */
  const joined = (words: Words, indexes: number[]) =>
    until("a reader's join", () => indexes.every((i) => words.load(OWNER_LINE + i) !== 0n));

  for (const how of STRATEGIES) {
    test(`leases keep every frame whole: ${how}`, { timeout: soak ? HOUR : 180_000 }, async () => {
      const arena = newArena(4, 4096), words = new Words(arena.page);
      const readers = [
        { mode: "every" as const, index: 0, dwells: 1000 },
        { mode: "latest" as const, index: 2, dwells: 50 },
        { mode: "latest" as const, index: 15, dwells: 0 },
        { mode: "every" as const, index: 7, frames: 5 }, // joins a running writer again and again
      ];
      const reading = readers.map((part) => cast(arena, { kind: "follow", how, ...part }).said);
      const stalled = cast(arena, { kind: "stall", how, index: 9 });
      await joined(words, [...readers.map((r) => r.index), 9]);
      const writing = cast(arena, { kind: "write", how, frames: FRAMES }).said;
      // The writer must be blocked by the reader that holds a frame, until that is dead and reclaimed.
      await bounded("the reader that stalls", stalled.said);
      nap(20);
      await stalled.worker.terminate();
      assert.ok(words.frame.load() <= 4n, `frame ${words.frame.load()} went past a reader that held the first`);
      words.reclaim(9);

      const wrote = await bounded("the writer", writing, soak ? HOUR : 150_000);
      const all = await bounded("a reader", Promise.all(reading));
      assert.equal(wrote.wrong, "");
      assert.equal(wrote.read, FRAMES);
      assert.ok(wrote.blocked > 0, "the writer never had to wait for a reader");
      for (const [i, seen] of all.entries()) {
        const who = `reader ${readers[i]?.index}`;
        assert.deepEqual([seen.wrong, seen.torn, seen.other], ["", 0, 0], who);
        assert.equal(seen.last, BigInt(FRAMES - 1), `${who} has not seen the last frame`);
      }
      for (const seen of all.slice(0, 2)) { // those that never joined again
        const passed = seen.first + BigInt(seen.read) + seen.skipped;
        assert.equal(passed, BigInt(FRAMES), "frames read and skipped are not all");
      }
      assert.deepEqual([all[0]?.first, all[0]?.skipped], [0n, 0n], "a reader of every frame lost some");
      assert.equal(words.torn(), 0n);
    });
  }

  // None of the writer's sleeps ends by the time-out, behind which it would sleep again in the same loan.
  test("a release wakes the writer", { timeout: 120_000 }, async () => {
    const arena = newArena(2, 64), words = new Words(arena.page);
    const reading = cast(arena, { kind: "follow", index: 3 }).said;
    await joined(words, [3]);
    const wrote = await bounded("the writer", cast(arena, { kind: "write", frames: 2000 }).said);
    assert.deepEqual([wrote.wrong, (await bounded("the reader", reading)).wrong], ["", ""]);
    assert.ok(wrote.blocked > 0, "a writer of two slots never had to wait for a reader of every frame");
    assert.ok(wrote.sleeps <= 1.1 * wrote.blocked, `${wrote.sleeps} sleeps in ${wrote.blocked} loans that had to wait`);
  });

  test("the ping-pong tears under the same load", { timeout: soak ? HOUR : 180_000 }, async () => {
    const arena = newArena(2, 65_536), words = new Words(arena.page);
    const reading = [0, 2].map((index) => cast(arena, { kind: "watch", index, dwells: 50 }).said);
    await joined(words, [0, 2]);
    const writing = cast(arena, { kind: "pong", frames: soak ? FRAMES : 200_000 }).said;
    const wrote = await bounded("the writer", writing, soak ? HOUR : 150_000);
    const all = await bounded("a reader", Promise.all(reading));
    for (const seen of [wrote, ...all]) assert.equal(seen.wrong, "");
    const sum = (of: (seen: Tally) => number) => all.reduce((n, seen) => n + of(seen), 0);
    assert.ok(sum((seen) => seen.torn) > 0, `none of ${sum((seen) => seen.read)} frames was torn`);
    assert.equal(words.torn(), BigInt(sum((seen) => seen.torn)));
    assert.equal(words.overruns(), BigInt(sum((seen) => seen.overruns)));
    assert.ok(words.overruns() > 0n);
  });

  for (const how of STRATEGIES) {
    for (const all of [false, true]) {
      const what = all ? "any word" : "any word but those that keep frames";
      test(`who scribbles on ${what} stops nobody for good: ${how}`, { timeout: soak ? HOUR : 180_000 }, async () => {
        const arena = newArena(4, 4096), words = new Words(arena.page);
        const bears = true, kept: Promise<Tally>[] = [], others: Promise<Tally>[] = [];
        kept.push(cast(arena, { kind: "follow", how, bears, index: 2, mode: "latest", dwells: 50 }).said);
        others.push(cast(arena, { kind: "follow", how, bears, index: 3 }).said);
        const writing = cast(arena, { kind: "write", how, bears }).said;
        const scribbling = cast(arena, { kind: "scribble", all }).said;
        const progress = new Int32Array(arena.progress), much = soak ? 1_000_000 : 20_000;
        // A reader whose own words are scribbled on may wait for what never comes until somebody has left.
        const some = all ? [FRAMES_WRITTEN, ERRORS] : [FRAMES_WRITTEN, FRAMES_READ, ERRORS];
        const enough = () => Atomics.load(progress, SCRIBBLES) >= much &&
          some.every((what) => Atomics.load(progress, what) >= (all ? 1 : 100));
        await until("enough of scribbles and frames", enough, soak ? HOUR : 60_000);
        // First the scribbler, which could take back that a role has left.
        Atomics.store(progress, STOP, 1);
        const scribbled = await bounded("the scribbler", scribbling);
        ROLES.forEach((role) => words.leave(role));
        const wrote = await bounded("the writer", writing);
        const seen = [...await bounded("a reader of the latest", Promise.all(kept)),
          ...await bounded("a reader of every frame", Promise.all(others))];
        for (const { wrong } of [scribbled, wrote, ...seen]) assert.equal(wrong, "");
        const [latest] = seen;
        if (!all) assert.deepEqual([latest?.torn, latest?.other], [0, 0], "a frame on lease was torn, or another one");
      });
    }
  }
}
