/** Runs the roles of a worker through all ticks, and returns what was measured in the window. */
import type { Clock, WallMeter } from "./clock.ts";
import type { Turns } from "./clock.ts";
import type { Engine } from "./engine.ts";
import type { Kernel } from "./kernel.ts";
import type { Counters, Phase } from "./links.ts";
import { Pacer } from "./pacer.ts";
import type { Actor, Evidence, Role, Trial } from "./trial.ts";
import { lastEpoch, ROLES } from "./trial.ts";
import type { Viewer } from "./viewer.ts";

/** What the browser has used so far, in ns: its processes by name, and the tab's threads by number. See internal/tab. */
export interface Reading {
  readonly processes: Readonly<Record<string, number>>;
  readonly threads: Readonly<Record<string, Thread>>;
}

/** A thread of the tab. */
export interface Thread {
  readonly name: string;
  readonly cpu_ns: number;
  /** How long it was ready to run and did not. */
  readonly delay_ns: number;
  /** Whether it is the page's own. */
  readonly main?: boolean;
}

const NOTHING: Reading = { processes: {}, threads: {} };

/** A role and what it is measured with. */
export interface Part {
  readonly role: Role;
  readonly meter: WallMeter;
  readonly counters: Counters;
}

/** What a worker has measured of one role. */
export interface Account {
  readonly role: Role;
  readonly evidence: Evidence;
  /** Time by phase, in ns, of the window. */
  readonly wall: Partial<Record<Phase, number>>;
  readonly laps: number;
  readonly copiedBytes: number;
  readonly wireBytes: number;
}

/** What one worker reports. */
export interface Report {
  readonly accounts: Account[];
  /**
   * Of the worker that has the kernel: what the browser used in the window, what a reading of that
   * takes, which is in it no more, and how long the window was by its own clock, in ns.
   */
  readonly used?: Reading;
  readonly asking?: Reading;
  readonly lasted?: number;
  readonly published?: number[];
  readonly intended?: number[];
  readonly shown?: number[];
  /** Of the worker that has the kernel: its compute in each tick of the window, in ns on the wall. */
  readonly computed?: number[];
}

/** The actors of a worker: all three, which take turns, or one. */
export interface Actors {
  readonly kernel?: Kernel;
  readonly engine?: Engine;
  readonly viewer?: Viewer;
}

export class Runner {
  readonly #times: Record<"kernel" | "viewer", Float64Array>;
  readonly #clock: Clock;
  /** The kernel's compute up to the end of each tick of the window, in ms. */
  readonly #computed: Float64Array;
  #intended: number[] | undefined;
  #opened: Reading | undefined;
  #askings: Reading[] = [];
  #used: Reading | undefined;
  #began = 0;
  #lasted = 0;
  readonly #counted = new Map<Part, Counters>();
  actors: Actors = {};

  /**
   * @param parts the roles that run here
   * @param turns whose turn it is, where there are several
   * @param clock that all workers of the trial have
   * @param doing where the epoch in progress is shown to others, for each role
   * @param onPage whether this is the page's own thread, which must not block
   */
  constructor(
    readonly trial: Trial, readonly parts: readonly Part[], readonly turns: Turns, readonly doing: Int32Array, clock: Clock,
    readonly onPage: boolean,
  ) {
    this.#clock = clock;
    const ticks = () => new Float64Array(trial.config.ticks + 1);
    this.#times = { kernel: ticks(), viewer: ticks() };
    this.#computed = ticks();
  }

  /** Notes that an epoch has passed the kernel or the viewer. */
  mark(role: "kernel" | "viewer", epoch: number): void {
    const at = epoch - this.trial.config.warmUp;
    if (at >= 0) this.#times[role][at] = this.#clock.nanoseconds();
  }

  async run(): Promise<Report> {
    const { config } = this.trial, { viewer } = this.actors;
    const skips = config.latest && viewer && this.parts.length === 1;
    const pacer = this.actors.kernel && config.rate > 0 ? new Pacer(config.rate, this.#clock, this.turns, !this.onPage) : undefined;
    if (pacer) this.#intended = Array<number>(config.ticks).fill(0);
    for (let due = 0; due <= lastEpoch(config); due++) {
      const epoch = skips ? await viewer.take(due) : due;
      if (epoch < due || epoch > lastEpoch(config)) throw new Error(`took frame ${epoch}: want ${due} to ${lastEpoch(config)}`);
      this.#pass(due, epoch);
      await this.#tick(epoch, pacer);
      due = epoch;
    }
    return this.#report();
  }

  async #tick(epoch: number, pacer: Pacer | undefined): Promise<void> {
    const { kernel, engine, viewer } = this.actors;
    if (kernel) {
      this.#turn("kernel", epoch);
      const due = pacer?.wait(epoch), start = due instanceof Promise ? await due : due;
      const at = epoch - this.trial.config.warmUp;
      if (this.#intended && start !== undefined && at >= 0 && at < this.#intended.length) this.#intended[at] = start;
      kernel.begin(epoch);
    }
    if (engine) await this.#done("engine", engine, epoch);
    if (viewer) await this.#done("viewer", viewer, epoch);
    if (kernel) {
      await this.#done("kernel", kernel, epoch);
      const at = epoch - this.trial.config.warmUp, meter = this.parts.find((p) => p.role === "kernel")?.meter;
      if (at >= 0 && meter) this.#computed[at] = meter.spent("compute");
    }
  }

  async #done(role: Role, actor: Actor, epoch: number): Promise<void> {
    this.#turn(role, epoch);
    const done = actor.tick(epoch);
    if (done instanceof Promise) await done;
  }

