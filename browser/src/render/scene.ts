/**
 * What both renderers need to know of a picture besides the frame: one block of floats
 * that the shader has as `struct Scene` of boids.wgsl, and software.ts as fields.
 */
import { ENERGY, FITNESS } from "../abi.ts";
import type { Bounds, Camera, Vector } from "./camera.ts";

/** Red, green and blue from 0 to 1, as they stand in the picture. */
export type Colour = Vector;

/** What the colour of a boid says. */
export type Meaning = "speed" | "energy" | "fitness";

/** How the flock is painted. */
export interface Look {
  readonly world: Bounds;
  readonly boids: number;
  readonly meaning: Meaning;
  /** The values of the first and the last colour. */
  readonly range: readonly [low: number, high: number];
  /** Half the length of a bird with energy to spare, in units of the world. */
  readonly size: number;
}

/** From low to high. */
export const RAMP: readonly [Colour, Colour, Colour, Colour] =
  [[0.23, 0.4, 0.93], [0.2, 0.78, 0.88], [0.99, 0.84, 0.5], [1, 0.44, 0.34]];
export const SKY = {
  top: [0.02, 0.035, 0.09], bottom: [0.11, 0.1, 0.23], glow: [0.1, 0.1, 0.17],
} as const satisfies Record<string, Colour>;
/** Where the light comes from, of length 1. */
export const SUN: Vector = [0.36, 0.8, 0.48];
/** How much of the farthest boids' colour the haze takes. */
export const HAZE = 0.86;

/** The column that a colour is read from; a speed is not a column. */
export const COLUMN: Readonly<Record<Meaning, number>> = { speed: 0, energy: ENERGY, fitness: FITNESS };

/** The values that nine boids of ten are within, once a flock has formed under the default policy. */
export const USUAL: Readonly<Record<Meaning, readonly [low: number, high: number]>> = { speed: [1, 1.7], energy: [0, 0.4], fitness: [0, 0.33] };

export const SCENE_FLOATS = 64;

/**
 * Half the length of a bird in a world: a share of the distance to the next one were
 * they spread evenly, so that flocks of every size have air between them.
 */
export function sizeFor(world: Bounds, boids: number): number {
  const volume = world.max.reduce((v, high, i) => v * Math.max(high - world.min[i as 0 | 1 | 2], 1e-3), 1);
  return 0.24 * Math.cbrt(volume / Math.max(boids, 1));
}

/**
 * Writes the scene.
 *
 * @param scene SCENE_FLOATS long
 * @param seconds of the flock's time; only the beat of the wings hangs on it
 * @param pixels width and height of the picture
 */
export function describe(
  scene: Float32Array<ArrayBuffer>, camera: Camera, look: Look, seconds: number, pixels: readonly [number, number],
): void {
  const [low, high] = look.range, whole = new Uint32Array(scene.buffer, scene.byteOffset, scene.length);
  scene.set(camera.viewProjection);
  scene.set([...camera.eye, seconds % 3600, camera.near, 1 / (camera.far - camera.near), look.size, HAZE], 16);
  scene.set([low, 1 / (high - low), 0, 0, ...pixels, 0, 0], 24);
  whole[26] = COLUMN[look.meaning];
  whole[27] = look.boids;
  scene.set([...SKY.top, 0, ...SKY.bottom, 0, ...SKY.glow, 0, ...SUN, 0], 32);
  RAMP.forEach((c, i) => scene.set(c, 48 + 4 * i));
}
