/**
 * How a role waits for a word.
 *
 * - `park` sleeps by Atomics.wait at once: cheap in CPU, some microseconds late.
 * - `spin` looks at the word without end, and keeps a core. A script has no call that
 *   offers the core to others, and its shortest sleep takes 70 µs: it takes that only
 *   while it knows that others want the core; see Waiter.
 * - `adaptive` spins where the word is about to come and sleeps before that; see Waiter.
 */
export type Strategy = "park" | "spin" | "adaptive";

/** Every strategy, in the order of Go's. */
export const STRATEGIES: readonly Strategy[] = ["park", "spin", "adaptive"];

/** The longest sleep between two looks at the closed word. */
export const PARK_TIMEOUT_MS = 100;

/** Looks at a word between two looks at the rest. */
export const LOOKS_PER_BURST = 64;

/** Of a spin by who is to sleep behind it. */
export const FIRST_PATIENCE_MS = 0.02;

/** The processor's hint for a loop that looks at a word, where the engine has it. */
export const pause: () => void = (Atomics as { pause?: () => void }).pause ?? (() => {});
