/// <reference types="node" />
// The bird is whole, symmetric, and its normals stand on its triangles.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MODELS, POINT_FLOATS, type Model } from "./model.ts";

function rows(floats: Float32Array): number[][] {
  return Array.from({ length: floats.length / POINT_FLOATS }, (_, i) => [...floats.subarray(POINT_FLOATS * i, POINT_FLOATS * (i + 1))]);
}

/** Triangles as text that does not hang on which corner comes first. */
function shapes(model: Model, sign: number): string[] {
  const points = rows(model.points).map(([x, ...rest]) => [sign * x! + 0, ...rest].map((v) => v.toFixed(4)).join(" "));
  return Array.from({ length: model.triangles }, (_, t) => points.slice(3 * t, 3 * t + 3).sort().join("; ")).sort();
}

for (const [name, model] of Object.entries(MODELS)) {
  test(`${name} has whole triangles and both its halves`, () => {
    assert.equal(model.points.length, 3 * model.triangles * POINT_FLOATS);
    assert.equal(model.leans.length, model.triangles * POINT_FLOATS);
    assert.deepEqual(shapes(model, -1), shapes(model, 1));
  });

  test(`${name} has normals at right angles to its triangles, however the wings stand`, () => {
    const points = rows(model.points);
    rows(model.leans).forEach(([nx, ny, nz, tilt], t) => {
      assert.ok(Math.abs(Math.hypot(nx!, ny!, nz!) - 1) < 1e-6, "length");
      for (const wings of [0, 0.5]) {
        const raised = points.slice(3 * t, 3 * t + 3).map(([x, y, z, lift]) => [x!, y! + lift! * wings, z!]);
        const edge = (i: number) => raised[i]!.map((v, axis) => v - raised[0]![axis]!);
        const normal = [nx! - tilt! * wings, ny!, nz!], size = Math.hypot(...normal);
        for (const e of [edge(1), edge(2)]) {
          const sine = e.reduce((sum, v, axis) => sum + v * normal[axis]!, 0) / size / Math.hypot(...e);
          // A tilt knows of the way along x alone.
          assert.ok(Math.abs(sine) < (wings === 0 ? 1e-6 : 0.35), `triangle ${t}, wings ${wings}: ${sine}`);
        }
      }
    });
  });

  test(`${name} is no longer than its size and flaps nothing but its wings`, () => {
    for (const [x, , z, lift] of rows(model.points)) {
      assert.ok(Math.abs(z!) <= 1.1 && Math.abs(x!) <= 1.5);
      assert.equal(lift! > 0, Math.abs(x!) > 0.5);
    }
  });
}
