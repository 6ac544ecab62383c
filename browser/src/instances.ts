/** A display that draws nothing: the renderer's half that runs on the processor, as in scenarios/flock/viewer.go. */
import { stride } from "../host/layout.mjs";
import type { Frame, Meter } from "./links.ts";
import type { Display } from "./viewer.ts";

/** A 3×4 matrix that turns and places a model that flies along +z, and an RGBA colour. */
export const INSTANCE_FLOATS = 16;

export class Instances implements Display {
  readonly data: Float32Array;

  constructor(readonly boids: number) {
    this.data = new Float32Array(INSTANCE_FLOATS * boids);
  }

  show(frame: Frame, _meter: Meter): void {
    instances(this.data, frame.data, this.boids);
  }

  close(): void {}
}

/**
 * Writes INSTANCE_FLOATS for each boid. It looks along its velocity, its wings level
 * with the ground (y is up), as large as its energy, from blue to orange as its fitness
 * grows. At rest it looks along +z, and straight up or down it keeps +x to its right.
 */
export function instances(out: Float32Array, frame: Float32Array, boids: number): void {
  const column = stride(boids);
  for (let i = 0, m = 0; i < boids; i++, m += INSTANCE_FLOATS) {
    const vx = frame[3 * column + i]!, vy = frame[4 * column + i]!, vz = frame[5 * column + i]!;
    const size = 0.5 + 0.5 * frame[6 * column + i]!, t = frame[7 * column + i]!;
    const flat = vx * vx + vz * vz, length = Math.sqrt(flat + vy * vy);
    let fx = 0, fy = 0, fz = 1, rx = 1, rz = 0;
    if (length > 0) {
      fx = vx / length;
      fy = vy / length;
      fz = vz / length;
      if (flat > 0) {
        const level = 1 / Math.sqrt(flat);
        rx = vz * level;
        rz = -vx * level;
      }
    }
    out[m] = rx * size;
    out[m + 1] = fy * rz * size;
    out[m + 2] = fx * size;
    out[m + 3] = frame[i]!;
    out[m + 4] = 0;
    out[m + 5] = (fz * rx - fx * rz) * size;
    out[m + 6] = fy * size;
    out[m + 7] = frame[column + i]!;
    out[m + 8] = rz * size;
    out[m + 9] = -fy * rx * size;
    out[m + 10] = fz * size;
    out[m + 11] = frame[2 * column + i]!;
    out[m + 12] = t;
    out[m + 13] = 0.45 + 0.2 * t;
    out[m + 14] = 1 - t;
    out[m + 15] = 1;
  }
}
