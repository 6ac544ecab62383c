/** Who reads the frames of a writer that runs on by itself: zerocopy/hub/follower.go. */
import { CURSOR_LINE, SLOT_LINE } from "../../host/abi.mjs";
import { Reader } from "./reader.ts";
import { during } from "./signal.ts";
import type { Strategy } from "./strategy.ts";
import { checkIndex } from "./words.ts";
import type { Words } from "./words.ts";
import { checkSlots } from "./writer.ts";

/**
 * Which frames a follower reads: every one, in order, for which the writer waits rather
 * than overwrite one; or the latest there is, skipping those between.
 */
export type Mode = "every" | "latest";

/**
 * Bounds how often a follower runs after a writer that is faster than its look at the
 * slots. Each try fails only if the writer publishes a frame, fills another and takes a
 * third slot within the few loads of the try.
 */
const NEWEST_TRIES = 10_000;

/** A frame that was acquired. */
export interface Acquired {
  readonly slot: number;
  readonly epoch: bigint;
}

/** A reader of every frame or of the latest. */
export class Follower {
  /** Frames that a reader of the latest has not seen between those that it has. */
  skipped = 0n;
  /** The epoch of the next frame; of the latest: the first that would be news. */
  next = 0n;

  readonly mode: Mode;
  readonly reader: Reader;
  #cursor = 0n; // what its cursor word holds
  #started = false; // a frame has been acquired, so that one not seen counts as skipped

  private constructor(reader: Reader, mode: Mode) {
    this.reader = reader;
    this.mode = mode;
  }

  /**
   * Joins the hub of so many slots as reader `index`, which must be free, at the newest
   * frame. leave() frees the index. docs/hub.md and Go's Follow say why a reader of every
   * frame loses none from there on.
   */
  static follow(words: Words, slots: number, index: number, mode: Mode, owner = BigInt(index + 1)): Follower {
    const f = Follower.claim(words, slots, index, mode, owner);
    for (const step of f.joining()) step();
    return f;
  }

  /** Takes the index, and leaves the steps of joining to the caller. */
  static claim(words: Words, slots: number, index: number, mode: Mode, owner = BigInt(index + 1)): Follower {
    checkIndex(index);
    checkSlots(slots);
    const other = words.claimOwner(index, owner);
    if (other !== 0n) throw new Error(`reader ${index} is ${other}'s already`);
    return new Follower(new Reader(words, slots, index, owner), mode);
  }

  /** The steps of follow, so that a test can put others between. */
  joining(): (() => void)[] {
    let posted = 0n;
    return [
      () => { if (this.mode === "every") this.#need(0n); },
      () => { posted = this.reader.words.frame.load(); },
      () => {
        if (posted > 0n) this.next = posted - 1n;
        if (this.mode === "every") this.#need(this.next);
      },
    ];
  }

  /** Tells the writer that the frames before an epoch may go. */
  #need(epoch: bigint): void {
    const { words, index } = this.reader;
    const old = this.#cursor;
    this.#cursor = epoch + 1n;
    words.store(CURSOR_LINE + index, this.#cursor);
    words.letGo(CURSOR_LINE, 1n, old);
  }

  /**
   * Blocks until there is a frame that the follower has not had. Its slot is not written
   * before release, which comes before the next acquire. Throws a ClosedError when the
   * engine has left, and an Error when the words of the hub contradict each other.
   */
  acquire(how: Strategy): Acquired {
    const seen = during(() => `await frame ${this.next}`, () => this.reader.await(this.next + 1n, how));
    return this.mode === "every" ? { slot: this.#locate(seen), epoch: this.next } : this.#leaseNewest(seen);
  }

  /** The slot of the next frame, which the cursor protects. */
  #locate(seen: bigint): number {
    const { words, slots, index } = this.reader;
    for (let slot = 0; slot < slots; slot++) {
      if (words.load(SLOT_LINE + slot) === this.next + 1n) return slot;
    }
    throw new Error(`frame signal says ${seen}, and no slot word holds frame ${this.next}, ` +
      `which the cursor word of reader ${index} keeps`);
  }

  /** Leases the slot of the newest frame, which was seen-1 when the signal was looked at. */
  #leaseNewest(seen: bigint): Acquired {
    const { words } = this.reader;
    for (let attempt = 0; attempt < NEWEST_TRIES; attempt++) {
      if (seen <= this.next) throw new Error(`frame signal went back to ${seen} from beyond ${this.next}`);
      const slot = this.reader.find(seen - 1n);
      if (slot >= 0) {
        this.#advance(seen - 1n);
        return { slot, epoch: seen - 1n };
      }
      const again = words.frame.load();
      if (again === seen) break; // the newest frame is not overwritten before the next is posted
      seen = again;
    }
    throw new Error(`frame signal says ${seen}, and no slot word holds that frame`);
  }

  #advance(epoch: bigint): void {
    if (this.#started) this.skipped += epoch - this.next;
    this.#started = true;
    this.next = epoch + 1n;
  }

  /** Lets go of the frame that was acquired last, and wakes a writer that waited for it. */
  release(): void {
    if (this.mode === "latest") {
      this.reader.release();
      return;
    }
    this.next++;
    this.#need(this.next);
  }

  /** Lets go of everything and frees the reader's index. The follower is of no use after it. */
  leave(): void {
    this.reader.words.reclaim(this.reader.index);
  }
}
