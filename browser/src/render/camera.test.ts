/// <reference types="node" />
// The camera sees the whole world, the right way round.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_VIEW, lookAt, type Bounds, type Camera, type Vector } from "./camera.ts";

const WORLDS: Bounds[] = [
  { min: [0, 0, 0], max: [17, 17, 17] }, { min: [-3, 2, 100], max: [40, 3, 160] }, { min: [0, 0, 0], max: [400, 400, 0] },
];

function clip({ viewProjection: m }: Camera, p: Vector): number[] {
  return [0, 1, 2, 3].map((i) => m[i]! * p[0] + m[i + 4]! * p[1] + m[i + 8]! * p[2] + m[i + 12]!);
}

function cornersOf({ min, max }: Bounds): Vector[] {
  return [min[0], max[0]].flatMap((x) => [min[1], max[1]].flatMap((y) => [min[2], max[2]].map((z): Vector => [x, y, z])));
}

test("the whole world is in the picture and touches an edge of it", () => {
  for (const world of WORLDS) {
    for (const aspect of [0.5, 4 / 3, 16 / 9]) {
      for (const azimuth of [0, 0.6, 2.5]) {
        const camera = lookAt(world, aspect, { ...DEFAULT_VIEW, azimuth });
        const seen = cornersOf(world).map((p) => clip(camera, p));
        const [xs, ys] = [0, 1].map((i) => seen.map((q) => q[i]! / q[3]!)) as [number[], number[]];
        const most = Math.max(...xs.map(Math.abs), ...ys.map(Math.abs));
        assert.ok(Math.abs(most - DEFAULT_VIEW.fill) < 1e-3, `fills ${most}`);
        assert.ok(Math.abs(Math.max(...ys) + Math.min(...ys)) < 1e-3, "not in the middle");
        for (const [, , z, w] of seen) assert.ok(z! > 0 && z! < w!, `depth ${z! / w!}`);
      }
    }
  }
});

test("up is up, right is right, and what is nearer has less depth", () => {
  const camera = lookAt(WORLDS[0]!, 1, { ...DEFAULT_VIEW, azimuth: 0, elevation: 0 });
  const at = (p: Vector) => { const [x, y, z, w] = clip(camera, p); return [x! / w!, y! / w!, z! / w!] as const; };
  const middle = at([8.5, 8.5, 8.5]);
  assert.ok(Math.abs(middle[0]) < 1e-5 && Math.abs(middle[1]) < 1e-5);
  assert.ok(at([9, 8.5, 8.5])[0] > middle[0]);
  assert.ok(at([8.5, 9, 8.5])[1] > middle[1]);
  assert.ok(at([8.5, 8.5, 9])[2] < middle[2], "a camera of azimuth 0 looks along -z");
});

test("near and far are the distances of the corners", () => {
  const camera = lookAt(WORLDS[0]!, 1.5), away = cornersOf(WORLDS[0]!).map((p) => Math.hypot(...p.map((v, i) => v - camera.eye[i]!)));
  assert.equal(camera.near, Math.min(...away));
  assert.equal(camera.far, Math.max(...away));
});

test("a larger fill comes nearer", () => {
  const far = lookAt(WORLDS[0]!, 1), near = lookAt(WORLDS[0]!, 1, { ...DEFAULT_VIEW, fill: 1.4 });
  assert.ok(near.near < far.near);
});
