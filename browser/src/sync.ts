/**
 * Sets the clock of a worker by that of another. What a worker knows of its own start is
 * off by some µs, which is as long as a tick of a small world takes.
 */

/** Bytes of shared memory that two workers need for it. */
const SYNC_BYTES = 16;

const ASKED = 1, ANSWERED = 2;
const ROUNDS = 200, PATIENCE_MS = 2000;

/** A place where two workers meet. */
export function newMeeting(): SharedArrayBuffer {
  return new SharedArrayBuffer(SYNC_BYTES);
}

/** Spins until a flag has a value, and reports whether it came in time. */
function comes(flag: Int32Array, value: number, until: number): boolean {
  while (Atomics.load(flag, 0) !== value) if (performance.now() > until) return false;
  return true;
}

/** Answers the other side's questions for the time. Blocks until it has had all, or is late. */
export function answer(meeting: SharedArrayBuffer): void {
  const flag = new Int32Array(meeting, 0, 1), time = new Float64Array(meeting, 8, 1);
  const until = performance.now() + PATIENCE_MS;
  for (let i = 0; i < ROUNDS && comes(flag, ASKED, until); i++) {
    time[0] = performance.now();
    Atomics.store(flag, 0, ANSWERED); // behind which the time is there
  }
}

/**
 * Asks the other side for the time, again and again. Returns what has to be added to this
 * worker's performance.now() to have the other's, in ms: the median of the rounds that were
 * quicker than most, each of which supposes that the answer was given half-way. Undefined
 * where nobody answers.
 */
export function ask(meeting: SharedArrayBuffer): number | undefined {
  const flag = new Int32Array(meeting, 0, 1), time = new Float64Array(meeting, 8, 1);
  const until = performance.now() + PATIENCE_MS, rounds: { took: number; offset: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const before = performance.now();
    Atomics.store(flag, 0, ASKED);
    if (!comes(flag, ANSWERED, until)) break;
    const behind = performance.now();
    rounds.push({ took: behind - before, offset: time[0]! - (before + behind) / 2 });
  }
  const quick = rounds.sort((a, b) => a.took - b.took).slice(0, Math.ceil(rounds.length / 2)).map((r) => r.offset);
  return quick.sort((a, b) => a - b)[quick.length >> 1];
}
