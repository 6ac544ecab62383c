/** Float32 in JSON, whose text JavaScript writes and reads as float64. */
import { asFloat } from "./schema.ts";

/** The decimal digits that a float32 may need, and that it always keeps. */
const MOST_DIGITS = 9, SAFE_DIGITS = 6;

/** Powers of ten that a float64 holds exactly. */
const EXACT = 22;
const powers = Array.from({ length: EXACT + 1 }, (_, i) => Number(`1e${i}`));

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** By biased exponent: how far a decimal may be off, and the scale that leaves SAFE_DIGITS of it, as a power of ten. */
const reach = new Float64Array(256);
const scales = new Int32Array(256);
for (let e = 0; e < 256; e++) {
  const exponent = Math.max(e, 1) - 127;
  reach[e] = 2 ** (exponent - 24) * (1 - 2 ** -20);
  scales[e] = SAFE_DIGITS - 1 - Math.floor(exponent * Math.log10(2));
}
const SMALLEST = 2 ** -149;

/** What stands for −0, which JSON.stringify writes as 0: both languages read it as the float32 −0. */
const MINUS_ZERO = -1e-99;

/**
 * Returns the float64 with the shortest text that is read as the float32 `v`, or throws
 * for what JSON has no word for. A decimal is taken when it is within half the distance
 * of two float32, and not at its end: whether a reader rounds the text to a float64
 * first, as this language does, or at once, as Go does, is then the same.
 */
export function shortest(v: number): number {
  if (v === Math.trunc(v) && v < 1e6 && v > -1e6) return v === 0 && 1 / v < 0 ? MINUS_ZERO : v;
  float[0] = v;
  const e = (bits[0]! >>> 23) & 0xff;
  if (e === 0xff) throw new Error(`unsupported value: ${v}`);
  // Below a power of two the next float32 is only half as far.
  const far = (bits[0]! & 0x7fffff) === 0 ? reach[e]! / 2 : reach[e]!;
  const least = scales[e]!;
  if (least < -EXACT || least + MOST_DIGITS - SAFE_DIGITS > EXACT) return shortestByText(v, far);
  for (let k = least; k < least + MOST_DIGITS - SAFE_DIGITS; k++) {
    const d = k >= 0 ? Math.round(v * powers[k]!) / powers[k]! : Math.round(v / powers[-k]!) * powers[-k]!;
    if (Math.abs(d - v) < far) return d;
  }
  return shortestByText(v, far);
}

/** As shortest, of what is too large or too small for exact powers of ten. */
function shortestByText(v: number, far: number): number {
  for (let digits = Math.abs(v) < SMALLEST * 2 ** 23 ? 1 : SAFE_DIGITS; digits <= MOST_DIGITS; digits++) {
    const d = Number(v.toPrecision(digits));
    if (Math.abs(d - v) < far) return d;
  }
  return v;
}

/**
 * The only shortest text of a float32, with its negative, that is read as the middle of
 * two float32, and then rounded to the wrong one; all others were tried.
 */
const MIDDLE = 7.038531e-26;
float[0] = MIDDLE;
bits[0] = 0x15ae43fd;
const BELOW_MIDDLE = float[0]!;

/** Returns the float32 that a JSON number of a message is, or throws for what is none. */
export function fromDecimal(v: number): number {
  if (Math.abs(asFloat(v)) === MIDDLE) return Math.sign(v) * BELOW_MIDDLE;
  const f = Math.fround(v);
  if (f - f !== 0) throw new Error(`${v} is out of the range of a float32`);
  return f;
}
