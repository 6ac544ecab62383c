/**
 * The picture of boids.wgsl, computed without a graphics processor: what tests and trials
 * hold the shader to. It is slow, has one sample a pixel and clips nothing, so that a bird
 * in front of the camera's near plane is left out.
 */
import { ENERGY, FRAME_COLUMNS, VX, X } from "../abi.ts";
import { stride } from "../../host/layout.mjs";
import type { Camera, Vector } from "./camera.ts";
import { MODELS, POINT_FLOATS, type Detail } from "./model.ts";
import { COLUMN, HAZE, RAMP, SKY, SUN, type Colour, type Look } from "./scene.ts";

/** A corner of a triangle in the picture. */
interface Corner {
  /** In pixels. */
  readonly x: number;
  readonly y: number;
  /** From 0 to 1 in front of the camera. */
  readonly depth: number;
}

const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high);
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const mix = (a: Colour, b: Colour, t: number): Colour =>
  [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
const scale = (a: Vector, s: number): Vector => [a[0] * s, a[1] * s, a[2] * s];
const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const unit = (a: Vector): Vector => scale(a, 1 / Math.sqrt(dot(a, a)));
const fract = (v: number) => v - Math.floor(v);

/** The sky behind a point of the picture, from -1 to 1 along both axes. */
function sky(x: number, y: number): Colour {
  const rise = clamp(y * 0.5 + 0.5, 0, 1);
  const round = Math.max(0, 1 - (0.75 * x) ** 2 - (0.9 * y) ** 2) ** 2;
  const plain = mix(SKY.bottom, SKY.top, rise * rise * (3 - 2 * rise));
  return [plain[0] + SKY.glow[0] * round, plain[1] + SKY.glow[1] * round, plain[2] + SKY.glow[2] * round];
}

function paint(t: number): Colour {
  const s = clamp(t, 0, 1) * 3, i = Math.min(Math.floor(s), 2) as 0 | 1 | 2;
  return mix(RAMP[i], RAMP[i + 1]!, s - i);
}

function beat(x: number): number {
  const s = 4 * Math.abs(fract(x) - 0.5) - 1;
  return s * (1.5 - 0.5 * s * s);
}

/** Right, up and forward of something that flies along v. */
function basis(v: Vector): [Vector, Vector, Vector] {
  const flat = v[0] * v[0] + v[2] * v[2], length2 = flat + v[1] * v[1];
  if (length2 === 0) return [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  const f = scale(v, 1 / Math.sqrt(length2));
  const r: Vector = flat > 0 ? scale([v[2], 0, -v[0]], 1 / Math.sqrt(flat)) : [1, 0, 0];
  return [r, [f[1] * r[2] - f[2] * r[1], f[2] * r[0] - f[0] * r[2], f[0] * r[1] - f[1] * r[0]], f];
}

function turn([r, u, f]: readonly [Vector, Vector, Vector], p: Vector): Vector {
  return [
    r[0] * p[0] + u[0] * p[1] + f[0] * p[2], r[1] * p[0] + u[1] * p[1] + f[1] * p[2], r[2] * p[0] + u[2] * p[1] + f[2] * p[2],
  ];
}

/**
 * Fractions of a pixel to which the places of corners are rounded before a triangle is
 * filled. Vulkan asks for 4 bits at least, and SwiftShader has no more; graphics
 * processors have 8. Where triangles are as small as a pixel this decides what is seen.
 */
export function fractionsOf(adapter: { readonly software: boolean }): number {
  return adapter.software ? 16 : 256;
}

/** Twice the area of the triangle of a side and a point: above 0 to the right of the side, as y goes down. */
function beside(from: Corner, to: Corner, x: number, y: number): number {
  return (to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x);
}

/** Whether a point on a side belongs to the triangle to its right: on the upper and the left ones it does. */
function owns(from: Corner, to: Corner): boolean {
  return to.y < from.y || (to.y === from.y && to.x > from.x);
}

/** A picture, and how near what it shows is. */
class Picture {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly #depth: Float64Array;

  constructor(readonly width: number, readonly height: number, readonly fractions: number, behind?: Uint8Array) {
    this.pixels = new Uint8Array(4 * width * height);
    this.#depth = new Float64Array(width * height).fill(1);
    if (behind) this.pixels.set(behind);
    else this.#paintSky();
  }

  #paintSky(): void {
    const { width, height } = this;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const noise = (fract(52.9829189 * fract((x + 0.5) * 0.06711056 + (y + 0.5) * 0.00583715)) - 0.5) / 255;
        const c = sky(2 * (x + 0.5) / width - 1, 1 - 2 * (y + 0.5) / height);
        this.#put(y * width + x, [c[0] + noise, c[1] + noise, c[2] + noise]);
      }
    }
  }

  #put(at: number, colour: Colour): void {
    this.pixels.set(colour.map((v) => Math.round(clamp(v, 0, 1) * 255)), 4 * at);
    this.pixels[4 * at + 3] = 255;
  }

  /** Draws a triangle of either face. A pixel belongs to it when its centre does. */
  triangle([a, p, q]: readonly [Corner, Corner, Corner], colour: Colour): void {
    const [b, c] = beside(a, p, q.x, q.y) < 0 ? [q, p] : [p, q], area = beside(a, b, c.x, c.y);
    if (area === 0 || Math.min(a.depth, b.depth, c.depth) < 0) return;
    const within = (from: Corner, to: Corner, side: number) => side > 0 || (side === 0 && owns(from, to));
    const xs = [a.x, b.x, c.x], ys = [a.y, b.y, c.y];
    const right = Math.min(this.width - 1, Math.floor(Math.max(...xs))), low = Math.min(this.height - 1, Math.floor(Math.max(...ys)));
    for (let y = Math.max(0, Math.floor(Math.min(...ys))); y <= low; y++) {
      for (let x = Math.max(0, Math.floor(Math.min(...xs))); x <= right; x++) {
        const bc = beside(b, c, x + 0.5, y + 0.5), ca = beside(c, a, x + 0.5, y + 0.5), ab = beside(a, b, x + 0.5, y + 0.5);
        if (!within(b, c, bc) || !within(c, a, ca) || !within(a, b, ab)) continue;
        const depth = (a.depth * bc + b.depth * ca + c.depth * ab) / area, at = y * this.width + x;
        if (depth >= this.#depth[at]!) continue;
        this.#depth[at] = depth;
        this.#put(at, colour);
      }
    }
  }
}

