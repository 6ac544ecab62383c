/** Begins ticks by a schedule that nothing moves: openLoop of internal/control/pacer.go. */
import type { Clock } from "./clock.ts";
import type { Meter, Phase, Soon } from "./links.ts";

/** What waiting for a tick is charged to: the schedule's and no link's. */
export const PACE: Phase = "pace";

export class Pacer {
  readonly #period: number; // ns
  readonly #never = new Int32Array(new SharedArrayBuffer(4));
  #first: number | undefined;

  /** @param blocks whether its thread may, which that of a page must not */
  constructor(rate: number, readonly clock: Clock, readonly meter: Meter, readonly blocks: boolean) {
    this.#period = 1e9 / rate;
  }

  /** Returns when the tick of an epoch is due, at that time or, if it has passed, at once. */
  wait(epoch: number): Soon<number> {
    this.#first ??= this.clock.nanoseconds();
    const due = this.#first + Math.floor(epoch * this.#period);
    this.meter.enter(PACE);
    if (!this.blocks) return this.#waitAsync(due);
    for (let left = due - this.clock.nanoseconds(); left > 0; left = due - this.clock.nanoseconds()) {
      Atomics.wait(this.#never, 0, 0, left / 1e6); // setTimeout is 4 ms late
    }
    this.meter.enter("compute");
    return due;
  }

  async #waitAsync(due: number): Promise<number> {
    for (let left = due - this.clock.nanoseconds(); left > 0; left = due - this.clock.nanoseconds()) {
      await Atomics.waitAsync(this.#never, 0, 0, left / 1e6).value;
    }
    this.meter.enter("compute");
    return due;
  }
}
