/** When a signal is likely to come, from when it came before: zerocopy/hub/forecast.go. */

export const PAST_GAPS = 16;
const FEWEST_GAPS = 4; // with fewer it knows nothing yet
const WINDOW_SHARE = 5; // a window is a fifth of its start long
// Twice the grain of a tab's clock, and at least that. Go's clock has a finer grain, and a floor of 1 µs.
export const WINDOW_FLOOR_MS = 0.01;
export const BLIND_SPIN_MS = 0.05;

/** From when to when the signal is expected, in milliseconds from the begin of the wait. */
export interface Forecast {
  from: number;
  to: number;
  /** Whether the window holds more than half of the past: else spinning through it would not shorten the median. */
  likely: boolean;
}

/** How long the last waits took, in milliseconds, in a ring. It allocates nothing once it is made. */
export class Past {
  #noted = 0;
  readonly #gaps = new Float64Array(PAST_GAPS);
  readonly #sorted = new Float64Array(PAST_GAPS);
  readonly #forecast: Forecast = { from: 0, to: 0, likely: true };

  note(gapMs: number): void {
    this.#gaps[this.#noted++ % PAST_GAPS] = gapMs;
  }

  /**
   * Returns the window of a fifth of its own start that holds the most of the last waits,
   * the earliest if several do. The object is the past's own, and good until the next call.
   */
  forecast(): Forecast {
    const f = this.#forecast;
    const n = Math.min(this.#noted, PAST_GAPS);
    f.from = 0;
    f.to = BLIND_SPIN_MS;
    f.likely = true;
    if (n < FEWEST_GAPS) return f;
    this.#sorted.set(this.#gaps);
    this.#densest(this.#sorted.subarray(0, n).sort());
    return f;
  }

  #densest(sorted: Float64Array): void {
    let best = 0, end = 0;
    sorted.forEach((from, i) => {
      const to = from + Math.max(from / WINDOW_SHARE, WINDOW_FLOOR_MS);
      while (end < sorted.length && (sorted[end] ?? 0) <= to) end++;
      if (end - i > best) {
        best = end - i;
        this.#forecast.from = from;
        this.#forecast.to = to;
      }
    });
    this.#forecast.likely = 2 * best > sorted.length;
  }
}
