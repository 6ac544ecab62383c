/** Waits that learn from those before: zerocopy/hub/waiter.go, as far as a script can. */
import { Past } from "./forecast.ts";
import { checkReachable } from "./signal.ts";
import type { Signal } from "./signal.ts";
import { FIRST_PATIENCE_MS, PARK_TIMEOUT_MS } from "./strategy.ts";
import type { Strategy } from "./strategy.ts";

const SHORT_WAIT_MS = 0.15; // forecast up to which a wait is spun through from its begin
const FIRST_LEAD_MS = 0.05; // how early a sleep ends, before anything is known
const LEAD_SHARE = 8; // and at most an eighth of the sleep
const SLICE_LOST_MS = 0.2; // between two looks at the clock: somebody else was on the core
const CROWDED_AT = 3;
const CROWDED_MOST = 4;
const FIRST_PENALTY = 8, LAST_PENALTY = 1024; // waits that are parked before spinning is tried again
const SHORTEST_SLEEP_MS = 0.001; // takes some 70 µs
const PAID_WAITS = 512; // quick spins that are worth a slice that was lost

/**
 * Waits for one signal by one strategy. It is for one worker and one signal: what it
 * learns of two would be true of neither. Nothing of it lies in shared memory.
 *
 * The policy of `adaptive` is Go's, without the offers of the core, for which a script
 * has no call:
 *
 *  1. Look 64 times. If the value comes, the gap is noted as 0 and no clock was read.
 *  2. Forecast the window that holds the most of the last 16 gaps.
 *  3. Park for the whole wait if the core is known to be crowded, or if the window holds
 *     no more than half of the gaps.
 *  4. If the window starts within 150 µs, spin to twice its end and 20 µs more, then park.
 *  5. Otherwise sleep until its start less a lead, spin to its end plus the lead, park.
 *     The lead learns how late sleeps end, and is at most an eighth of the window's start.
 *  6. A spin in which 200 µs lie between two looks at the clock has lost the core to
 *     somebody and adds 2 to a score of at most 4; any other takes 1 from it. From 3 on
 *     the waiter parks at once, in this wait and the next 8; each time that spinning fails
 *     again doubles the 8, up to 1,024. It is not held against spinning if 512 waits since
 *     the last such loss ended without any.
 *  7. Note the gap; of a wait that was woken less the lead, since the value came before
 *     the waiter did.
 *
 * `spin` keeps the same score. While the core is known to be crowded, by 6, it spins for
 * 20 µs and sleeps for as short as it can, in turn: with three roles on two cores a tick
 * that took 7 ms without takes a quarter of one with it. Alone on its core it never sleeps.
 *
 * The clock is performance.now(), whose grain in an isolated tab is 5 µs.
 */
export class Waiter {
  readonly how: Strategy;
  readonly past = new Past();
  readonly crowd = new Crowd();
  #lead = FIRST_LEAD_MS;
  #last = 0; // when the clock was last read
  #slept = false; // the value came, if it did, in a sleep

  constructor(how: Strategy) {
    this.how = how;
  }

  /** Does as Signal.await, by the waiter's strategy. */
  await(s: Signal, v: bigint): bigint {
    if (this.how === "park") return s.await(v, this.how);
    checkReachable(v);
    if (this.how === "spin") return this.#poll(s, v);
    const seen = this.#look(s, v);
    return seen >= v ? seen : this.#wait(s, v);
  }

