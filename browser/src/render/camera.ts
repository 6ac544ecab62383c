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

export const DEFAULT_VIEW: View = { azimuth: 0.62, elevation: 0.2, fieldOfView: 0.7, fill: 1 };

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

/**
 * Returns the camera that is as near as it can be to the centre of the world with all
 * eight corners in the picture.
 *
 * @param aspect width of the picture over its height
 */
export function lookAt(world: Bounds, aspect: number, view: View = DEFAULT_VIEW): Camera {
  const { right, up, forward } = axes(view);
  const middle = world.min.map((low, i) => (low + world.max[i as 0 | 1 | 2]) / 2) as unknown as Vector;
  const tangent = Math.tan(view.fieldOfView / 2);
  const seen = corners(world).map((c) => subtract(c, middle));
  const distance = Math.max(...seen.map((c) => {
    const wide = Math.max(Math.abs(dot(c, right)) / aspect, Math.abs(dot(c, up)));
    return wide / (tangent * view.fill) - dot(c, forward);
  }));
  const eye: Vector = [0, 1, 2].map((i) => middle[i as 0]! - distance * forward[i as 0]!) as unknown as Vector;
  const away = corners(world).map((c) => length(subtract(c, eye)));
  const near = Math.max(distance / 100, distance - length(seen[0]!) * 1.1), far = distance + length(seen[0]!) * 1.1;
  const viewProjection = project({ right, up, forward }, eye, [tangent * aspect, tangent], near, far);
  return { viewProjection, eye, near: Math.min(...away), far: Math.max(...away) };
}

/** The product of a perspective projection and a change to the camera's axes. */
function project(
  { right, up, forward }: ReturnType<typeof axes>, eye: Vector, [wide, high]: readonly [number, number], near: number, far: number,
): Float32Array<ArrayBuffer> {
  const depth = far / (far - near);
  const rows = [
    [...right.map((v) => v / wide), -dot(right, eye) / wide],
    [...up.map((v) => v / high), -dot(up, eye) / high],
    [...forward.map((v) => v * depth), -(dot(forward, eye) + near) * depth],
    [...forward, -dot(forward, eye)],
  ];
  return Float32Array.from({ length: 16 }, (_, i) => rows[i % 4]![i >> 2]!);
}
