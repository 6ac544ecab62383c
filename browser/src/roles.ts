/** A worker, or a page, that has one role, or all three in turn. */
import { Layout } from "../host/layout.mjs";
import { Clock, newCounters, Turns, WallMeter } from "./clock.ts";
import { Engine, linearOf, newWorld } from "./engine.ts";
import { create } from "./hub/region.ts";
import type { Shared } from "./hub/region.ts";
import { Instances } from "./instances.ts";
import { Kernel } from "./kernel.ts";
import type { InPlaceLink } from "./links.ts";
import type { Ports } from "./messages.ts";
import { rehearseKernel, rehearsePhysics, rehearseViewer } from "./rehearse.ts";
import type { Canvas } from "./render/renderer.ts";
import { Runner } from "./runner.ts";
import type { Actors, Part, Report } from "./runner.ts";
import { Screen } from "./screen.ts";
import { ask } from "./sync.ts";
import { transport } from "./transports.ts";
import type { Opening } from "./transports.ts";
import { ROLES } from "./trial.ts";
import type { Role, Trial } from "./trial.ts";
import { Viewer } from "./viewer.ts";

/** What such a worker is told first. */
export interface RoleOrder {
  readonly part: "roles";
  readonly roles: readonly Role[];
  readonly trial: Trial;
  /** Of one memory each, or those that can have one in common; see linear.ts. */
  readonly modules: { readonly flock: WebAssembly.Module; readonly kernel: WebAssembly.Module };
  readonly ports: Ports;
  readonly shared: Shared | undefined;
  /** The epoch that each role is at, for who asks. */
  readonly doing: Int32Array;
  /** Where it asks for the time. */
  readonly meeting: SharedArrayBuffer;
  /** Of the viewer, if it draws from a worker. */
  readonly canvas: OffscreenCanvas | undefined;
  /** Whether the roles run on the page's own thread. */
  readonly onPage: boolean;
}

/** What it says: all open, with what they share; what was measured; or why it gave up. */
export type Said =
  | { readonly kind: "sync" }
  | { readonly kind: "ready"; readonly shared: Shared | undefined }
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "error"; readonly error: string };

/** What it is told then. */
export type Told = "go" | "exit";

/** The connection with who gave the order: a worker's own, or a port of the page. */
export interface Line {
  onmessage: ((event: MessageEvent<Told>) => void) | null;
  postMessage(said: Said): void;
}

/**
 * Does the role to its end.
 *
 * @param canvas of a viewer that draws
 */
export async function work(order: RoleOrder, line: Line, canvas: Canvas | undefined): Promise<void> {
  const say = (said: Said) => line.postMessage(said);
  try {
    const told = hear(line);
    const runner = await open(order, say, canvas);
    await told("go");
    say({ kind: "report", report: await runner.run() });
    await told("exit");
    runner.close();
  } catch (error) {
    say({ kind: "error", error: `${order.roles.join(", ")}: ${error instanceof Error ? error.message : error}` });
  }
}

/** Listens from now on, and returns a function that waits until something was said. */
function hear(line: Line): (what: Told) => Promise<void> {
  const heard = new Set<Told>();
  let wake = () => {};
  line.onmessage = (event) => {
    heard.add(event.data);
    wake();
  };
  return async (what) => {
    while (!heard.has(what)) await new Promise<void>((resolve) => (wake = resolve));
  };
}

/** Opens links and actors of several roles in the order engine, kernel, viewer, and says so. */
async function open(order: RoleOrder, say: (said: Said) => void, canvas: Canvas | undefined): Promise<Runner> {
  const { trial, modules } = order, way = transport(trial.transport);
  const parts: Part[] = ROLES.filter((role) => order.roles.includes(role)).map((role) => ({ role, meter: new WallMeter(), counters: newCounters() }));
  const first = parts[0];
  if (!first) throw new Error("a worker without a role");
  const turns = new Turns(first.meter);
  say({ kind: "sync" });
  const offset = ask(order.meeting, !order.onPage);
  if (offset === undefined) throw new Error("nobody answered quickly what time it is: the machine is too busy to set the clocks of its workers");
  const clock = new Clock(trial.start, offset, trial.origin);
  const runner = new Runner(trial, parts, turns, order.doing, clock, order.onPage);
  const env = (role: Role): Opening => ({
    config: trial.config, ports: order.ports, meter: turns, shared: order.shared, onPage: order.onPage,
    counters: parts.find((p) => p.role === role)?.counters ?? newCounters(),
  });
  const has = (role: Role) => order.roles.includes(role);
  const actors: { -readonly [K in keyof Actors]: Actors[K] } = {};
  let { shared } = order;
  if (has("engine")) {
    rehearsePhysics(modules.flock, trial, way.inPlace);
    const { world, memory } = newWorld(modules.flock, trial, shared?.memory);
    if (way.shares) shared ??= create(memory, new Layout(trial.config.boids, trial.config.slots));
    actors.engine = new Engine(trial, way.openEngine({ ...env("engine"), shared }), world, memory);
  }
  if (has("kernel")) {
    rehearseKernel(modules.kernel, trial, way.inPlace);
    const counters = env("kernel").counters;
    const place = (made: Shared) => way.openKernel({ ...env("kernel"), shared: (shared = made) }) as InPlaceLink;
    const link = way.inPlace ? linearOf(modules.flock, trial, place) : way.openKernel(env("kernel"));
    actors.kernel = new Kernel(modules.kernel, trial, link, turns, counters, (epoch) => runner.mark("kernel", epoch));
  }
  if (has("viewer")) {
    const display = canvas ? await Screen.open(canvas, trial) : new Instances(trial.config.boids);
    await rehearseViewer(display, trial);
    actors.viewer = new Viewer(trial, way.openViewer(env("viewer")), turns, display, (epoch) => runner.mark("viewer", epoch));
  }
  runner.actors = actors;
  say({ kind: "ready", shared });
  return runner;
}
