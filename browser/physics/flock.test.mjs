import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { FITNESS, FRAME_COLUMNS, GENERATION_TICKS, POLICY_BYTES, VX, Y } from "../host/abi.mjs";
import * as at from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";
import { Flock } from "./flock.mjs";
import { inJavaScript } from "./backends.mjs";
import { sessionOf } from "./files.mjs";
import { Fnv, Word64 } from "./hash.mjs";
import { source } from "./instances.mjs";
import { ModuleFlock } from "./module.mjs";
import { readPolicy } from "./policy.mjs";
import { parseModules, reply } from "./protocol.mjs";
import { seedFrame, seedGenome } from "./seed.mjs";
import { Session } from "./session.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const MODULE = here("../../scenarios/flock/wasmhost/flock.wasm");
const module = new WebAssembly.Module(readFileSync(MODULE));

/** The golden worlds: chains and neighbours that every back end must give. */
const golden = readFileSync(here("../../rust/flock/testdata/golden.txt"), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => {
    const [name, boids, steps, seed, chain, neighbours, hex] = line.split(" ");
    return { name, boids: +boids, steps: +steps, seed, chain, neighbours: +neighbours, hex };
  });

const bytesOf = (hex) => {
  const bytes = new Uint8Array(POLICY_BYTES);
  bytes.set(Buffer.from(hex, "hex"));
  return bytes;
};

/** The policy of the first golden world in bounds with edges of so many radii. */
function policyWith(edge, change = () => {}) {
  const bytes = bytesOf(golden[0].hex), view = new DataView(bytes.buffer);
  for (let axis = 0; axis < 3; axis++) {
    view.setFloat32(at.POLICY_TARGET + 4 * axis, edge / 3, true);
    view.setFloat32(at.POLICY_MAX + 4 * axis, edge, true);
  }
  change(view);
  return bytes;
}

/** Fills the first frame and the genome of a flock. */
function seeded(flock, boids, dimensions, policy, seed) {
  const parsed = readPolicy(policy, dimensions, "single");
  seedFrame(flock.from, boids, stride(boids), parsed, dimensions, BigInt(seed));
  seedGenome(flock.genome, boids, stride(boids));
  return flock;
}

const backends = {
  js: (...world) => new Flock(...world, "single"),
  wasm: (...world) => new ModuleFlock(module, ...world),
};

test("the golden file has worlds", () => assert.ok(golden.length >= 3));

for (const [name, make] of Object.entries(backends)) {
  for (const world of golden) {
    test(`${name} gives the golden chain of ${world.name}`, () => {
      const policy = bytesOf(world.hex), { boids } = world;
      const flock = seeded(make(boids, 3, policy), boids, 3, policy, world.seed);
      const chain = new Fnv();
      let neighbours = 0;
      for (let tick = 0; tick < world.steps; tick++) {
        neighbours += flock.step(tick % GENERATION_TICKS === 0);
        flock.swap();
        chain.add(flock.from, boids, stride(boids), FRAME_COLUMNS);
      }
      assert.deepEqual([`${chain}`, neighbours], [world.chain, world.neighbours]);
    });
  }
}

for (const dimensions of [2, 3]) {
  for (const boids of [0, 1, 7, 4097]) {
    test(`${boids} boids in ${dimensions} dimensions agree between js and wasm`, () => {
      // 19 rows of cells: three strips, the last of them incomplete.
      const policy = policyWith(18.5);
      const [js, wasm] = Object.values(backends).map((make) =>
        seeded(make(boids, dimensions, policy), boids, dimensions, policy, 5),
      );
      wasm.seed(5n);
      assert.deepEqual(js.from, wasm.to.slice(), "first frame");
      for (let tick = 0; tick < 12; tick++) {
        const renumber = tick % 5 === 0;
        const neighbours = js.step(renumber);
        assert.equal(neighbours, wasm.step(renumber), `neighbours of tick ${tick}`);
        assert.equal(js.perceive(renumber), neighbours);
        assert.equal(wasm.perceive(renumber), neighbours);
        js.swap();
        wasm.swap();
        assert.deepEqual(bits(js.from), bits(wasm.from), `frame after tick ${tick}`);
      }
    });
  }
}

/** A copy of the bits of a frame, which tells zeros of different sign apart. */
function bits(frame) {
  return new Int32Array(frame.slice().buffer);
}

for (const dimensions of [2, 3]) {
  test(`doubles in between change little in ${dimensions} dimensions`, () => {
    const boids = 2000, policy = policyWith(10);
    const single = seeded(new Flock(boids, dimensions, policy, "single"), boids, dimensions, policy, 3);
    const double = new Flock(boids, dimensions, policy, "double");
    for (let tick = 0; tick < 70; tick++) {
      single.step(tick % GENERATION_TICKS === 0);
      single.swap();
    }
    double.from.set(single.from);
    double.genome.set(single.genome);
    assert.equal(double.step(false), single.step(false));
    const far = single.to.reduce((most, v, i) => Math.max(most, Math.abs(v - double.to[i])), 0);
    assert.ok(far > 0, "the same bits: nothing was left unrounded");
    assert.ok(far < 1e-4, `off by ${far}`);
  });
}

