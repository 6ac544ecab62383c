/**
 * Where the flock is looked at from: matrices column by column, a right-handed world
 * with y up, and depth from 0 to 1 as WebGPU has it.
 */

export type Vector = readonly [x: number, y: number, z: number];

/** A box with its corners, in units of the perception radius. */
export interface Bounds {
  readonly min: Vector;
  readonly max: Vector;
}

export interface Camera {
  /** Sixteen floats, column by column, from the world to clip space. */
  readonly viewProjection: Float32Array<ArrayBuffer>;
  readonly eye: Vector;
  /** Distances from the eye of the nearest and the farthest corner of the world. */
  readonly near: number;
  readonly far: number;
}

/** How a camera looks at a world; angles in radians. */
export interface View {
  /** Around the vertical axis; 0 looks along -z. */
  readonly azimuth: number;
  /** Above the horizon, less than a right angle. */
  readonly elevation: number;
  /** From the lower to the upper edge of the picture. */
  readonly fieldOfView: number;
  /** Of the picture that the world may fill; above 1, its corners are cut off. */
  readonly fill: number;
}

export const DEFAULT_VIEW: View = { azimuth: 1.2, elevation: 0.14, fieldOfView: 0.8, fill: 0.97 };

/** Half the width and height of the picture at a distance of 1. */
type Lens = readonly [wide: number, high: number];

const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const length = (a: Vector) => Math.sqrt(dot(a, a));

/** The eight corners of a box. */
function corners({ min, max }: Bounds): Vector[] {
  return Array.from({ length: 8 }, (_, i): Vector =>
    [i & 1 ? max[0] : min[0], i & 2 ? max[1] : min[1], i & 4 ? max[2] : min[2]]);
}

/** Right, up and forward of a camera, each of length 1. */
function axes({ azimuth, elevation }: View): { right: Vector; up: Vector; forward: Vector } {
  const [ca, sa, ce, se] = [Math.cos(azimuth), Math.sin(azimuth), Math.cos(elevation), Math.sin(elevation)];
  return { right: [ca, 0, -sa], up: [-sa * se, ce, -ca * se], forward: [-sa * ce, -se, -ca * ce] };
}

/** How far the picture of some points reaches from a distance: at 1 it fills the whole width or height. */
function reach(seen: readonly Vector[], { right, up, forward }: ReturnType<typeof axes>, [wide, high]: Lens, distance: number) {
  const depths = seen.map((c) => dot(c, forward) + distance), ys = seen.map((c, i) => dot(c, up) / (high * depths[i]!));
  const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
  const across = Math.max(...seen.map((c, i) => Math.abs(dot(c, right)) / (wide * depths[i]!)));
  return { most: Math.max(across, (top - bottom) / 2), middle: (top + bottom) / 2 };
}

/**
 * Returns the camera that is as near as it can be with the whole world in the picture,
 * as far above its middle as below.
 *
 * @param aspect width of the picture over its height
 */
export function lookAt(world: Bounds, aspect: number, view: View = DEFAULT_VIEW): Camera {
  const own = axes(view), tangent = Math.tan(view.fieldOfView / 2), lens: Lens = [tangent * aspect, tangent];
  const middle = world.min.map((low, i) => (low + world.max[i as 0 | 1 | 2]) / 2) as unknown as Vector;
  const seen = corners(world).map((c) => subtract(c, middle)), radius = length(seen[0]!);
  let [near, far] = [radius * 1.01, radius * 100 / Math.min(...lens)];
  for (let i = 0; i < 60; i++) {
    const distance = (near + far) / 2;
    if (reach(seen, own, lens, distance).most > view.fill) near = distance;
    else far = distance;
  }
  const eye = middle.map((m, i) => m - far * own.forward[i as 0 | 1 | 2]) as unknown as Vector;
  const away = corners(world).map((c) => length(subtract(c, eye)));
  const shift = reach(seen, own, lens, far).middle;
  const viewProjection = project(own, eye, lens, shift, Math.max((far - radius) / 2, far / 1000), far + 1.5 * radius);
  return { viewProjection, eye, near: Math.min(...away), far: Math.max(...away) };
}

/**
 * The product of a perspective projection, whose picture is moved down by `shift` halves
 * of its height, and a change to the camera's axes.
 */
function project(
  { right, up, forward }: ReturnType<typeof axes>, eye: Vector, [wide, high]: Lens, shift: number, near: number, far: number,
): Float32Array<ArrayBuffer> {
  const depth = far / (far - near);
  const across = right.map((v) => v / wide), upward = up.map((v, i) => v / high - shift * forward[i as 0 | 1 | 2]);
  const rows = [
    [...across, -dot(across as unknown as Vector, eye)],
    [...upward, -dot(upward as unknown as Vector, eye)],
    [...forward.map((v) => v * depth), -(dot(forward, eye) + near) * depth],
    [...forward, -dot(forward, eye)],
  ];
  return Float32Array.from({ length: 16 }, (_, i) => rows[i % 4]![i >> 2]!);
}
