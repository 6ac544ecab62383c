/** The atomic words of a control page, every one on a line of its own: zerocopy/hub/words.go. */
import {
  CLOSED_LINE, CURSOR_LINE, FRAME_LINE, FREE_LINE, LEASE_LINE, LINES, LINE_BYTES, MAX_READERS, OVERRUN_LINE,
  OWNER_LINE, POLICY_LINE, TORN_LINE, USED_LINE,
} from "../../host/abi.mjs";
import { ROLES, Signal, bitOf } from "./signal.ts";
import type { Page, Role } from "./signal.ts";

const WORDS_A_LINE = LINE_BYTES / BigUint64Array.BYTES_PER_ELEMENT;

/** The bytes of a control page that words lie in. */
export const CONTROL_BYTES = LINES * LINE_BYTES;

/**
 * All that roles tell each other. Everybody may write any word, so that whoever acts on
 * one first makes sure that it stays within what it owns.
 */
export class Words {
  /** Epoch+1 of the last policy published, from the kernel. */
  readonly policy: Signal;
  /** Epoch+1 of the last frame published, from the engine. */
  readonly frame: Signal;
  /** Epoch+1 of the last frame used, from the viewer. */
  readonly used: Signal;
  /** How often a reader has let go of what the writer may wait for; it ends when kernel or viewer has left. */
  readonly free: Signal;

  readonly #page: Page;

  /**
   * The words from byte `offset` of a buffer on, a multiple of LINE_BYTES. Throws a
   * RangeError where they do not fit.
   */
  constructor(buffer: SharedArrayBuffer, offset = 0) {
    if (!Number.isInteger(offset) || offset < 0 || offset % LINE_BYTES !== 0) {
      throw new RangeError(`control page at byte ${offset}, want a multiple of ${LINE_BYTES}`);
    }
    if (offset + CONTROL_BYTES > buffer.byteLength) {
      throw new RangeError(`control page at byte ${offset} of ${buffer.byteLength}, want ${CONTROL_BYTES} behind it`);
    }
    const n = LINES * WORDS_A_LINE;
    this.#page = { words: new BigUint64Array(buffer, offset, n), sleepable: new BigInt64Array(buffer, offset, n) };
    this.policy = this.#signal(POLICY_LINE, bitOf("kernel"));
    this.frame = this.#signal(FRAME_LINE, bitOf("engine"));
    this.used = this.#signal(USED_LINE, bitOf("viewer"));
    this.free = this.#signal(FREE_LINE, bitOf("kernel") | bitOf("viewer"));
  }

  #signal(line: number, writers: bigint): Signal {
    const at = WORDS_A_LINE;
    return new Signal(this.#page, line * at, (line + 1) * at, CLOSED_LINE * at, writers);
  }

  /** The word at the start of a line. */
  load(line: number): bigint {
    return Atomics.load(this.#page.words, line * WORDS_A_LINE);
  }

  store(line: number, v: bigint): void {
    Atomics.store(this.#page.words, line * WORDS_A_LINE, v);
  }

  /** Adds to a word, which wraps around. */
  add(line: number, v: bigint): void {
    Atomics.add(this.#page.words, line * WORDS_A_LINE, v);
  }

  /** Makes reader `index` somebody's, and returns whose it was: 0 if it was free. */
  claimOwner(index: number, owner: bigint): bigint {
    return Atomics.compareExchange(this.#page.words, (OWNER_LINE + index) * WORDS_A_LINE, 0n, owner);
  }

  /** Says that a role has left, and wakes everyone who might wait for it. */
  leave(role: Role): void {
    Atomics.or(this.#page.words, CLOSED_LINE * WORDS_A_LINE, bitOf(role));
    for (const signal of [this.policy, this.frame, this.used, this.free]) signal.wake();
  }

  /** The roles that have left. */
  left(): Role[] {
    const closed = this.load(CLOSED_LINE);
    return ROLES.filter((role) => (closed & bitOf(role)) !== 0n);
  }

  /**
   * Wakes a writer that waits for a slot, unless another reader's word behind `line`,
   * which is LEASE_LINE or CURSOR_LINE, is from low to high: that reader keeps the slot
   * too, and wakes the writer when it lets go. It comes behind the store by which this
   * reader needs less than before. Of two readers that let go at once each looks after it
   * has stored, so that the second in the order of the stores sees that it is the last.
   */
  letGo(line: number, low: bigint, high: bigint): void {
    if (this.free.sleepers() === 0n) return;
    for (let r = 0; r < MAX_READERS; r++) {
      const v = this.load(line + r);
      if (v !== 0n && v >= low && v <= high) return;
    }
    this.free.bump();
  }

  /**
   * Takes from a reader whose worker is known to be dead what it holds and what it needs,
   * frees its index, and wakes a writer that waits for it. It must not be called while
   * the reader, or another one of that index, still runs.
   */
  reclaim(index: number): void {
    checkIndex(index);
    this.store(LEASE_LINE + index, 0n);
    this.store(CURSOR_LINE + index, 0n);
    this.free.bump();
    // Last: from here on another reader may take the index.
    this.store(OWNER_LINE + index, 0n);
  }

  /** Counts a frame of a ping-pong that was overwritten while it was read. */
  countOverrun(): void {
    this.add(OVERRUN_LINE, 1n);
  }

  /** Counts a read whose payload held words of two epochs. */
  countTorn(): void {
    this.add(TORN_LINE, 1n);
  }

  overruns(): bigint {
    return this.load(OVERRUN_LINE);
  }

  torn(): bigint {
    return this.load(TORN_LINE);
  }
}

/** Throws a RangeError for an index that no reader has. */
export function checkIndex(index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= MAX_READERS) {
    throw new RangeError(`reader ${index}, want 0 to ${MAX_READERS - 1}`);
  }
}
