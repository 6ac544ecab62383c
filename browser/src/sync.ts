/**
 * Sets the clock of a worker by that of another. What a worker knows of its own start is
 * off by some µs, which is as long as a tick of a small world takes.
 */

/** Bytes of shared memory that two workers need for it. */
const SYNC_BYTES = 16;

const IDLE = 0, ASKED = 1, ANSWERED = 2, DONE = 3;
const ROUNDS = 200, PATIENCE_MS = 3000;
/** So many answers have to come so quickly before no more is asked: on a busy machine the two have cores at once only now and then. */
const ENOUGH = 20, GOOD_MS = 0.02;
const SPIN_MS = 0.02; // behind which a worker lets the other have its core, if it is that which both want
/** Rounds that are so much slower than the quickest count as well: their median is finer than the clock's grain. */
const AS_QUICK_MS = 0.01;
/** The longest that the quickest round may take. The clock is then off by half of that at most. */
export const QUICK_MS = 0.05;

/** A place where two workers meet. */
export function newMeeting(): SharedArrayBuffer {
  return new SharedArrayBuffer(SYNC_BYTES);
}

/** Waits until a flag has a value, or says that all is done, and reports whether that value came in time. */
function comes(flag: Int32Array, value: number, until: number, mayBlock = true): boolean {
  const sleepy = performance.now() + SPIN_MS;
  for (let seen: number; (seen = Atomics.load(flag, 0)) !== value;) {
    const now = performance.now();
    if (now > until || seen === DONE) return false;
    if (now > sleepy && mayBlock) Atomics.wait(flag, 0, seen, 1);
  }
  return true;
}

function tell(flag: Int32Array, value: number): void {
  Atomics.store(flag, 0, value);
  Atomics.notify(flag, 0);
}

/** Answers the other side's questions for the time. Blocks until it has had all, or is late. */
export function answer(meeting: SharedArrayBuffer): void {
  const flag = new Int32Array(meeting, 0, 1), time = new Float64Array(meeting, 8, 1);
  const until = performance.now() + 2 * PATIENCE_MS; // the other may begin later
  while (comes(flag, ASKED, until)) {
    time[0] = performance.now();
    tell(flag, ANSWERED); // behind which the time is there
  }
  Atomics.compareExchange(flag, 0, DONE, IDLE); // for another time
}

/** A question: how long its answer took, and what it makes of the difference of the clocks, in ms. */
export interface Round {
  readonly took: number;
  readonly offset: number;
}

/**
 * Asks the other side for the time, again and again. Returns what has to be added to this
 * worker's performance.now() to have the other's, in ms, or undefined where nobody answers
 * quickly. A page's own thread must not block: it looks without end, for some ms.
 */
export function ask(meeting: SharedArrayBuffer, mayBlock = true): number | undefined {
  const flag = new Int32Array(meeting, 0, 1), time = new Float64Array(meeting, 8, 1);
  const until = performance.now() + PATIENCE_MS, rounds: Round[] = [];
  for (let good = 0; (rounds.length < ROUNDS || good < ENOUGH) && performance.now() < until;) {
    const before = performance.now();
    tell(flag, ASKED);
    if (!comes(flag, ANSWERED, until, mayBlock)) break;
    const behind = performance.now();
    rounds.push({ took: behind - before, offset: time[0]! - (before + behind) / 2 });
    if (behind - before <= GOOD_MS) good++;
  }
  tell(flag, DONE);
  return best(rounds);
}

/**
 * The median of the quickest rounds. Each supposes that the answer was given half-way: of one in
 * which a worker lost its core that is wrong by as much as half of what it took, and on a
 * busy machine most are such.
 */
export function best(rounds: readonly Round[]): number | undefined {
  const least = Math.min(...rounds.map((r) => r.took));
  if (!(least <= QUICK_MS)) return undefined;
  const quick = rounds.filter((r) => r.took <= least + AS_QUICK_MS).map((r) => r.offset);
  return quick.sort((a, b) => a - b)[quick.length >> 1];
}
