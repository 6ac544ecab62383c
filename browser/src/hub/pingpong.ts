/** The variant without leases, which is there to be measured against them: zerocopy/hub/pingpong.go. */
import { SLOT_LINE } from "../../host/abi.mjs";
import type { Acquired } from "./follower.ts";
import { during } from "./signal.ts";
import type { Strategy } from "./strategy.ts";
import { Waiter } from "./waiter.ts";
import type { Words } from "./words.ts";

const PING_PONG_SLOTS = 2n;

/** The slot of an epoch in a ping-pong. */
function slotOf(epoch: bigint): number {
  return Number(epoch % PING_PONG_SLOTS);
}

/**
 * Publishes frames into two slots in turn and never looks at its readers: one that takes
 * longer than the writer needs for a frame reads what is being overwritten.
 */
export class PingPong {
  readonly #words: Words;

  constructor(words: Words) {
    this.#words = words;
  }

  /** Returns the slot for the frame of an epoch, whoever reads it, and marks it as being written. */
  loan(epoch: bigint): number {
    const slot = slotOf(epoch);
    this.#words.store(SLOT_LINE + slot, 0n);
    return slot;
  }

  /** Makes the frame of an epoch the newest one. Returns whether a reader had to be woken. */
  publish(epoch: bigint): boolean {
    this.#words.store(SLOT_LINE + slotOf(epoch), epoch + 1n);
    return this.#words.frame.post(epoch + 1n);
  }
}

/** Reads the newest frame of a ping-pong. It holds nothing, so that there may be any number of them. */
export class PingPongReader {
  /** Frames published between those that were acquired. */
  skipped = 0n;

  readonly #words: Words;
  #waiter = new Waiter("park");
  #next = 0n; // first epoch that would be news
  #started = false;

  /** A reader that begins at the newest frame. */
  constructor(words: Words) {
    this.#words = words;
    const newest = words.frame.load();
    if (newest > 0n) this.#next = newest - 1n;
  }

  /**
   * Blocks until there is a frame that the reader has not had, and returns the newest.
   * Nothing keeps the writer from it. Throws a ClosedError when the engine has left.
   */
  acquire(how: Strategy): Acquired {
    if (this.#waiter.how !== how) this.#waiter = new Waiter(how);
    const what = () => `await frame ${this.#next}`;
    const seen = during(what, () => this.#waiter.await(this.#words.frame, this.#next + 1n));
    const epoch = seen - 1n;
    if (this.#started) this.skipped += epoch - this.#next;
    this.#started = true;
    this.#next = seen;
    return { slot: slotOf(epoch), epoch };
  }

  /**
   * Returns whether the frame that was acquired last was overwritten, or has begun to be,
   * since it was published, and counts that in the control page. What was read of it may
   * then be torn, or be of another frame.
   */
  release(): boolean {
    const overrun = this.#words.load(SLOT_LINE + slotOf(this.#next + 1n)) !== this.#next;
    if (overrun) this.#words.countOverrun();
    return overrun;
  }
}
