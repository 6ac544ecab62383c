/** What the codecs have in common: where the floats of a message are, and what they are called. */
import * as at from "../../host/abi.mjs";
import { stride } from "../../host/layout.mjs";

/** A boid of a frame as an object, its fields in the order of the columns. */
export interface Boid {
  x: number;
  y: number;
  z: number;
  vx: number;
  vy: number;
  vz: number;
  energy: number;
  fitness: number;
}

/** A boid of a genome. */
export interface Genes {
  separation: number;
  alignment: number;
  cohesion: number;
  goal: number;
}

export type Vector = [x: number, y: number, z: number];

/** The floats of a policy as an object, its fields in canonical order. */
export interface Settings {
  dt: number;
  radius: number;
  separation: number;
  alignment: number;
  cohesion: number;
  goal: number;
  target: Vector;
  min: Vector;
  max: Vector;
  margin: number;
  wallGain: number;
  minSpeed: number;
  maxSpeed: number;
  maxAccel: number;
  energyGain: number;
  energyCost: number;
  fitDecay: number;
}

/** A policy as an object, its fields in canonical order as well. */
export interface Policy extends Settings {
  epoch: bigint;
  generation: bigint;
}

/** The buffer for a message that is about as long as the last one: with less at hand a library begins to double it. */
export function roomFor(last: number): number {
  const slack = 64 + (last >> 6);
  return Math.ceil((last + slack) / 8) * 8;
}

const GREATEST = 2n ** 64n - 1n;

/** Throws a RangeError unless a number is one of 64 bits without a sign. */
export function checkNumber(what: string, number: bigint): void {
  if (number < 0n || number > GREATEST) throw new RangeError(`${what}: the number ${number} is not one of 64 bits`);
}

/** Throws a RangeError unless floats are that many columns. */
export function checkColumns(what: string, data: Float32Array, columns: number, boids: number): void {
  if (data.length !== columns * stride(boids)) {
    throw new RangeError(`${what}: ${data.length} floats are no ${columns} columns of ${boids} boids`);
  }
}

/** Throws a RangeError unless a message can be made of a number and that many columns. */
export function checkTable(what: string, number: bigint, data: Float32Array, columns: number, boids: number): void {
  checkColumns(what, data, columns, boids);
  checkNumber(what, number);
}

/** Throws unless a message has as many boids as the trial. */
export function checkCount(what: string, got: number, want: number): void {
  if (got !== want) throw new Error(`${what} holds ${got} boids, want ${want}`);
}

/** Throws a RangeError unless a block is as long as a policy. */
export function checkPolicy(block: Uint8Array): void {
  if (block.length !== at.POLICY_BYTES) throw new RangeError(`policy of ${block.length} bytes, want ${at.POLICY_BYTES}`);
}

function viewOf(block: Uint8Array): DataView {
  checkPolicy(block);
  return new DataView(block.buffer, block.byteOffset, block.length);
}

/** Reads a canonical block. */
export function getPolicy(block: Uint8Array): Policy {
  const view = viewOf(block);
  const float = (offset: number): number => view.getFloat32(offset, true);
  const vector = (offset: number): Vector => [float(offset), float(offset + 4), float(offset + 8)];
  return {
    epoch: view.getBigUint64(at.POLICY_EPOCH, true),
    generation: view.getBigUint64(at.POLICY_GENERATION, true),
    dt: float(at.POLICY_DT),
    radius: float(at.POLICY_RADIUS),
    separation: float(at.POLICY_SEPARATION),
    alignment: float(at.POLICY_ALIGNMENT),
    cohesion: float(at.POLICY_COHESION),
    goal: float(at.POLICY_GOAL),
    target: vector(at.POLICY_TARGET),
    min: vector(at.POLICY_MIN),
    max: vector(at.POLICY_MAX),
    margin: float(at.POLICY_MARGIN),
    wallGain: float(at.POLICY_WALL_GAIN),
    minSpeed: float(at.POLICY_MIN_SPEED),
    maxSpeed: float(at.POLICY_MAX_SPEED),
    maxAccel: float(at.POLICY_MAX_ACCEL),
    energyGain: float(at.POLICY_ENERGY_GAIN),
    energyCost: float(at.POLICY_ENERGY_COST),
    fitDecay: float(at.POLICY_FIT_DECAY),
  };
}

/** Writes a canonical block whole, the zeros behind the fields included, and returns the epoch. */
export function putPolicy(p: Policy, block: Uint8Array): bigint {
  const view = viewOf(block);
  const float = (offset: number, v: number): void => view.setFloat32(offset, v, true);
  const vector = (offset: number, v: Vector): void => v.forEach((c, i) => float(offset + 4 * i, c));
  block.fill(0);
  view.setBigUint64(at.POLICY_EPOCH, p.epoch, true);
  view.setBigUint64(at.POLICY_GENERATION, p.generation, true);
  float(at.POLICY_DT, p.dt);
  float(at.POLICY_RADIUS, p.radius);
  float(at.POLICY_SEPARATION, p.separation);
  float(at.POLICY_ALIGNMENT, p.alignment);
  float(at.POLICY_COHESION, p.cohesion);
  float(at.POLICY_GOAL, p.goal);
  vector(at.POLICY_TARGET, p.target);
  vector(at.POLICY_MIN, p.min);
  vector(at.POLICY_MAX, p.max);
  float(at.POLICY_MARGIN, p.margin);
  float(at.POLICY_WALL_GAIN, p.wallGain);
  float(at.POLICY_MIN_SPEED, p.minSpeed);
  float(at.POLICY_MAX_SPEED, p.maxSpeed);
  float(at.POLICY_MAX_ACCEL, p.maxAccel);
  float(at.POLICY_ENERGY_GAIN, p.energyGain);
  float(at.POLICY_ENERGY_COST, p.energyCost);
  float(at.POLICY_FIT_DECAY, p.fitDecay);
  return p.epoch;
}

/** Returns the settings with every float converted; it throws, with the name, for a field that is not there or is no float. */
export function convertSettings(p: Settings, convert: (v: number) => number): Settings {
  const float = (name: keyof Settings, v: unknown): number => {
    try {
      return convert(v as number);
    } catch (cause) {
      throw new Error(`policy: ${name}: ${(cause as Error).message}`, { cause });
    }
  };
  const of = (name: Exclude<keyof Settings, "target" | "min" | "max">): number => float(name, p[name]);
  const vector = (name: "target" | "min" | "max"): Vector => {
    const v: unknown = p[name];
    if (!Array.isArray(v) || v.length !== 3) throw new Error(`policy: ${name} is no array of 3`);
    return [float(name, v[0]), float(name, v[1]), float(name, v[2])];
  };
  return {
    dt: of("dt"), radius: of("radius"),
    separation: of("separation"), alignment: of("alignment"), cohesion: of("cohesion"), goal: of("goal"),
    target: vector("target"), min: vector("min"), max: vector("max"),
    margin: of("margin"), wallGain: of("wallGain"),
    minSpeed: of("minSpeed"), maxSpeed: of("maxSpeed"), maxAccel: of("maxAccel"),
    energyGain: of("energyGain"), energyCost: of("energyCost"), fitDecay: of("fitDecay"),
  };
}

/** Returns a float of a message that need not be finite, or throws for what is none. */
export function asFloat(v: unknown): number {
  if (typeof v !== "number") throw new Error(`got ${v === null ? "null" : typeof v}, want a number`);
  return v;
}
