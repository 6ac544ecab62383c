/** The worker that talks to the supervisor, by docs/control-protocol.md, and starts those of the roles. */
import { importMemory } from "./linear.ts";
import type { Shared } from "./hub/region.ts";
import type { Ports } from "./messages.ts";
import type { RoleOrder, Said, Told } from "./roles.ts";
import { read } from "./runner.ts";
import type { Report } from "./runner.ts";
import { samples } from "./samples.ts";
import { answer, newMeeting } from "./sync.ts";
import { transport } from "./transports.ts";
import { ROLES } from "./trial.ts";
import type { Role, Trial, WorldConfig } from "./trial.ts";

const PROTOCOL = 1;

/** The option of a config by which the viewer draws. */
const DRAWS = "display=canvas";

/** What it is told first. */
export interface ControlOrder {
  readonly part: "control";
  /** The address of the supervisor's end, and of what answers with readings. */
  readonly control: string;
  readonly mark: string;
  readonly canvas: OffscreenCanvas;
}

/** An assignment, with those fields that a tab needs. Numbers of 64 bits are given as text behind them. */
interface Assignment {
  readonly protocol: number;
  readonly role: string;
  readonly scenario: string;
  readonly transport: string;
  readonly config: Record<string, unknown>;
  readonly setup?: { readonly policy?: number[]; readonly seed?: string };
}

/** Talks until the supervisor says exit or is gone. */
export function control(order: ControlOrder): void {
  const socket = new WebSocket(order.control);
  const session = new Session(order, (message) => socket.send(`${JSON.stringify(message)}\n`));
  let rest = "";
  socket.onmessage = (event: MessageEvent<string>) => {
    const lines = (rest + event.data).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) session.hear(line, () => socket.close(1000));
  };
  socket.onclose = () => session.end();
}

/** A worker of roles. */
interface Hand {
  readonly roles: readonly Role[];
  readonly worker: Worker;
  /** The thread that is its own, by its number; none where it could not be told. */
  readonly thread: string | undefined;
  /** Settles with what it says next, or with an error. */
  next: () => Promise<Said>;
}

/** The conversation with the supervisor, and what follows from it. */
export class Session {
  readonly #doing = new Int32Array(new SharedArrayBuffer(4 * ROLES.length)).fill(-1);
  #hands: Hand[] = [];
  #did = "starting";
  #go = () => {};
  #assigned = false;

  constructor(readonly order: ControlOrder, readonly say: (message: Record<string, unknown>) => void) {}

