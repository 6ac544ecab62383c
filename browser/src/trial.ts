/** What all parts of a trial know: its config, and what an actor is. */
import type { Config, Place, Soon } from "./links.ts";

/** Go's Config, as far as a tab needs it. */
export interface WorldConfig extends Config {
  readonly neighbours: number;
  readonly mode: string;
  readonly seed: bigint;
}

/**
 * Where the viewer draws, and how large. On the canvas it draws from its worker; on the
 * page its role runs on the page's own thread, which must not block.
 */
export interface Picture {
  readonly on: "canvas" | "page";
  readonly width: number;
  readonly height: number;
}

/** What a role is to do. It can be cloned from worker to worker. */
export interface Trial {
  readonly transport: string;
  readonly config: WorldConfig;
  /** Of the first frame, in canonical form. */
  readonly policy: Uint8Array;
  /** The moment that the clocks of all workers count from, and when the worker started that says so, in ms since 1970. */
  readonly start: number;
  readonly origin: number;
  /** What the viewer draws; without it computes what a renderer would be given. */
  readonly picture: Picture | undefined;
  /** Where the host answers with what its processes have used. */
  readonly mark: string;
}

/** The roles, in the order in which a tick passes through them. */
export const ROLES = ["kernel", "engine", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/** The epoch of the last tick, which is behind the window. */
export function lastEpoch(c: Config): number {
  return c.warmUp + c.ticks;
}

/** What a role saw; see Evidence in scenario.go. */
export interface Evidence {
  digest?: string;
  chain?: string;
  genome?: string;
  meanNeighbours?: number;
  deviceNanoseconds?: number;
  seen?: { epoch: number; hash: string }[];
  drawn?: Drawn;
  /** Of the last frame, where the link shares the engine's memory. */
  place?: Place;
}

/** What came of comparing what was drawn with the picture of a renderer in software. */
export interface Drawn {
  /** The epochs of the frames that were compared. */
  readonly epochs: readonly number[];
  /** The largest difference, as a share of what is allowed. */
  readonly worst: number;
}

/** Does the work of one role: a tick for each epoch from 0 upwards. */
export interface Actor {
  tick(epoch: number): Soon<void>;
  /** After the last tick. */
  evidence(): Soon<Evidence>;
  close(): void;
}

/** Goes on with a value when it is there, at once if it is. */
export function soon<T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
