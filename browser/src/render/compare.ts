/** How much two pictures differ, where no two renderers agree on every edge. */

/** Shares of all pixels. */
export interface Difference {
  /** Those whose colour is another one in the other picture. */
  readonly pixels: number;
  /** Those whose colour the other picture has nowhere near. */
  readonly beyondEdges: number;
}

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
  const same = (i: number, j: number) => [0, 1, 2, 3].every((c) => Math.abs(a[4 * i + c]! - b[4 * j + c]!) <= levels);
  const near = (x: number, y: number, fits: (other: number) => boolean) => {
    for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
      for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) if (fits(v * width + u)) return true;
    }
    return false;
  };
  let pixels = 0, beyond = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (same(at, at)) continue;
      pixels++;
      if (!near(x, y, (other) => same(at, other)) || !near(x, y, (other) => same(other, at))) beyond++;
    }
  }
  return { pixels: pixels / (width * height), beyondEdges: beyond / (width * height) };
}
