/** Columns as objects, a boid each, for the libraries that encode and decode objects. */
import { stride } from "../../host/layout.mjs";
import type { Boid, Genes } from "./schema.ts";

/** Turns a float into what a library is given for it, or back. */
export type Convert = (v: number) => number;

/** Makes the list hold so many objects, made by `make` where it had fewer. */
export function resize<T>(list: T[], boids: number, make: () => T): T[] {
  while (list.length < boids) list.push(make());
  list.length = boids;
  return list;
}

/** Fills the objects from the columns of a frame. */
export function loadFrame(rows: readonly Boid[], data: Float32Array, convert: Convert): void {
  const column = stride(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const b = rows[i]!;
    b.x = convert(data[i]!);
    b.y = convert(data[column + i]!);
    b.z = convert(data[2 * column + i]!);
    b.vx = convert(data[3 * column + i]!);
    b.vy = convert(data[4 * column + i]!);
    b.vz = convert(data[5 * column + i]!);
    b.energy = convert(data[6 * column + i]!);
    b.fitness = convert(data[7 * column + i]!);
  }
}

/** Fills the objects from the columns of a genome. */
export function loadGenome(rows: readonly Genes[], data: Float32Array, convert: Convert): void {
  const column = stride(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const b = rows[i]!;
    b.separation = convert(data[i]!);
    b.alignment = convert(data[column + i]!);
    b.cohesion = convert(data[2 * column + i]!);
    b.goal = convert(data[3 * column + i]!);
  }
}

/** Fills the columns of a frame from objects. What `convert` throws is told with the boid. */
export function storeFrame(rows: readonly Boid[], into: Float32Array, convert: Convert): void {
  const column = stride(rows.length);
  eachOf("frame", rows, (b, i) => {
    into[i] = convert(b.x);
    into[column + i] = convert(b.y);
    into[2 * column + i] = convert(b.z);
    into[3 * column + i] = convert(b.vx);
    into[4 * column + i] = convert(b.vy);
    into[5 * column + i] = convert(b.vz);
    into[6 * column + i] = convert(b.energy);
    into[7 * column + i] = convert(b.fitness);
  });
}

/** Fills the columns of a genome from objects, as {@link storeFrame} does. */
export function storeGenome(rows: readonly Genes[], into: Float32Array, convert: Convert): void {
  const column = stride(rows.length);
  eachOf("genome", rows, (b, i) => {
    into[i] = convert(b.separation);
    into[column + i] = convert(b.alignment);
    into[2 * column + i] = convert(b.cohesion);
    into[3 * column + i] = convert(b.goal);
  });
}

function eachOf<T>(what: string, rows: readonly T[], store: (row: T, i: number) => void): void {
  let i = 0;
  try {
    for (; i < rows.length; i++) store(rows[i]!, i);
  } catch (cause) {
    throw new Error(`${what}: boid ${i}: ${(cause as Error).message}`, { cause });
  }
}

export const newBoid = (): Boid => ({ x: 0.5, y: 0.5, z: 0.5, vx: 0.5, vy: 0.5, vz: 0.5, energy: 0.5, fitness: 0.5 });
export const newGenes = (): Genes => ({ separation: 0.5, alignment: 0.5, cohesion: 0.5, goal: 0.5 });
