import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { newCounters, Turns, WallMeter } from "./clock.ts";
import { Direct } from "./direct.ts";
import { Engine, linearOf, newWorld } from "./engine.ts";
import type { Shared } from "./hub/region.ts";
import { Instances } from "./instances.ts";
import { Kernel } from "./kernel.ts";
import { importMemory } from "./linear.ts";
import type { Frame, InPlaceLink, Prover, ViewerLink } from "./links.ts";
import { open } from "./codec/codec.ts";
import * as messages from "./messages.ts";
import type { Env, Parcel, Ports } from "./messages.ts";
import { rehearseKernel, rehearsePhysics } from "./rehearse.ts";
import { transport } from "./transports.ts";
import { lastEpoch, soon } from "./trial.ts";
import type { Actor, Evidence, Trial } from "./trial.ts";
import { Viewer } from "./viewer.ts";

/** What Go's roles saw of a trial: browser/world_test.go. */
const want = JSON.parse(readFileSync("browser/testdata/world.json", "utf8"));
const flock = new WebAssembly.Module(readFileSync("scenarios/flock/wasmhost/flock.wasm"));
const kernelBytes = Uint8Array.from(gunzipSync(readFileSync("browser/dist/kernel.wasm.gz")));
const kernelModule = new WebAssembly.Module(kernelBytes);

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
  const { place: _, ...saw } = kernel;
  assert.deepEqual(saw, want.saw.kernel);
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

/** A viewer's link as an object of its own. */
function viewing(link: ViewerLink): ViewerLink & Prover {
  return {
    acquireFrame: link.acquireFrame.bind(link), acquireLatest: link.acquireLatest.bind(link), close: link.close.bind(link),
    releaseFrame: link.releaseFrame.bind(link),
    prove: (frame) => (link as ViewerLink & Prover).prove(frame),
  };
}

/** Plays a trial of sab:one in turn, in which nobody ever has to wait, and may tamper with the kernel's link and the viewer's. */
async function playInPlace(tamper: (link: InPlaceLink) => InPlaceLink = (link) => link, view: (link: ViewerLink) => ViewerLink = (link) => link) {
  const trial = trialOf("sab:one"), way = transport("sab:one"), meter = new WallMeter(), { boids } = trial.config;
  const low = new WebAssembly.Module(readFileSync("scenarios/flock/wasmhost/flock-low.wasm"));
  const rewritten = new WebAssembly.Module(importMemory(kernelBytes));
  rehearsePhysics(low, trial, true);
  rehearseKernel(rewritten, trial, true);
  const counters = { kernel: newCounters(), engine: newCounters(), viewer: newCounters() };
  let shared: Shared | undefined;
  const opening = (role: keyof typeof counters) => ({ config: trial.config, ports: {}, meter, shared, onPage: false, counters: counters[role] });
  const kernel = new Kernel(rewritten, trial, linearOf(low, trial, (made) => {
    shared = made;
    return tamper(way.openKernel(opening("kernel")) as InPlaceLink);
  }), meter, counters.kernel, () => {});
  const { world, memory } = newWorld(low, trial, shared!.memory);
  const engine = new Engine(trial, way.openEngine(opening("engine")), world, memory);
  const viewer = new Viewer(trial, view(way.openViewer(opening("viewer"))), meter, new Instances(boids), () => {});
  for (let epoch = 0; epoch <= lastEpoch(trial.config); epoch++) {
    kernel.begin(epoch);
    for (const actor of [engine, viewer, kernel]) await actor.tick(epoch);
  }
  return { kernel, engine, viewer, counters };
}

test("roles in one memory, Go's own, see it without a copy", async () => {
  const { kernel, engine, viewer, counters } = await playInPlace();
  compare(kernel.evidence(), engine.evidence(), viewer.evidence());
  for (const c of Object.values(counters)) assert.deepEqual(c, newCounters());
  const places = [kernel, engine, viewer].map((role) => role.evidence().place);
  for (const p of places) {
    assert.ok(p && p.holds && p.byteOffset === p.plannedOffset && p.byteOffset + p.byteLength <= p.memoryBytes, "each shows where the last frame lay");
    assert.equal(p.byteOffset, places[0]!.byteOffset, "the same one");
  }
  counters.kernel.copiedBytes++;
  assert.throws(() => kernel.evidence(), /has copied 1 bytes/);
});

test("a kernel that does not read or write in place has failed", async () => {
  const bound = (link: InPlaceLink): InPlaceLink => ({
    publish: link.publish.bind(link), acquireFrame: link.acquireFrame.bind(link), releaseFrame: link.releaseFrame.bind(link),
    awaitUsed: link.awaitUsed.bind(link), close: link.close.bind(link), prove: link.prove.bind(link),
    policyAt: link.policyAt.bind(link), genomeAt: link.genomeAt.bind(link),
  });
  const copied = (frame: Frame): Frame => ({ ...frame, data: frame.data.slice() });
  const tampers: [(link: InPlaceLink) => Partial<InPlaceLink>, RegExp][] = [
    [() => ({ policyAt: () => 0 }), /publish policy 0: it lies at byte/],
    [(link) => ({ genomeAt: () => link.genomeAt(1n) }), /publish genome 0: it lies at byte/],
    [(link) => ({ acquireFrame: (epoch) => copied(link.acquireFrame(epoch) as Frame) }), /has read frame 0 at byte/],
    [(link) => ({ publish: (epoch, policy, generation, genome) => link.publish(epoch, policy.slice(), generation, genome) }), /policy 0: it does not lie in the engine's memory/],
    [(link) => ({ prove: (frame) => ({ ...link.prove(frame), holds: false }) }), /as the kernel has read it, does not lie/],
  ];
  const late = (link: ViewerLink) => ({ ...viewing(link), acquireFrame: (epoch: bigint) => soon(link.acquireFrame(epoch), (frame) => epoch === 3n ? copied(frame) : frame) });
  await assert.rejects(playInPlace(undefined, late), /frame 3 does not lie in the engine's memory/, "a copy of any frame but the last");
  for (const [tamper, want] of tampers) await assert.rejects(playInPlace((link) => ({ ...bound(link), ...tamper(link) })), want);
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
  parcels[`post+${codec}`] = (env) => new messages.Encoded(env, () => open(codec));
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
      if (!name.startsWith("post+")) return;
      const ticks = lastEpoch(trial.config) + 1, column = 4 * 1004, genomes = Math.ceil(ticks / 60), frames = ticks * 8 * column;
      const e = own.engine.counters, k = own.kernel.counters;
      assert.equal(e.copiedBytes, e.wireBytes + ticks * 256 + genomes * 4 * column, "of two readers one is handed what was encoded");
      assert.equal(k.copiedBytes, k.wireBytes + 2 * frames, "orders are handed over as they were encoded");
    } finally {
      for (const actor of [engine, viewer, kernel]) actor.close(); // an open port would keep the process
    }
  });
}
