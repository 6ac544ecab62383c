/** The time that all workers of a tab have in common, and laps of it. */
import type { Counters, Meter, Phase } from "./links.ts";

/**
 * Whole nanoseconds since a moment that the workers of a trial agree on. The clock has a
 * grain of 5 µs.
 */
export class Clock {
  readonly #offset: number;

  /**
   * @param epoch the moment, in ms since 1970
   * @param offset from this worker's performance.now() to that of the worker which named
   *   the moment, in ms
   * @param origin when that worker started, in ms since 1970
   */
  constructor(epoch: number, offset: number, origin: number) {
    this.#offset = origin - epoch + offset;
  }

  nanoseconds(): number {
    return Math.round((performance.now() + this.#offset) * 1e6);
  }
}

/**
 * Charges the time of one worker to phases. It reads a wall clock, since a tab has no
 * other: what a worker was kept from running is in the phase that it was in.
 */
export class WallMeter implements Meter {
  readonly laps: Partial<Record<Phase, number>> = {};
  entered = 0;
  #phase: Phase = "compute";
  #since = 0;
  #counts = false;
  #paused = false;

  enter(phase: Phase): Phase {
    const now = performance.now(), before = this.#phase;
    if (this.#counts && !this.#paused) {
      this.laps[this.#phase] = (this.laps[this.#phase] ?? 0) + now - this.#since;
      this.entered++;
    }
    this.#phase = phase;
    this.#since = now;
    return before;
  }

  /** What has been charged to a phase so far, the lap that is not over included, in ms. */
  spent(phase: Phase): number {
    const open = this.#counts && this.#phase === phase ? performance.now() - this.#since : 0;
    return (this.laps[phase] ?? 0) + open;
  }

  /** Begins and ends what is counted. */
  count(on: boolean): void {
    this.enter(this.#phase);
    this.#counts = on;
  }

  /** Ends the last lap until resume: another role has its turn in this worker. */
  pause(): void {
    this.enter("compute");
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#since = performance.now();
  }
}

/** The meter of a worker whose roles take turns: that of the role whose turn it is. */
export class Turns implements Meter {
  #own: WallMeter;

  constructor(first: WallMeter) {
    this.#own = first;
  }

  turn(to: WallMeter): void {
    if (to === this.#own) return;
    this.#own.pause();
    this.#own = to;
    to.resume();
  }

  enter(phase: Phase): Phase {
    return this.#own.enter(phase);
  }
}

export function newCounters(): Counters {
  return { copiedBytes: 0, wireBytes: 0 };
}
