/** Who leases frames by their epoch: zerocopy/hub/reader.go. */
import { LEASE_LINE, OWNER_LINE, SLOT_LINE } from "../../host/abi.mjs";
import { during } from "./signal.ts";
import type { Strategy } from "./strategy.ts";
import { Waiter } from "./waiter.ts";
import { checkIndex } from "./words.ts";
import type { Words } from "./words.ts";
import { checkSlots } from "./writer.ts";

/**
 * Leases frames in step with the writer: somebody else makes the writer wait until the
 * frame has been used. A reader of a writer that runs on by itself is a Follower. Each
 * has an index of its own, and holds one slot at most.
 */
export class Reader {
  readonly words: Words;
  readonly slots: number;
  readonly index: number;
  /** What its lease word holds: slot+1, or 0. */
  held = 0n;
  #waiter = new Waiter("park");

  /** Reader `index` of a hub of so many slots; the owner, not 0, only names it. */
  constructor(words: Words, slots: number, index: number, owner = BigInt(index + 1)) {
    checkIndex(index);
    checkSlots(slots);
    words.store(OWNER_LINE + index, owner);
    this.words = words;
    this.slots = slots;
    this.index = index;
  }

  /** Awaits the frame signal. To change the strategy is to start learning anew. */
  await(v: bigint, how: Strategy): bigint {
    if (this.#waiter.how !== how) this.#waiter = new Waiter(how);
    return this.#waiter.await(this.words.frame, v);
  }

  /**
   * Blocks until the frame of an epoch is published, leases its slot and returns it. The
   * slot is not written before release. Throws when the frame has been overwritten
   * already, and a ClosedError when the engine has left.
   */
  lease(epoch: bigint, how: Strategy): number {
    during(() => `await frame ${epoch}`, () => this.await(epoch + 1n, how));
    const slot = this.find(epoch);
    if (slot < 0) {
      const newest = this.words.frame.load() - 1n;
      throw new Error(`frame ${epoch} was overwritten before it was leased; the newest is ${newest}`);
    }
    return slot;
  }

  /** Leases the slot that holds an epoch, or returns -1 if there is none. */
  find(epoch: bigint): number {
    for (let slot = 0; slot < this.slots; slot++) {
      if (this.#hold(slot, epoch)) return slot;
    }
    return -1;
  }

  #hold(slot: number, epoch: bigint): boolean {
    if (!this.sees(slot, epoch)) return false;
    this.claim(slot);
    if (this.sees(slot, epoch)) return true;
    this.release(); // the writer may have seen the lease, and wait
    return false;
  }

  /** A step: whether the slot holds the frame of an epoch, unmarked. */
  sees(slot: number, epoch: bigint): boolean {
    return this.words.load(SLOT_LINE + slot) === epoch + 1n;
  }

  /** A step: says that this reader has leased the slot. It has only if it still sees the frame after that. */
  claim(slot: number): void {
    this.held = BigInt(slot + 1);
    this.words.store(LEASE_LINE + this.index, this.held);
  }

  /** Ends the lease and wakes a writer that waits for it. */
  release(): void {
    const { held } = this;
    this.held = 0n;
    this.words.store(LEASE_LINE + this.index, 0n);
    this.words.letGo(LEASE_LINE, held, held);
  }
}
