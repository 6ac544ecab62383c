/**
 * How a role waits for a word.
 *
 * - `park` sleeps by Atomics.wait at once: cheap in CPU, some microseconds late.
 * - `spin` looks at the word without end. It keeps a core, and offers it to nobody,
 *   since a script has no call for that: the shortest Atomics.wait takes 70 µs.
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