  #turn(role: Role, epoch: number): void {
    const part = this.parts.find((p) => p.role === role);
    if (part) this.turns.turn(part.meter);
    Atomics.store(this.doing, ROLES.indexOf(role), epoch);
  }

  /** Opens the window at the first tick that lies in it, and shuts it at the last of the trial. */
  #pass(due: number, epoch: number): void {
    const { config, mark } = this.trial;
    const passes = (e: number) => due <= e && e <= epoch;
    if (passes(config.warmUp)) {
      for (const p of this.parts) this.#counted.set(p, { ...p.counters });
      if (this.actors.kernel) this.#opened = this.#twice(mark)[1];
      for (const p of this.parts) p.meter.count(true);
      this.#began = performance.now();
    }
    if (passes(lastEpoch(config))) {
      this.#lasted = performance.now() - this.#began; // and not what lies between two readings, which take milliseconds
      for (const p of this.parts) p.meter.count(false);
      if (this.actors.kernel) this.#used = since(this.#opened, this.#twice(mark)[0]);
      for (const p of this.parts) {
        const before = this.#counted.get(p) ?? p.counters;
        this.#counted.set(p, { copiedBytes: p.counters.copiedBytes - before.copiedBytes, wireBytes: p.counters.wireBytes - before.wireBytes });
      }
    }
  }

  /**
   * Reads twice in a row. Between two readings lie the end of one question and the begin of
   * the next, as in the window: what is used between these two is what asking takes.
   */
  #twice(mark: string): [Reading, Reading] {
    const first = read(mark), second = read(mark);
    this.#askings.push(since(first, second));
    return [first, second];
  }

  async #report(): Promise<Report> {
    const accounts: Account[] = [];
    for (const p of this.parts) {
      const actor = this.actors[p.role];
      if (!actor) throw new Error(`there is no ${p.role}`);
      const wall = Object.fromEntries(Object.entries(p.meter.laps).map(([phase, ms]) => [phase, ms * 1e6]));
      const counted = this.#counted.get(p);
      accounts.push({
        role: p.role, evidence: await actor.evidence(), wall, laps: p.meter.entered,
        copiedBytes: counted?.copiedBytes ?? 0, wireBytes: counted?.wireBytes ?? 0,
      });
    }
    const asking = mean(this.#askings);
    return {
      accounts,
      ...(this.actors.kernel && this.#used ? { used: without(this.#used, asking), asking, lasted: this.#lasted * 1e6, published: Array.from(this.#times.kernel).slice(0, -1), computed: this.#perTick() } : {}),
      ...(this.#intended ? { intended: this.#intended } : {}),
      ...(this.actors.viewer ? { shown: Array.from(this.#times.viewer) } : {}),
    };
  }

  /** The kernel's compute in each tick of the window, in ns. */
  #perTick(): number[] {
    return Array.from(this.#computed.subarray(0, -1), (sum, i) => (sum - (this.#computed[i - 1] ?? 0)) * 1e6);
  }

  close(): void {
    for (const p of this.parts) this.actors[p.role]?.close();
  }
}

/**
 * Asks the host what the browser's processes have used. It blocks, so that nothing of
 * the trial goes on meanwhile in this worker, and is outside of the window.
 */
export function read(mark: string): Reading {
  const request = new XMLHttpRequest();
  request.open("POST", mark, false);
  request.send();
  if (request.status !== 200) throw new Error(`ask the host what was used: status ${request.status}`);
  const { threads, ...processes } = JSON.parse(request.responseText) as Record<string, number> & { threads: Record<string, Thread> };
  return { processes, threads };
}

/** What was used between two readings. A thread that is new is there with all of it. */
function since(from: Reading | undefined, to: Reading): Reading {
  return combine(to, from ?? NOTHING, (own, before) => own - before);
}

/** The mean of what was used between readings. */
function mean(all: readonly Reading[]): Reading {
  const sum = all.reduce((a, b) => combine(b, a, (own, other) => own + other), NOTHING);
  return combine(sum, NOTHING, (own) => own / all.length);
}

/** What was used, without what asking takes: of nobody less than nothing. */
function without(used: Reading, asking: Reading): Reading {
  return combine(used, asking, (own, other) => Math.max(0, own - other));
}

/** Every number of a reading with that of another, which is 0 where it has none. */
function combine(a: Reading, b: Reading, of: (own: number, other: number) => number): Reading {
  const processes = Object.fromEntries(Object.entries(a.processes).map(([name, ns]) => [name, of(ns, b.processes[name] ?? 0)]));
  const threads = Object.fromEntries(Object.entries(a.threads).map(([id, t]) => {
    const other = b.threads[id];
    return [id, { name: t.name, cpu_ns: of(t.cpu_ns, other?.cpu_ns ?? 0), delay_ns: of(t.delay_ns, other?.delay_ns ?? 0) }];
  }));
  return { processes, threads };
}
