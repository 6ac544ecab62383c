/** A word that one role posts and others await: zerocopy/hub/signal.go and park.go. */
import { LOOKS_PER_BURST, PARK_TIMEOUT_MS, pause } from "./strategy.ts";
import type { Strategy } from "./strategy.ts";

/** The roles by their numbers, which are also the indexes of kernel and viewer as readers. */
export const ROLES = ["kernel", "engine", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/** The bit of a role in the closed word. */
export function bitOf(role: Role): bigint {
  return 1n << BigInt(ROLES.indexOf(role));
}

const MOST = (1n << 64n) - 1n;

/** Says that a role that was waited for has left the hub. */
export class ClosedError extends Error {
  /** The bits of the roles that have left. */
  readonly roles: bigint;
  readonly #during: string;

  constructor(roles: bigint, during = "") {
    const names = ROLES.filter((role) => (roles & bitOf(role)) !== 0n);
    super(`${during}the ${names.join(" and the ")} ${names.length > 1 ? "have" : "has"} left the hub`);
    this.name = "ClosedError";
    this.roles = roles;
    this.#during = during;
  }

  /** The same error, with what was under way before it. */
  behind(what: string): ClosedError {
    return new ClosedError(this.roles, `${what}: ${this.#during}`);
  }
}

/** Runs a wait, and puts what it was for before the error that somebody has left. */
export function during<T>(what: () => string, wait: () => T): T {
  try {
    return wait();
  } catch (err) {
    throw err instanceof ClosedError ? err.behind(what()) : err;
  }
}

/** A control page as words of 64 bits: unsigned to look at, signed to sleep on. */
export interface Page {
  readonly words: BigUint64Array;
  readonly sleepable: BigInt64Array;
}

/** A value of 64 bits that only grows, and the number of those who sleep until it does. */
export class Signal {
  readonly #page: Page;
  readonly #words: BigUint64Array;
  readonly #value: number;
  readonly #sleepers: number;
  readonly #closed: number;
  readonly #writers: bigint;

  /**
   * Indexes are those of words. The signal ends when a role of `writers`, a bit each,
   * has left.
   */
  constructor(page: Page, value: number, sleepers: number, closed: number, writers: bigint) {
    this.#page = page;
    this.#words = page.words;
    this.#value = value;
    this.#sleepers = sleepers;
    this.#closed = closed;
    this.#writers = writers;
  }

  load(): bigint {
    return Atomics.load(this.#words, this.#value);
  }

  /** Sets the value and wakes whoever sleeps. Returns whether anybody had to be woken. */
  post(v: bigint): boolean {
    // Both accesses are sequentially consistent, as is a sleeper's order of sleepers,
    // then value: one of the two sides sees the other.
    Atomics.store(this.#words, this.#value, v);
    return this.#wakeIfAny();
  }

  /** Posts a signal of several writers: one more than before, whatever that was. */
  bump(): boolean {
    Atomics.add(this.#words, this.#value, 1n);
    return this.#wakeIfAny();
  }

  #wakeIfAny(): boolean {
    if (this.sleepers() === 0n) return false;
    this.wake();
    return true;
  }

  /** Wakes every sleeper. */
  wake(): void {
    Atomics.notify(this.#page.sleepable, this.#value);
  }

  sleepers(): bigint {
    return Atomics.load(this.#words, this.#sleepers);
  }

  /** Counts one more sleeper, who must take himself out again. */
  enlist(): void {
    Atomics.add(this.#words, this.#sleepers, 1n);
  }

  discharge(): void {
    Atomics.sub(this.#words, this.#sleepers, 1n);
  }

  /** Sleeps while the value is `seen`, at most so long. Why it ended is for the caller to find out. */
  sleep(seen: bigint, limitMs: number): void {
    Atomics.wait(this.#page.sleepable, this.#value, BigInt.asIntN(64, seen), limitMs);
  }

  /**
   * Blocks until the value is at least `v`, and returns it. Throws a ClosedError when its
   * writer has left before. To wait adaptively takes a Waiter.
   */
  await(v: bigint, how: Exclude<Strategy, "adaptive">): bigint {
    checkReachable(v);
    const seen = this.load();
    if (seen >= v) return seen;
    return how === "spin" ? this.#spin(v) : this.#park(v);
  }

  #park(v: bigint): bigint {
    for (;;) {
      this.doze(v, PARK_TIMEOUT_MS);
      const seen = this.load();
      if (seen >= v) return seen;
    }
  }

  #spin(v: bigint): bigint {
    for (;;) {
      const seen = this.burst(v);
      if (seen >= v) return seen;
      this.checkLeft(v);
    }
  }

  /** Looks some 64 times, a microsecond or so, and returns what it saw last. */
  burst(v: bigint): bigint {
    let seen = 0n;
    for (let look = 0; look < LOOKS_PER_BURST; look++) {
      if ((seen = this.load()) >= v) break;
      pause();
    }
    return seen;
  }

  /**
   * Sleeps once, for at most the limit, unless the value is `v` already. Returns whether
   * it slept; throws a ClosedError when the writer has left.
   */
  doze(v: bigint, limitMs: number): boolean {
    this.enlist();
    try {
      const seen = this.load();
      if (seen >= v) return false;
      this.checkLeft(v);
      this.sleep(seen, limitMs);
      return true;
    } finally {
      this.discharge();
    }
  }

  /** Does as await by `park`, for a thread that must not block: it goes on with other work meanwhile. */
  async reach(v: bigint): Promise<bigint> {
    checkReachable(v);
    for (;;) {
      this.enlist();
      try {
        const seen = this.load();
        if (seen >= v) return seen;
        this.checkLeft(v);
        await Atomics.waitAsync(this.#page.sleepable, this.#value, BigInt.asIntN(64, seen), PARK_TIMEOUT_MS).value;
      } finally {
        this.discharge();
      }
    }
  }

  /** The bits of the writers that have left. */
  gone(): bigint {
    return Atomics.load(this.#words, this.#closed) & this.#writers;
  }

  /** Throws if the writer has gone without having posted `v` first. */
  checkLeft(v: bigint): void {
    const gone = this.gone();
    if (gone !== 0n && this.load() < v) throw new ClosedError(gone);
  }
}

/** Throws if no word of 64 bits can reach `v`: who waited for that would wait for good. */
export function checkReachable(v: bigint): void {
  if (v < 0n || v > MOST) throw new RangeError(`await value ${v}: no word of 64 bits reaches it`);
}
