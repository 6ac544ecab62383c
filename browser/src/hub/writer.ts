/** Who publishes frames into the slots of a hub: zerocopy/hub/writer.go and blocked.go. */
import { CURSOR_LINE, LEASE_LINE, MAX_READERS, MAX_SLOTS, OWNER_LINE, SLOT_LINE } from "../../host/abi.mjs";
import { ClosedError } from "./signal.ts";
import { FIRST_PATIENCE_MS, LOOKS_PER_BURST, PARK_TIMEOUT_MS, pause } from "./strategy.ts";
import type { Strategy } from "./strategy.ts";
import type { Words } from "./words.ts";

/** Says that a loan has waited as long as it was allowed to. */
export class BlockedError extends Error {
  /** The slot that was written longest ago. */
  readonly slot: number;
  /** A reader that needs it, or -1 if that has just let go. */
  readonly reader: number;

  constructor(slot: number, reader: number, owner: bigint, afterMs: number) {
    const after = `no slot was free for ${Math.round(afterMs)} ms`;
    super(reader < 0
      ? `${after}, and no reader holds slot ${slot} any longer`
      : `${after}: reader ${reader} (owner ${owner}) holds slot ${slot}`);
    this.name = "BlockedError";
    this.slot = slot;
    this.reader = reader;
  }
}

/**
 * Publishes frames. There is one a hub.
 *
 * A publish is: take a slot that no reader needs, mark it as being written, fill it,
 * store its epoch, post the signal. A reader keeps a slot from being taken by a lease on
 * a frame that it has found, or by its cursor on every frame from an epoch on;
 * docs/hub.md says why the writer sees either in time. The writer acts on its own record
 * of what the slots hold, never on the slot words, which anybody could change.
 *
 * The steps of a loan are methods of their own, so that a test can put those of others
 * between.
 */
export class Writer {
  /** How a loan waits for a reader. */
  how: Strategy = "park";
  /** The longest that a loan waits in milliseconds, give or take a tenth of a second; 0 is for ever. */
  limitMs = 0;
  /** Loans that had to wait for a reader. */
  blocked = 0;
  /** Sleeps that these took. */
  sleeps = 0;

  readonly slots: number;
  /** The slot of the last frame published: the step's input, never loaned. */
  current: number;
  readonly #words: Words;
  /** Epoch+1 of the frame in each slot, 0 for none. */
  readonly #holds: BigUint64Array;

  /** The writer of a fresh hub of so many slots. The initial frame lies in the last one. */
  constructor(words: Words, slots: number) {
    checkSlots(slots);
    this.#words = words;
    this.slots = slots;
    this.current = slots - 1;
    this.#holds = new BigUint64Array(slots);
  }

  /**
   * Returns a slot that may be written: not the current one, and needed by no reader.
   * While there is none it waits. Throws a ClosedError when kernel or viewer has left, and
   * a BlockedError when the limit has passed.
   */
  loan(): number {
    const slot = this.takeAny();
    if (slot >= 0) return slot;
    this.blocked++;
    return this.#awaitSlot();
  }

  /** Takes the slot that was written longest ago of those it can, or returns -1. */
  takeAny(): number {
    for (let i = 1; i < this.slots; i++) {
      const slot = (this.current + i) % this.slots;
      if (this.#take(slot)) return slot;
    }
    return -1;
  }

  #take(slot: number): boolean {
    // The first look is only there to spare others that look for a frame in the slot a
    // mark that is taken back.
    if (this.wanted(slot)) return false;
    this.mark(slot);
    return this.settle(slot);
  }

  /** A step: whether a reader needs the slot. */
  wanted(slot: number): boolean {
    return this.#leaser(slot) >= 0 || this.#follower(slot) >= 0;
  }

  /** A step: says that the slot is being written. */
  mark(slot: number): void {
    this.#words.store(SLOT_LINE + slot, 0n);
  }

