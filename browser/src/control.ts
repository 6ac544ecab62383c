/** The worker that talks to the supervisor, by docs/control-protocol.md, and starts those of the roles. */
import { importMemory } from "./linear.ts";
import type { Shared } from "./hub/region.ts";
import type { Ports } from "./messages.ts";
import { pictureOf } from "./picture.ts";
import type { RoleOrder, Said, Told } from "./roles.ts";
import { read } from "./runner.ts";
import type { Report, Thread } from "./runner.ts";
import { samples } from "./samples.ts";
import { answer, newMeeting } from "./sync.ts";
import { transport } from "./transports.ts";
import { ROLES } from "./trial.ts";
import type { Picture, Role, Trial, WorldConfig } from "./trial.ts";

const PROTOCOL = 1;

/** The longest line of a supervisor. */
const LONGEST = 1 << 20;

/** How the connection is closed: as a process that exits with 0, or with 1. */
const CLOSED = { well: 1000, ill: 4001 } as const;

/** What it is told first. */
export interface ControlOrder {
  readonly part: "control";
  /** The address of the supervisor's end, and of what answers with readings. */
  readonly control: string;
  readonly mark: string;
  /** The page, which is asked for its canvas, or to run roles itself. */
  readonly page: MessagePort;
}

/** What the page is asked for: the canvas, which it answers with, or to do an order, of which it reports on a line. */
export type Asked =
  | { readonly kind: "canvas"; readonly picture: Picture }
  | { readonly kind: "roles"; readonly picture: Picture; readonly order: RoleOrder; readonly line: MessagePort };

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
  const session = new Session(order, (message) => socket.send(`${JSON.stringify(message)}\n`), (code) => socket.close(code));
  socket.onmessage = (event: MessageEvent<string>) => session.take(event.data);
  socket.onclose = () => session.end();
}

/** What a worker and a port have in common. */
interface Line {
  onmessage: ((event: MessageEvent<Said>) => void) | null;
  postMessage(told: Told): void;
}

/** Who does roles: a worker, or the page. */
class Hand {
  /** The thread that is its own, by its number; none where it could not be told. */
  thread: string | undefined;
  readonly #said: Said[] = [];
  #failed: string | undefined;
  #wake = () => {};

  /**
   * @param find finds the thread, once the roles are open
   * @param end ends it, whatever it does
   */
  constructor(readonly order: RoleOrder, readonly line: Line, readonly find: () => string | undefined, readonly end: () => void) {
    line.onmessage = ({ data }) => {
      if (data.kind === "sync") return answer(order.meeting);
      if (data.kind === "error") return this.fail(data.error);
      this.#said.push(data);
      this.#wake();
    };
  }

  tell(told: Told): void {
    this.line.postMessage(told);
  }

  fail(error: string): void {
    this.#failed ??= error;
    this.#wake();
  }

