/// <reference types="node" />
// The oracle that trials of the shaders are held to finds the engine right, and a float that is not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ENERGY } from "../abi.ts";
import { stride } from "../../host/layout.mjs";
import { Flight } from "./flight.ts";
import { Oracle } from "./oracle.ts";

const module = new WebAssembly.Module(readFileSync("scenarios/flock/wasmhost/flock.wasm"));
const { policy } = JSON.parse(readFileSync("browser/testdata/world.json", "utf8"));
const BOIDS = 301;

/** A frame, and the engine's step of it, of a flock that has formed. */
function flown() {
  const flight = new Flight(module, BOIDS, Uint8Array.from(policy), 1n);
  flight.fly(50);
  const oracle = new Oracle(flight.policy, flight.frame.slice(), flight.world.genomes![0]!, BOIDS);
  const neighbours = flight.step(false);
  return { oracle, neighbours, got: flight.frame.slice() };
}

test("the engine's step is the oracle's, to within rounding", () => {
  const { oracle, neighbours, got } = flown(), verdict = oracle.judge(got);
  assert.equal(verdict.neighbours, neighbours);
  assert.ok(verdict.worst > 0 && verdict.worst <= 1, verdict.where);
});

test("one of several boids is judged against all", () => {
  const { oracle, got } = flown();
  assert.ok(oracle.judge(got, 3).worst <= 1);
  got[ENERGY * stride(BOIDS) + 4]! += 1e-3;
  assert.ok(oracle.judge(got).worst > 1);
  assert.ok(oracle.judge(got, 3).worst <= 1, "boid 4 is not among those");
  got[ENERGY * stride(BOIDS) + 6] = NaN;
  assert.ok(!(oracle.judge(got, 3).worst <= 1), "no number is no small error");
});