  /** A step: takes the marked slot, or takes the mark back if a reader has leased the slot before it could see it. */
  settle(slot: number): boolean {
    if (this.#leaser(slot) >= 0) {
      this.#words.store(SLOT_LINE + slot, this.#held(slot));
      return false;
    }
    this.#holds[slot] = 0n;
    return true;
  }

  #held(slot: number): bigint {
    return this.#holds[slot] ?? 0n;
  }

  /** A reader that has leased the slot, or -1. */
  #leaser(slot: number): number {
    const leased = BigInt(slot + 1);
    for (let r = 0; r < MAX_READERS; r++) {
      if (this.#words.load(LEASE_LINE + r) === leased) return r;
    }
    return -1;
  }

  /** A reader whose cursor keeps what the slot holds, or -1. */
  #follower(slot: number): number {
    const held = this.#held(slot);
    for (let r = 0; r < MAX_READERS; r++) {
      const v = this.#words.load(CURSOR_LINE + r);
      if (v !== 0n && held >= v) return r;
    }
    return -1;
  }

  /**
   * Gives the loaned slot to the readers as the frame of an epoch, which is one more than
   * the one before. Returns whether a reader had to be woken.
   */
  publish(slot: number, epoch: bigint): boolean {
    this.show(slot, epoch);
    return this.#words.frame.post(epoch + 1n);
  }

  /** A step: says that the slot holds the frame of an epoch. */
  show(slot: number, epoch: bigint): void {
    this.#holds[slot] = epoch + 1n;
    this.#words.store(SLOT_LINE + slot, epoch + 1n);
    this.current = slot;
  }

  /**
   * Takes a slot as soon as a reader has let go of one. A reader that lets go bumps the
   * free signal only if it sees a sleeper. The writer counts itself as one, notes the
   * signal's value, and looks at the slots after that: a reader that lets go behind that
   * look has seen the sleeper, and the value is another one before the sleep compares it.
   */
  #awaitSlot(): number {
    const start = performance.now();
    if (this.how !== "park") {
      const slot = this.#spinForSlot(start, this.how === "spin" ? Infinity : start + FIRST_PATIENCE_MS);
      if (slot >= 0) return slot;
    }
    const free = this.#words.free;
    free.enlist();
    try {
      for (;;) {
        const seen = free.load();
        const slot = this.takeAny();
        if (slot >= 0) return slot;
        this.#giveUp(start);
        this.sleeps++;
        free.sleep(seen, PARK_TIMEOUT_MS);
      }
    } finally {
      free.discharge();
    }
  }

  /** Looks at the slots again and again until the clock says so, and returns -1 then. */
  #spinForSlot(start: number, until: number): number {
    do {
      for (let look = 0; look < LOOKS_PER_BURST / 4; look++) { // one at the slots takes longer than one at a value
        const slot = this.takeAny();
        if (slot >= 0) return slot;
        pause();
      }
      this.#giveUp(start);
    } while (performance.now() < until);
    return -1;
  }

  /** Throws why a loan that began to wait at `start` need not go on. */
  #giveUp(start: number): void {
    const gone = this.#words.free.gone();
    if (gone !== 0n) throw new ClosedError(gone, "every slot is needed by a reader: ");
    const after = performance.now() - start;
    if (this.limitMs <= 0 || after < this.limitMs) return;
    const slot = (this.current + 1) % this.slots;
    const reader = Math.max(this.#leaser(slot), this.#follower(slot));
    throw new BlockedError(slot, reader, reader < 0 ? 0n : this.#words.load(OWNER_LINE + reader), after);
  }
}

/** Throws a RangeError for a number of slots that no hub has. */
export function checkSlots(slots: number): void {
  if (!Number.isInteger(slots) || slots < 2 || slots > MAX_SLOTS) {
    throw new RangeError(`hub of ${slots} slots, want 2 to ${MAX_SLOTS}`);
  }
}
