/** What a boid looks like: triangles of a bird that flies along +z, with y up. */
import type { Vector } from "./camera.ts";

/** Floats of a corner: position and lift; and of a triangle: normal and tilt. */
export const POINT_FLOATS = 4;

export type Detail = "bird" | "glider";

/**
 * Triangles, three corners each. When the wings go up by one unit, a corner rises by
 * its lift and the normal leans to the side by its tilt.
 */
export interface Model {
  /** POINT_FLOATS a corner. */
  readonly points: Float32Array<ArrayBuffer>;
  /** POINT_FLOATS a triangle. */
  readonly leans: Float32Array<ArrayBuffer>;
  readonly triangles: number;
}

/** A point of the bird and its lift. */
type Point = readonly [x: number, y: number, z: number, lift: number];

const mirror = ([x, y, z, lift]: Point): Point => [-x, y, z, lift];

/** The normal of a triangle, of length 1, whose corners go around it anticlockwise. */
function normal([a, b, c]: readonly [Point, Point, Point]): Vector {
  const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const [vx, vy, vz] = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
  const n: Vector = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  const over = 1 / Math.hypot(...n);
  return [n[0] * over, n[1] * over, n[2] * over];
}

/** How much the lift grows along x. */
function slope(triangle: readonly [Point, Point, Point]): number {
  const lifts = triangle.map((p) => p[3]), most = lifts.indexOf(Math.max(...lifts)), least = lifts.indexOf(Math.min(...lifts));
  const [high, low] = [triangle[most]!, triangle[least]!];
  return high[0] === low[0] ? 0 : (high[3] - low[3]) / (high[0] - low[0]);
}

function build(triangles: readonly (readonly [Point, Point, Point])[]): Model {
  const points = Float32Array.from(triangles.flat(2));
  const leans = Float32Array.from(triangles.flatMap((t) => [...normal(t), slope(t)]));
  return { points, leans, triangles: triangles.length };
}

/** The triangles of the left half and their mirror images. */
function both(left: readonly (readonly [Point, Point, Point])[]): (readonly [Point, Point, Point])[] {
  return [...left, ...left.map(([a, b, c]) => [mirror(a), mirror(c), mirror(b)] as const)];
}

const nose: Point = [0, 0.02, 1, 0], back: Point = [0, 0.17, 0.2, 0], belly: Point = [0, -0.14, 0.15, 0];
const side: Point = [0.16, 0.02, 0.18, 0], tail: Point = [0, 0.05, -0.62, 0], fan: Point = [0.24, 0.06, -1.05, 0];
const front: Point = [0.1, 0.06, 0.46, 0], rear: Point = [0.1, 0.06, -0.3, 0];
const wrist: Point = [0.74, 0.1, 0.42, 0.42], tip: Point = [1.5, 0.04, -0.34, 1];

/** Eleven triangles: a spindle with a fanned tail and wings that bend at the wrist. */
const bird = build([
  ...both([[nose, side, back], [back, side, tail], [front, wrist, rear], [wrist, tip, rear], [nose, belly, side]]),
  [tail, fan, mirror(fan)],
]);

/** Two triangles, for a processor that draws: a glider with swept wings. */
const glider = build(both([[[0, 0.08, 1, 0], [1.3, 0, -0.6, 1], [0, 0.08, -0.5, 0]]]));

/** The birds by their detail. */
export const MODELS: Readonly<Record<Detail, Model>> = { bird, glider };