test("the text of the phases holds what it is compiled for and no more", () => {
  assert.match(source(3, "single"), /fround\(/);
  assert.doesNotMatch(source(3, "double"), /fround\(/);
  assert.match(source(3, "single"), /\/\/ z$/m);
  assert.doesNotMatch(source(2, "single"), /\/\/ z$|\b[pdvuawqt]z\b/m);
});

test("a hash starts at the basis and a product wraps at 64 bits", () => {
  assert.equal(`${new Fnv()}`, "cbf29ce484222325");
  const words = [0n, 1n, 0xffffffffn, 0x100000000n, 0x9e3779b97f4a7c15n, 0xffffffffffffffffn];
  const value = ({ high, low }) => BigInt.asUintN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
  for (const a of words) {
    for (const b of words) {
      assert.equal(value(Word64.of(a).times(Word64.of(b))), BigInt.asUintN(64, a * b), `${a} * ${b}`);
      assert.equal(value(Word64.of(a).add(Word64.of(b))), BigInt.asUintN(64, a + b), `${a} + ${b}`);
    }
  }
});

test("js and wasm refuse the same input", () => {
  const [boids, policy] = [9, policyWith(4)];
  const cases = {
    "a position outside": (f) => (f.from[2] = 4.5),
    "no position": (f) => (f.from[Y * stride(boids) + 8] = NaN),
    "an absurd velocity": (f) => (f.from[VX * stride(boids) + 1] = 2e6),
    "no fitness": (f) => (f.from[FITNESS * stride(boids) + 1] = NaN),
    "an absurd gene": (f) => (f.genome[3 * stride(boids) + 4] = -Infinity),
  };
  for (const [what, spoil] of Object.entries(cases)) {
    for (const [name, make] of Object.entries(backends)) {
      const flock = seeded(make(boids, 3, policy), boids, 3, policy, 1);
      flock.step(false);
      spoil(flock);
      assert.throws(() => flock.step(false), RangeError, `${name}: ${what}`);
    }
  }
});

test("policies that cannot be are refused", () => {
  const cases = {
    "a step of no time": (v) => v.setFloat32(at.POLICY_DT, 0, true),
    "no radius": (v) => v.setFloat32(at.POLICY_RADIUS, NaN, true),
    "bounds of nothing": (v) => v.setFloat32(at.POLICY_MAX, 0, true),
    "speeds out of order": (v) => v.setFloat32(at.POLICY_MIN_SPEED, 9, true),
    "too many cells": (v) => v.setFloat32(at.POLICY_MAX + 4, 2000, true),
  };
  for (const [what, change] of Object.entries(cases)) {
    for (const [name, make] of Object.entries(backends)) {
      assert.throws(() => make(9, 3, policyWith(4, change)), RangeError, `${name}: ${what}`);
    }
  }
});

const HEX = Buffer.from(policyWith(12)).toString("hex");

test("a session steps, measures and digests without changing the world", () => {
  const [js, wasm] = [[], [["wasm", MODULE]]].map((modules) => sessionOf(modules));
  for (const dimensions of [2, 3]) {
    const replies = [js, wasm].map((session) => {
      assert.equal(reply(session, `world 900 ${dimensions} 4 ${HEX} 1`), "ok");
      const before = reply(session, "digest js");
      assert.match(reply(session, "time js sort 2"), /^ok \d+ 0$/);
      assert.match(reply(session, "time js-double perceive 2"), /^ok \d+ [1-9]\d*$/);
      assert.match(reply(session, "time js step 1"), /^ok \d+ [1-9]\d*$/);
      assert.equal(reply(session, "digest js"), before);
      return [before, reply(session, "advance 61"), reply(session, "digest js"), reply(session, "advance 0")];
    });
    assert.deepEqual(replies[0], replies[1]);
    assert.equal(reply(wasm, "digest wasm"), replies[0][2]);
    assert.match(reply(wasm, "time wasm perceive 1"), /^ok \d+ [1-9]\d*$/);
  }
});

test("a session chains as the golden file does", () => {
  const world = golden.find(({ name }) => name === "few");
  const session = sessionOf([["wasm", MODULE]]);
  reply(session, `world ${world.boids} 3 ${world.seed} ${world.hex} 1`);
  reply(session, "advance 100");
  assert.match(reply(session, `advance ${world.steps - 100}`), new RegExp(`^ok ${world.chain} \\d+$`));
});

test("malformed requests are answered with an error", () => {
  const session = sessionOf([["absent", here("no-such-module.wasm")], ["broken", here("phases.mjs")]]);
  assert.match(reply(session, "backends"), /^ok js js-double absent:ENOENT broken:\S+$/);
  const first = `world 10 3 1 ${HEX} 1`;
  const cases = [
    "", "constructor", "backends now", "advance 1", "digest js", "time js step 1", // no world yet
    first.replace("10", "-1"), first.replace("10", "1e3"), first.replace("10", "99999999999"),
    first.replace(" 3 ", " 4 "), first.replace(" 1 ", " 18446744073709551616 "),
    `world 10 3 1 ${HEX}`, `world 10 3 1 ${HEX}00 1`, `world 10 3 1 xyz 1`, `world 10 3 1 00 1`,
    `world 10 3 1 ${HEX} 0`,
  ];
  for (const line of cases) assert.match(reply(session, line), /^error .+$/, line);
  assert.equal(reply(session, first), "ok");
  const worse = [
    "advance", "advance x", "time js fly 1", "time js step 0", "time js step",
    "digest nobody", "digest absent", "time broken step 1", "world 10 3 1 00 1",
  ];
  for (const line of worse) assert.match(reply(session, line), /^error .+$/, line);
  assert.match(reply(session, "advance 1"), /^ok [0-9a-f]{16} \d+$/, "the world is still there");
});

/** A shader that counts what it is asked for, and finds what it is told to. */
function shaderOf(found) {
  const asked = [];
  const flock = {
    load: async (frame) => asked.push(`load ${frame.length}`), repeat: async (count) => asked.push(`repeat ${count}`),
    neighbours: async () => found.neighbours, judge: async () => found,
  };
  return { asked, backend: { name: "shader", adapter: "a card", open: async () => flock } };
}

test("a shader is judged and timed, and has no digest", async () => {
  const { asked, backend } = shaderOf({ worst: 0.25, judged: 10, neighbours: 42 });
  const session = new Session([...inJavaScript(), backend], process.hrtime.bigint);
  assert.equal(reply(session, `world 10 3 1 ${HEX} 1`), "ok");
  assert.equal(await reply(session, "judge shader"), "ok 250000 10 42");
  assert.match(await reply(session, "time shader step 7"), /^ok \d+ 42$/);
  assert.deepEqual(asked, ["load 96", "load 96", "repeat 7"]);
  assert.equal(reply(session, "adapter shader"), "ok a card");
  assert.match(await reply(session, "time shader sort 1"), /^error shader has no phase but the step/);
  assert.match(reply(session, "digest shader"), /^error .*judged/);
  assert.match(await reply(session, "judge js"), /^error .*digest/);
  reply(session, `world 10 2 1 ${HEX} 1`);
  assert.match(await reply(session, "judge shader"), /^error .*space only/);
});

test("a float that is no number is far from the oracle", async () => {
  for (const worst of [NaN, Infinity]) {
    const session = new Session([shaderOf({ worst, judged: 1, neighbours: 0 }).backend], process.hrtime.bigint);
    reply(session, `world 10 3 1 ${HEX} 1`);
    assert.equal(await reply(session, "judge shader"), `ok ${Number.MAX_SAFE_INTEGER} 1 0`);
  }
});

test("a world of another seed has another digest", () => {
  const digests = [1, 2].map((seed) => {
    const session = sessionOf([["wasm", MODULE]]);
    reply(session, `world 500 3 ${seed} ${HEX} 1`);
    reply(session, "advance 3");
    return reply(session, "digest wasm");
  });
  assert.notEqual(digests[0], digests[1]);
});

test("a command line names modules once", () => {
  assert.deepEqual(parseModules(["--module", "a=b=c"]), [["a", "b=c"]]);
  for (const bad of [["--module"], ["--module", "a"], ["--modul", "a=b"], ["--module", "js=b"],
    ["--module", "a=b", "--module", "a=c"]]) {
    assert.throws(() => parseModules(bad), Error, `${bad}`);
  }
});

test("a worker answers every line and ends with its input", () => {
  const input = `backends\nnonsense\nworld 50 2 1 ${HEX} 2\nadvance 3\n`;
  const args = [here("worker.mjs"), "--module", `wasm=${MODULE}`];
  const run = spawnSync(process.execPath, args, { input, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const lines = run.stdout.split("\n");
  assert.equal(lines.length, 5);
  assert.deepEqual(lines.slice(0, 3), ["ok js js-double wasm", 'error unknown request "nonsense"', "ok"]);
  assert.match(lines[3], /^ok [0-9a-f]{16} \d+$/);
  const refused = spawnSync(process.execPath, [args[0], "--module", "x"], { input, encoding: "utf8" });
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /^worker: usage/);
});