/** A row of a matrix that lies column by column, times a point. */
function row(m: Float32Array, i: number, p: Vector): number {
  return m[i]! * p[0] + m[i + 4]! * p[1] + m[i + 8]! * p[2] + m[i + 12]!;
}

/** What all triangles of a boid share. */
interface Bird {
  readonly place: Vector;
  readonly axes: [Vector, Vector, Vector];
  readonly size: number;
  readonly wings: number;
  readonly own: Colour;
}

function birdOf(frame: Float32Array, i: number, look: Look, seconds: number): Bird {
  const at = (column: number) => frame[column * stride(look.boids) + i]!;
  const place: Vector = [at(X), at(X + 1), at(X + 2)], v: Vector = [at(VX), at(VX + 1), at(VX + 2)];
  const axes = basis(v), effort = clamp(0.42 + 0.5 * axes[2][1], 0.12, 0.8);
  const value = look.meaning === "speed" ? Math.sqrt(dot(v, v)) : at(COLUMN[look.meaning]);
  return {
    place, axes,
    size: look.size * (0.75 + 0.25 * at(ENERGY)),
    wings: effort * beat(2.2 * seconds + 0.31 * place[0] + 0.43 * place[1] + 0.37 * place[2]) + 0.14,
    own: paint((value - look.range[0]) / (look.range[1] - look.range[0])),
  };
}

function cornerOf(bird: Bird, [x, y, z, lift]: readonly number[], camera: Camera, picture: Picture): Corner {
  const p = add(bird.place, turn(bird.axes, scale([x!, y! + lift! * bird.wings, z!], bird.size)));
  const m = camera.viewProjection, w = row(m, 3, p), round = (v: number) => Math.round(v * picture.fractions) / picture.fractions;
  return {
    x: round((row(m, 0, p) / w + 1) / 2 * picture.width), y: round((1 - row(m, 1, p) / w) / 2 * picture.height),
    depth: w > 0 ? row(m, 2, p) / w : -1,
  };
}

/** The colours of a boid's triangles. */
function tints(bird: Bird, leans: readonly (readonly number[])[], camera: Camera): Colour[] {
  const away = add(bird.place, scale(camera.eye, -1)), distance = Math.sqrt(dot(away, away)), toward = scale(away, 1 / distance);
  const m = camera.viewProjection, w = row(m, 3, bird.place);
  const behind = sky(row(m, 0, bird.place) / w, row(m, 1, bird.place) / w);
  const far = HAZE * clamp((distance - camera.near) / (camera.far - camera.near), 0, 1);
  return leans.map(([x, y, z, tilt]) => {
    const lean = turn(bird.axes, unit([x! - tilt! * bird.wings, y!, z!])), facing = dot(lean, toward);
    const normal = facing > 0 ? scale(lean, -1) : lean, rim = 1 - Math.abs(facing);
    return mix(scale(bird.own, 0.5 + 0.2 * normal[1] + 0.55 * Math.max(0, dot(normal, SUN)) + 0.12 * rim * rim), behind, far);
  });
}

/** The points of a model, one array each. */
function split(floats: Float32Array): number[][] {
  return Array.from({ length: floats.length / POINT_FLOATS }, (_, i) => [...floats.subarray(POINT_FLOATS * i, POINT_FLOATS * (i + 1))]);
}

/**
 * Returns the picture of a frame as red, green, blue and alpha of each pixel, row by
 * row from the top.
 *
 * @param frame eight columns of stride(look.boids) floats
 * @param fractions see {@link fractionsOf}
 * @param behind a picture without boids, which takes most of the time
 */
export function draw(
  frame: Float32Array, camera: Camera, look: Look, detail: Detail, seconds: number, width: number, height: number, fractions = 256, behind?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  if (frame.length !== FRAME_COLUMNS * stride(look.boids)) {
    throw new RangeError(`frame of ${frame.length} floats for ${look.boids} boids`);
  }
  const picture = new Picture(width, height, fractions, behind), model = MODELS[detail];
  const points = split(model.points), leans = split(model.leans);
  for (let i = 0; i < look.boids; i++) {
    const bird = birdOf(frame, i, look, seconds), colours = tints(bird, leans, camera);
    const corners = points.map((p) => cornerOf(bird, p, camera, picture));
    colours.forEach((c, t) => picture.triangle([corners[3 * t]!, corners[3 * t + 1]!, corners[3 * t + 2]!], c));
  }
  return picture.pixels;
}
