/** Two sides that pass a number to and fro by the hub's signals, and time it: scenarios/signal/side.go. */
import type { Strategy } from "./strategy.ts";
import { Waiter } from "./waiter.ts";
import { Words } from "./words.ts";

/** What both sides are told. It can be cloned from worker to worker. */
export interface Order {
  readonly how: Strategy;
  /** How long the writer sleeps before each hand-off, a tenth more or less. */
  readonly gap_ms: number;
  readonly warm_ms: number;
  readonly run_ms: number;
  /** Hand-offs that are counted at least, and that are not before them. */
  readonly fewest: number;
  readonly fewest_warm: number;
  /** The control page. */
  readonly page: SharedArrayBuffer;
  /** When the hand-off on its way was made by the writer's clock, in ms, and what it is for. */
  readonly stamp: SharedArrayBuffer;
}

/** What the reader found. */
export interface Taken {
  /** From just before the post until just after the reader has seen it, in ns. */
  readonly latencies_ns: number[];
  readonly hand_offs: number;
  /** That were there before the reader waited; they are in no latency. */
  readonly missed: number;
  /** How far the sides' clocks were found apart after, less before. */
  readonly clock_moved_ns?: number;
}

const WARM = 0, COUNTED = 1, LAST = 2;

/** Tells warming up from measuring: Pacer of scenarios/internal/core. */
export class Pacer {
  #begin = -1;
  #first = -1;
  #warm = 0;
  #count = 0;

  constructor(readonly order: Pick<Order, "warm_ms" | "run_ms" | "fewest" | "fewest_warm">) {}

  /** What the hand-off that begins now is for. */
  next(now: number): number {
    const { order } = this;
    if (this.#begin < 0) this.#begin = now;
    if (this.#first < 0 && (this.#warm < order.fewest_warm || now - this.#begin < order.warm_ms)) {
      this.#warm++;
      return WARM;
    }
    if (this.#first < 0) this.#first = now;
    this.#count++;
    return this.#count >= order.fewest && now - this.#first >= order.run_ms ? LAST : COUNTED;
  }
}

/** The writer's part: it sleeps, posts, and waits for the answer. */
export function pass(order: Order, pace: Pacer): void {
  const words = new Words(order.page), stamp = new Float64Array(order.stamp), waiter = new Waiter(order.how);
  const bed = new Int32Array(new SharedArrayBuffer(4));
  try {
    for (let v = 1n, last = false; !last; v++) {
      Atomics.wait(bed, 0, 0, order.gap_ms * (0.9 + 0.2 * Math.random()));
      const what = pace.next(performance.now());
      last = what === LAST;
      stamp[1] = what;
      stamp[0] = performance.now();
      words.frame.post(v);
      waiter.await(words.used, v);
    }
  } finally {
    words.leave("engine");
  }
}

/** The reader's part. @param offset from its clock to the writer's, in ms */
export function take(order: Order, offset: number): Taken {
  const words = new Words(order.page), stamp = new Float64Array(order.stamp), waiter = new Waiter(order.how);
  const latencies: number[] = [];
  let handOffs = 0, missed = 0;
  for (let v = 1n, last = false; !last; v++) {
    const waited = words.frame.load() < v;
    waiter.await(words.frame, v);
    const took = performance.now() + offset - stamp[0]!, what = stamp[1]!;
    last = what === LAST;
    if (what !== WARM) {
      handOffs++;
      // The clock has a grain: what took less than that took something.
      if (waited) latencies.push(Math.max(1, Math.round(took * 1e6)));
      else missed++;
    }
    words.used.post(v);
  }
  words.leave("viewer");
  return { latencies_ns: latencies, hand_offs: handOffs, missed };
}
