import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { newCounters, Turns, WallMeter } from "./clock.ts";
import { Direct } from "./direct.ts";
import { Engine, newWorld } from "./engine.ts";
import { Instances } from "./instances.ts";
import { Kernel } from "./kernel.ts";
import { open } from "./codec/codec.ts";
import * as messages from "./messages.ts";
import type { Env, Parcel, Ports } from "./messages.ts";
import { lastEpoch } from "./trial.ts";
import type { Actor, Evidence, Trial } from "./trial.ts";
import { Viewer } from "./viewer.ts";

/** What Go's roles saw of a trial: browser/world_test.go. */
const want = JSON.parse(readFileSync("browser/testdata/world.json", "utf8"));
const flock = new WebAssembly.Module(readFileSync("scenarios/flock/wasmhost/flock.wasm"));
const kernelModule = new WebAssembly.Module(gunzipSync(readFileSync("browser/dist/kernel.wasm.gz")));

function trialOf(transport: string): Trial {
  const c = want.config;
  return {
    transport, policy: Uint8Array.from(want.policy), start: 0, origin: 0, picture: undefined, mark: "",
    config: {
      boids: c.boids, neighbours: c.neighbours, mode: c.mode, seed: BigInt(want.seed), warmUp: c.warm_up, ticks: c.ticks, slots: c.slots,
      rate: 0, latest: false,
    },
  };
}

function compare(kernel: Evidence, engine: Evidence, viewer: Evidence): void {
  assert.deepEqual({ ...kernel }, want.saw.kernel);
  assert.equal(engine.genome, want.saw.engine.genome);
  assert.equal(viewer.digest, want.saw.viewer.digest);
  assert.equal(viewer.chain, want.saw.viewer.chain);
}

test("a tab's roles in turn see the world that Go's see", async () => {
  const trial = trialOf("direct"), meter = new Turns(new WallMeter()), counters = newCounters();
  const direct = new Direct(trial.config, meter, counters);
  const { world, memory } = newWorld(flock, trial);
  const engine = new Engine(trial, direct, world, memory);
  const kernel = new Kernel(kernelModule, trial, direct.kernel, meter, counters, () => {});
  const viewer = new Viewer(trial, direct.viewer, meter, new Instances(trial.config.boids), () => {});
  for (let epoch = 0; epoch <= lastEpoch(trial.config); epoch++) {
    kernel.begin(epoch);
    for (const actor of [engine, viewer, kernel]) await actor.tick(epoch);
  }
  compare(kernel.evidence(), engine.evidence(), viewer.evidence());
  const ticks = lastEpoch(trial.config) + 1, column = 4 * 1004;
  const genomes = Math.ceil(ticks / 60);
  assert.equal(counters.copiedBytes, ticks * (256 + 8 * column) + genomes * 4 * column, "orders out of Go's memory, frames into it");
});

/** Runs an actor of its own for all epochs, as a worker does. */
async function all(trial: Trial, actor: Actor, before: (epoch: number) => void = () => {}): Promise<void> {
  for (let epoch = 0; epoch <= lastEpoch(trial.config); epoch++) {
    before(epoch);
    await actor.tick(epoch);
  }
}

const parcels: Record<string, (env: Env) => Parcel> = {
  clone: (env) => new messages.Clone(env),
  transfer: (env) => new messages.Transfer(env),
};
for (const codec of ["raw", "flatbuffers", "protobuf", "msgpack", "json"]) {
  parcels[`post+${codec}`] = (env) => new messages.Encoded(env, open(codec));
}

for (const [name, parcel] of Object.entries(parcels)) {
  test(`roles that post messages by ${name} see it as well`, async () => {
    const trial = trialOf(name);
    const channels = { ke: new MessageChannel(), kv: new MessageChannel(), ev: new MessageChannel() };
    const env = (ports: Ports): Env => ({ config: trial.config, ports, meter: new WallMeter(), counters: newCounters() });
    const own = {
      engine: env({ kernel: channels.ke.port2, viewer: channels.ev.port1 }),
      kernel: env({ engine: channels.ke.port1, viewer: channels.kv.port1 }),
      viewer: env({ engine: channels.ev.port2, kernel: channels.kv.port2 }),
    };
    const { world, memory } = newWorld(flock, trial);
    const engine = new Engine(trial, messages.openEngine(own.engine, parcel(own.engine)), world, memory);
    const kernel = new Kernel(
      kernelModule, trial, messages.openKernel(own.kernel, parcel(own.kernel)), own.kernel.meter, own.kernel.counters, () => {},
    );
    const link = messages.openViewer(own.viewer, parcel(own.viewer));
    const viewer = new Viewer(trial, link, own.viewer.meter, new Instances(trial.config.boids), () => {});
    try {
      await Promise.all([all(trial, engine), all(trial, viewer), all(trial, kernel, (epoch) => kernel.begin(epoch))]);
      compare(kernel.evidence(), engine.evidence(), viewer.evidence());
      for (const c of [own.engine, own.kernel]) assert.ok(c.counters.copiedBytes > 0);
    } finally {
      for (const actor of [engine, viewer, kernel]) actor.close(); // an open port would keep the process
    }
  });
}
