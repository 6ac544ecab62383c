import assert from "node:assert/strict";
import { test } from "node:test";

import { fromDecimal, shortest } from "./decimal.ts";

const float = new Float32Array(1), bits = new Uint32Array(float.buffer);

function floatOf(pattern: number): number {
  bits[0] = pattern;
  return float[0]!;
}

function patternOf(v: number): number {
  float[0] = v;
  return bits[0]!;
}

/** The digits of the shortest text that this language reads as that float32. */
function digits(v: number): number {
  for (let n = 1; n < 9; n++) if (Math.fround(Number(v.toPrecision(n))) === v) return n;
  return 9;
}

const written = (v: number): number => JSON.stringify(v).replace(/e.*/, "").replace(/^-?0\.0*/, "").replace(/\D/g, "").replace(/^0+/, "").length;

test("floats keep their bits in a text that is as short as can be", () => {
  let longer = 0, all = 0;
  for (let pattern = 1; pattern < 0x7f800000; pattern += 9973) {
    for (const sign of [0, 0x80000000]) {
      const v = floatOf((pattern | sign) >>> 0), text = JSON.stringify(shortest(v));
      if (patternOf(fromDecimal(JSON.parse(text))) !== (pattern | sign) >>> 0) assert.fail(`${pattern.toString(16)} became ${text}`);
      all++;
      if (Math.abs(v) < 1e6 && Math.abs(v) > 1e-6 && written(shortest(v)) > digits(v)) longer++;
    }
  }
  assert.ok(longer <= all / 10_000, `${longer} of ${all} could be shorter`);
});

test("floats at the edges keep their bits", () => {
  const edges = [0, 1, 0x007fffff, 0x00800000, 0x7f7fffff, 0x15ae43fd, 0x15ae43fe];
  for (let e = 1; e < 255; e++) edges.push(e << 23, (e << 23) - 1, (e << 23) + 1);
  for (const edge of edges) {
    for (const pattern of [edge, (edge | 0x80000000) >>> 0]) {
      assert.equal(patternOf(fromDecimal(JSON.parse(JSON.stringify(shortest(floatOf(pattern)))))), pattern, pattern.toString(16));
    }
  }
});

test("the text that others write for the middle of two floats is read as they do", () => {
  assert.equal(patternOf(fromDecimal(7.038531e-26)), 0x15ae43fd);
  assert.equal(patternOf(fromDecimal(-7.038531e-26)), 0x95ae43fd);
});

test("what is no float32 is refused", () => {
  for (const v of [NaN, Infinity, -Infinity]) assert.throws(() => shortest(v), new RegExp(`unsupported value: ${v}`));
  for (const v of [1e39, -Infinity]) assert.throws(() => fromDecimal(v), /out of the range/);
  for (const v of ["1", null, undefined, {}, true]) assert.throws(() => fromDecimal(v as number), /want a number/);
});