  /** Spins until the value comes, and offers the core where others are known to want it. */
  #poll(s: Signal, v: bigint): bigint {
    let seen = s.burst(v);
    if (seen >= v) return seen;
    const offers = this.crowd.parks();
    let last = this.#now(), offer = last + FIRST_PATIENCE_MS, lost = false;
    for (;;) {
      seen = s.burst(v);
      const now = this.#now();
      if (now - last >= SLICE_LOST_MS) {
        lost = true;
        this.crowd.lost();
      }
      if (seen >= v) break;
      s.checkLeft(v);
      last = now;
      if (offers && now >= offer) {
        s.sleep(seen, SHORTEST_SLEEP_MS);
        last = this.#now();
        offer = last + FIRST_PATIENCE_MS;
      }
    }
    if (!lost && !offers) this.crowd.calm();
    return seen;
  }

  /** The looks that no clock is read for. */
  #look(s: Signal, v: bigint): bigint {
    if (this.crowd.parked > 0) return s.load();
    const seen = s.burst(v);
    if (seen >= v) {
      this.past.note(0);
      this.crowd.paid++;
    }
    return seen;
  }

  #wait(s: Signal, v: bigint): bigint {
    const begin = this.#now();
    this.#slept = false;
    if (!this.crowd.parks()) this.#expect(s, v, begin);
    let seen: bigint;
    while ((seen = s.load()) < v) this.#slept = s.doze(v, PARK_TIMEOUT_MS);
    if (this.#slept) {
      const gap = this.#now() - begin;
      this.past.note(gap - Math.min(this.#lead, gap / LEAD_SHARE));
    } else {
      this.past.note(this.#last - begin);
    }
    return seen;
  }

  /** Does what the forecast suggests, and returns whether or not the value has come. */
  #expect(s: Signal, v: bigint, begin: number): void {
    const { from, to, likely } = this.past.forecast();
    if (!likely) return;
    if (from <= SHORT_WAIT_MS) {
      this.#spin(s, v, begin + 2 * to + FIRST_PATIENCE_MS);
      return;
    }
    const lead = Math.min(this.#lead, from / LEAD_SHARE);
    this.#sleep(s, v, begin + from - lead);
    if (s.load() < v) this.#spin(s, v, begin + to + lead);
  }

  #now(): number {
    return (this.#last = performance.now());
  }

  /** Sleeps until the clock says so or the value comes, and learns how late that was. */
  #sleep(s: Signal, v: bigint, until: number): void {
    while (s.load() < v) {
      const left = until - this.#now();
      if (left <= 0) {
        this.#learn(-left);
        return;
      }
      this.#slept = s.doze(v, Math.min(left, PARK_TIMEOUT_MS));
    }
  }

  #learn(late: number): void {
    this.#lead += (late - this.#lead) / (late > this.#lead ? 4 : 16);
  }

  /** Looks until the clock says so, the value comes, or others turn out to want the core. */
  #spin(s: Signal, v: bigint, until: number): void {
    this.#slept = false;
    let last = this.#now(), lost = false;
    for (;;) {
      const came = s.burst(v) >= v;
      // Also when it came: who has the core is often the one who posts.
      const now = this.#now();
      if (now - last >= SLICE_LOST_MS) {
        lost = true;
        if (this.crowd.lost()) return;
      }
      if (came || now >= until) break;
      s.checkLeft(v);
      last = now;
    }
    if (!lost) this.crowd.calm();
  }
}

/** What a waiter knows of others that want its core. */
export class Crowd {
  score = 0;
  /** Waits still to be parked. */
  parked = 0;
  /** How many the next time. */
  penalty = FIRST_PENALTY;
  /** Waits that ended without a loss of the core since the last one. */
  paid = 0;

  /** Whether this wait is one that parks at once. */
  parks(): boolean {
    if (this.parked === 0) return false;
    this.parked--;
    return true;
  }

  /** Takes into account a spin in which nobody wanted the core. */
  calm(): void {
    this.paid++;
    this.score = Math.max(this.score - 1, 0);
    if (this.score === 0) this.penalty = FIRST_PENALTY;
  }

  /** Takes into account that somebody had the core, and returns whether to stop spinning. */
  lost(): boolean {
    if (this.paid >= PAID_WAITS) {
      this.paid = 0;
      this.penalty = FIRST_PENALTY;
      return false;
    }
    this.paid = 0;
    this.score = Math.min(this.score + 2, CROWDED_MOST);
    if (this.score < CROWDED_AT) return false;
    this.parked = this.penalty;
    this.penalty = Math.min(2 * this.penalty, LAST_PENALTY);
    return true;
  }
}