  /** Settles with what it says next, or with an error. */
  async next(): Promise<Said> {
    while (this.#said.length === 0 && this.#failed === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failed !== undefined) throw new Error(this.#failed);
    if (this.#said[0]?.kind === "ready") this.thread = this.find();
    return this.#said.shift()!;
  }
}

/** The conversation with the supervisor, and what follows from it. */
export class Session {
  readonly #doing = new Int32Array(new SharedArrayBuffer(4 * ROLES.length)).fill(-1);
  #hands: Hand[] = [];
  #did = "starting";
  #go = () => {};
  #assigned = false;
  #reported = false;
  #exits = false;
  #gone = false;
  #rest = "";

  /** @param close closes the connection, behind all that was said */
  constructor(readonly order: ControlOrder, readonly say: (message: Record<string, unknown>) => void, readonly close: (code: number) => void) {}

  /** Takes what came from the supervisor: lines, or pieces of them. */
  take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.hear(line);
    if (this.#rest.length >= LONGEST) this.#giveUp(`control plane: ${LONGEST} bytes without an end`);
  }

  /** Takes a line. */
  hear(line: string): void {
    if (this.#gone) return;
    let message: { kind?: unknown; key?: unknown; assign?: Assignment };
    try {
      message = JSON.parse(line) as typeof message;
      if (typeof message?.kind !== "string") throw new Error("a message without a kind");
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
        this.#exits = true;
        return this.#leave();
      case "lost":
        return this.#giveUp(`the ${String(message.key)}'s process has ended`);
    }
  }

  /** Ends all who do roles. */
  end(): void {
    for (const hand of this.#hands) hand.end();
    self.close();
  }

  /** Leaves once it was told to and has reported: it may be told before. */
  #leave(): void {
    if (!this.#exits || !this.#reported || this.#gone) return;
    this.#gone = true;
    for (const hand of this.#hands) hand.tell("exit");
    setTimeout(() => this.close(CLOSED.well), 0);
  }

  #giveUp(error: string): void {
    if (this.#gone) return; // what fails now does because it has given up
    this.#gone = true;
    this.say({ kind: "error", error: error.replaceAll("\n", "; ") });
    this.close(CLOSED.ill);
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
      const picture = roles.some((role) => role === "viewer") ? trial.picture : undefined, onPage = picture?.on === "page";
      const canvas = picture?.on === "canvas" ? await this.#canvas(picture) : undefined;
      const order: RoleOrder = {
        part: "roles", roles, trial, modules, ports: own, shared, doing: this.#doing, meeting: newMeeting(), canvas, onPage,
      };
      const hand = onPage ? this.#startOnPage(order, picture) : this.#start(order);
      this.#hands.push(hand);
      const said = await hand.next();
      if (said.kind !== "ready") throw new Error(`the ${roles.join(", ")} said ${said.kind}`);
      shared ??= said.shared;
    }
    this.#did = "waiting to be told to start";
    this.say({ kind: "ready" });
    await begin;
    this.#did = "in its ticks";
    for (const hand of this.#hands) hand.tell("go");
    const reports: Report[] = await Promise.all(this.#hands.map(async (hand) => {
      const said = await hand.next();
      if (said.kind !== "report") throw new Error(`a role said ${said.kind}`);
      return said.report;
    }));
    this.#did = "waiting to be told to leave";
    const threads = Object.fromEntries(this.#hands.flatMap((hand) => hand.order.roles.map((role) => [role, hand.thread])));
    if (this.#gone) return;
    this.say({ kind: "report", report: samples(trial, way, reports, threads) });
    this.#reported = true;
    this.#leave();
  }

  /** Asks the page for its canvas. */
  #canvas(picture: Picture): Promise<OffscreenCanvas> {
    return new Promise((resolve) => {
      this.order.page.onmessage = (event: MessageEvent<OffscreenCanvas>) => resolve(event.data);
      this.order.page.postMessage({ kind: "canvas", picture } satisfies Asked);
    });
  }

  /** Has the page do roles itself. */
  #startOnPage(order: RoleOrder, picture: Picture): Hand {
    const { port1, port2 } = new MessageChannel();
    const find = () => threadOf(order.trial.mark, (_, t) => t.main === true);
    const hand = new Hand(order, port1, find, () => port1.close());
    this.order.page.postMessage({ kind: "roles", picture, order, line: port2 } satisfies Asked, [port2, ...Object.values(order.ports)]);
    return hand;
  }

  /** Starts a worker of roles and finds its thread: the one that was not there before. */
  #start(order: RoleOrder): Hand {
    const before = read(order.trial.mark).threads; // of the one that is not there yet nothing
    const worker = new Worker(self.location.href, { type: "module" });
    const find = () => threadOf(order.trial.mark, (id, t) => !(id in before) && t.name.startsWith("DedicatedWorker"));
    const hand = new Hand(order, worker, find, () => worker.terminate());
    worker.onerror = (event) => hand.fail(`${order.roles.join(", ")}: ${event.message}`);
    worker.postMessage(order, [...Object.values(order.ports), ...(order.canvas ? [order.canvas] : [])]);
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

/** The number of the first thread that is meant. */
function threadOf(mark: string, is: (id: string, thread: Thread) => boolean): string | undefined {
  return Object.entries(read(mark).threads).find(([id, t]) => is(id, t))?.[0];
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
  if (a === undefined) throw new Error('want an assignment first, got "assign" without one');
  const { protocol = 0 } = a;
  if (protocol !== PROTOCOL) throw new Error(`the assignment is of protocol ${protocol}, this program knows ${PROTOCOL}: they are not of one build`);
  if (a.scenario !== "flock") throw new Error(`a tab has no workload ${a.scenario}`);
  if (a.role !== "kernel") throw new Error(`a tab has all roles or none, and was assigned the ${a.role}`);
  const policy = a.setup?.policy, seed = a.setup?.seed;
  if (!policy || seed === undefined) throw new Error("the assignment has no policy of the first frame, or no seed");
  if (typeof a.config !== "object" || a.config === null) throw new Error("decode the assignment: its config is no object");
  return {
    transport: a.transport, config: configOf(a.config, seed), policy: Uint8Array.from(policy), start: Math.floor(performance.timeOrigin),
    origin: performance.timeOrigin, picture: pictureOf(String(a.config["options"] ?? "")), mark,
  };
}

function configOf(given: Record<string, unknown>, seed: string): WorldConfig {
  const number = (name: string) => {
    const n = given[name];
    if (typeof n !== "number" || !(n >= 0)) throw new Error(`the assignment's ${name} is ${n}`);
    return n;
  };
  return {
    boids: number("boids"), neighbours: number("neighbours"), mode: String(given["mode"]), seed: BigInt(seed),
    warmUp: number("warm_up"), ticks: number("ticks"), slots: number("slots"),
    rate: given["rate"] === undefined ? 0 : number("rate"), latest: given["latest"] === true,
  };
}