  /** Takes a line of the supervisor. */
  hear(line: string, close: () => void): void {
    let message: { kind?: unknown; assign?: Assignment };
    try {
      message = JSON.parse(line) as typeof message;
      if (typeof message.kind !== "string") throw new Error("a message without a kind");
    } catch (error) {
      return this.#giveUp(`control plane: ${words(error)}`);
    }
    if (!this.#assigned && message.kind !== "assign") return this.#giveUp(`want an assignment first, got "${message.kind}"`);
    switch (message.kind) {
      case "assign":
        if (this.#assigned) return;
        this.#assigned = true;
        this.#work(message.assign).catch((error: unknown) => this.#giveUp(words(error)));
        return;
      case "go":
        return this.#go();
      case "status":
        return this.say({ kind: "status", doing: this.#status() });
      case "exit":
        for (const hand of this.#hands) hand.worker.postMessage("exit" satisfies Told);
        setTimeout(close, 0);
        return;
      case "lost":
        return this.#giveUp("the process of another role has ended");
    }
  }

  /** Ends all workers. */
  end(): void {
    for (const hand of this.#hands) hand.worker.terminate();
    self.close();
  }

  #giveUp(error: string): void {
    this.say({ kind: "error", error: error.replaceAll("\n", "; ") });
  }

  #status(): string {
    return this.#did !== "in its ticks" ? this.#did : ROLES.map((role, i) => `${role} tick ${Atomics.load(this.#doing, i)}`).join("; ");
  }

  async #work(assigned: Assignment | undefined): Promise<void> {
    const begin = new Promise<void>((resolve) => (this.#go = resolve));
    const trial = trialOf(assigned, this.order.mark), way = transport(trial.transport);
    this.#did = "compiling its modules";
    const modules = await compile(way.inPlace);
    this.#did = "opening its links";
    const ports = way.together ? {} : wires();
    let shared: Shared | undefined;
    // First who makes what is shared: the engine, or the kernel where it is in Go's memory.
    for (const roles of way.together ? [ROLES] : way.inPlace ? ([["kernel"], ["engine"], ["viewer"]] as const) : ([["engine"], ["kernel"], ["viewer"]] as const)) {
      const own = ports[roles[0]] ?? {};
      const canvas = trial.draws && roles.some((role) => role === "viewer") ? this.order.canvas : undefined;
      const hand = this.#start({ part: "roles", roles, trial, modules, ports: own, shared, doing: this.#doing, meeting: newMeeting(), canvas });
      this.#hands.push(hand);
      const said = await hand.next();
      if (said.kind !== "ready") throw new Error(`the ${roles.join(", ")} said ${said.kind}`);
      shared ??= said.shared;
    }
    this.#did = "waiting to be told to start";
    this.say({ kind: "ready" });
    await begin;
    this.#did = "in its ticks";
    for (const hand of this.#hands) hand.worker.postMessage("go" satisfies Told);
    const reports: Report[] = await Promise.all(this.#hands.map(async (hand) => {
      const said = await hand.next();
      if (said.kind !== "report") throw new Error(`a role said ${said.kind}`);
      return said.report;
    }));
    this.#did = "waiting to be told to leave";
    const threads = Object.fromEntries(this.#hands.flatMap((hand) => hand.roles.map((role) => [role, hand.thread])));
    this.say({ kind: "report", report: samples(trial, way, reports, threads) });
  }

  /** Starts a worker of roles and finds its thread: the one that was not there before. */
  #start(order: RoleOrder): Hand {
    const before = read(this.order.mark).threads; // of the one that is not there yet nothing
    const worker = new Worker(self.location.href, { type: "module" });
    const said: Said[] = [];
    let wake = () => {}, failed: string | undefined;
    worker.onmessage = (event: MessageEvent<Said>) => {
      if (event.data.kind === "sync") return answer(order.meeting);
      if (event.data.kind === "error") failed ??= event.data.error;
      else said.push(event.data);
      wake();
    };
    worker.onerror = (event) => {
      failed ??= `${order.roles.join(", ")}: ${event.message}`;
      wake();
    };
    worker.postMessage(order, [...Object.values(order.ports), ...(order.canvas ? [order.canvas] : [])]);
    const hand = {
      roles: order.roles, worker, thread: undefined as string | undefined,
      next: async () => {
        while (said.length === 0 && failed === undefined) await new Promise<void>((resolve) => (wake = resolve));
        if (failed !== undefined) throw new Error(failed);
        if (said[0]?.kind === "ready") hand.thread = Object.entries(read(this.order.mark).threads).find(([id, t]) => !(id in before) && t.name.startsWith("DedicatedWorker"))?.[0];
        return said.shift()!;
      },
    };
    return hand;
  }
}

/** Compiles the modules: of a memory each, or of one. */
async function compile(inPlace: boolean): Promise<RoleOrder["modules"]> {
  const stream = (path: string) => WebAssembly.compileStreaming(fetch(path));
  const rewrite = async (path: string) => WebAssembly.compile(importMemory(new Uint8Array(await (await fetch(path)).arrayBuffer())));
  const [flock, kernel] = await Promise.all([stream(inPlace ? "flock-low.wasm" : "flock.wasm"), (inPlace ? rewrite : stream)("kernel.wasm")]);
  return { flock, kernel };
}

/** Ports between each two roles. */
function wires(): Partial<Record<Role, Ports>> {
  const all: Record<Role, Partial<Record<Role, MessagePort>>> = { kernel: {}, engine: {}, viewer: {} };
  for (const [a, b] of [["kernel", "engine"], ["kernel", "viewer"], ["engine", "viewer"]] as const) {
    const { port1, port2 } = new MessageChannel();
    all[a][b] = port1;
    all[b][a] = port2;
  }
  return all;
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads an assignment, its protocol before anything else. */
function trialOf(a: Assignment | undefined, mark: string): Trial {
  if (a?.protocol !== PROTOCOL) throw new Error(`the assignment is of protocol ${a?.protocol}, this page knows ${PROTOCOL}: they are not of one build`);
  if (a.scenario !== "flock") throw new Error(`a tab has no workload ${a.scenario}`);
  if (a.role !== "kernel") throw new Error(`a tab has all roles or none, and was assigned the ${a.role}`);
  const policy = a.setup?.policy, seed = a.setup?.seed;
  if (!policy || seed === undefined) throw new Error("the assignment has no policy of the first frame, or no seed");
  const number = (name: string) => {
    const n = a.config[name];
    if (typeof n !== "number" || !(n >= 0)) throw new Error(`the assignment's ${name} is ${n}`);
    return n;
  };
  const config: WorldConfig = {
    boids: number("boids"), neighbours: number("neighbours"), mode: String(a.config["mode"]), seed: BigInt(seed),
    warmUp: number("warm_up"), ticks: number("ticks"), slots: number("slots"),
    rate: a.config["rate"] === undefined ? 0 : number("rate"), latest: a.config["latest"] === true,
  };
  const options = String(a.config["options"] ?? "").split(" ").filter((word) => word !== "");
  const unknown = options.find((word) => word !== DRAWS);
  if (unknown !== undefined) throw new Error(`a tab has no option ${unknown}`);
  return { transport: a.transport, config, policy: Uint8Array.from(policy), start: Math.floor(performance.timeOrigin), origin: performance.timeOrigin, draws: options.includes(DRAWS), mark };
}
