/** How much two pictures differ, where no two renderers agree on every edge. */

/** Shares of all pixels. */
export interface Difference {
  /** Those whose colour is another one in the other picture. */
  readonly pixels: number;
  /** Those whose colour the other picture has nowhere near. */
  readonly beyondEdges: number;
}

/**
 * What two renderers may differ by, of the pixels that show boids: rasterizers round the
 * places of corners to different fractions of a pixel.
 */
export const ALLOWED: Difference = { pixels: 0.06, beyondEdges: 0.02 };

/**
 * Compares pictures of the same size. Colours are the same when no channel differs by
 * more than `levels` of 255. A pixel near an edge may have fallen to either side: it is
 * beyond edges only where none of the nine around it in the other picture has its
 * colour, in either direction.
 *
 * @param a red, green, blue and alpha of each pixel, row by row
 * @param b the same
 */
export function compare(a: Uint8Array, b: Uint8Array, width: number, height: number, levels = 6): Difference {
  if (a.length !== 4 * width * height || b.length !== a.length) {
    throw new RangeError(`pictures of ${a.length} and ${b.length} bytes, want ${4 * width * height}`);
  }
  let pixels = 0, beyond = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (same(a, at, b, at, levels)) continue;
      pixels++;
      if (!near(a, at, b, x, y, width, height, levels) || !near(b, at, a, x, y, width, height, levels)) beyond++;
    }
  }
  return { pixels: pixels / (width * height), beyondEdges: beyond / (width * height) };
}

/** Whether a pixel of one picture has the colour of a pixel of another. */
function same(a: Uint8Array, i: number, b: Uint8Array, j: number, levels: number): boolean {
  for (let c = 0; c < 4; c++) if (Math.abs(a[4 * i + c]! - b[4 * j + c]!) > levels) return false;
  return true;
}

/** Whether one of the nine pixels of b around (x, y) has the colour of a's. */
function near(a: Uint8Array, at: number, b: Uint8Array, x: number, y: number, width: number, height: number, levels: number): boolean {
  for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
    for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) if (same(a, at, b, v * width + u, levels)) return true;
  }
  return false;
}

/** Three pictures of one size: what was drawn, what should be there, and the latter without boids. */
export interface Pictures {
  readonly drawn: Uint8Array;
  readonly reference: Uint8Array;
  readonly sky: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What was drawn against what should be there. */
export interface Verdict extends Difference {
  /** The share of all pixels that show boids in the reference. */
  readonly boids: number;
  /** The larger difference as a share of what is allowed: above 1 something else was drawn. */
  readonly worst: number;
}

/** Judges a picture. Where the reference shows no boid no pixel may differ. */
export function judge({ drawn, reference, sky, width, height }: Pictures): Verdict {
  const { pixels, beyondEdges } = compare(drawn, reference, width, height), boids = compare(reference, sky, width, height).pixels;
  const share = (difference: number, allowed: number) => difference === 0 ? 0 : difference / (allowed * boids);
  return { pixels, beyondEdges, boids, worst: Math.max(share(pixels, ALLOWED.pixels), share(beyondEdges, ALLOWED.beyondEdges)) };
}
