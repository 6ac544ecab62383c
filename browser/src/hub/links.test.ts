/// <reference types="node" />
// Trials of three workers through the links, and what a link refuses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread, parentPort, workerData } from "node:worker_threads";

import { LEASE_LINE, POLICY_BYTES, POLICY_EPOCH, POLICY_GENERATION } from "../../host/abi.mjs";
import { Layout } from "../../host/layout.mjs";
import type { Config, Counters, EngineMemory, Frame, Meter, Phase } from "../links.ts";
import { openEngine, openKernel, openViewer } from "./links.ts";
import type { Prover } from "./links.ts";
import { Hub, create } from "./region.ts";
import type { Shared } from "./region.ts";
import { ClosedError } from "./signal.ts";
import type { Role } from "./signal.ts";
import { STRATEGIES } from "./strategy.ts";
import type { Strategy } from "./strategy.ts";
import { bounded, engineMemory, inspect, stamp, start } from "./testing.ts";

const BOIDS = 1000, SLOTS = 3;
const GENERATION = 4n; // ticks

/** What a worker of a trial does. */
interface Part {
  readonly shared: Shared;
  readonly config: Config;
  readonly role: Role;
  readonly way: Strategy;
}

/** What a worker has seen. */
interface Report {
  frames: number;
  torn: number;
  proofs: number;
  last: bigint;
  copiedBytes: number;
  wireBytes: number;
  /** Every phase that was entered. */
  phases: Phase[];
  /** The phase that was entered last. */
  now: Phase;
  wrong: string;
}

function config(ticks: number, latest = false): Config {
  return { boids: BOIDS, slots: SLOTS, warmUp: 0, ticks, rate: 0, latest };
}

function engineOf(shared: Shared): EngineMemory {
  const { policies, genomes, frames } = Hub.join(shared, BOIDS, SLOTS);
  return { memory: shared.memory, policies, genomes, frames: frames.map((f) => f.data) };
}

function ints({ buffer, byteOffset, length }: Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length);
}

/** The policy of an epoch, in canonical form as far as a link looks at it. */
function policyOf(epoch: bigint, generation: bigint): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(POLICY_BYTES));
  bytes.setBigUint64(POLICY_EPOCH, epoch, true);
  bytes.setBigUint64(POLICY_GENERATION, generation, true);
  return new Uint8Array(bytes.buffer);
}

/** A role of a trial without physics. */
class Player implements Meter {
  readonly report: Report = {
    frames: 0, torn: 0, proofs: 0, last: -1n, copiedBytes: 0, wireBytes: 0, phases: [], now: "compute", wrong: "",
  };
  readonly #part: Part;

  constructor(part: Part) {
    this.#part = part;
  }

  enter(phase: Phase): Phase {
    const before = this.report.now;
    this.report.now = phase;
    if (!this.report.phases.includes(phase)) this.report.phases.push(phase);
    return before;
  }

  play(): Report {
    try {
      ({ kernel: () => this.#kernel(), engine: () => this.#engine(), viewer: () => this.#viewer() })[this.#part.role]();
    } catch (err) {
      this.report.wrong = `${this.#part.role}: ${err instanceof Error ? err.stack : err}`;
    }
    return this.report;
  }

  #kernel(): void {
    const { shared, config, way } = this.#part, counters: Counters = this.report;
    const link = openKernel(shared, config, this, counters, way);
    const genome = new Float32Array(new Layout(BOIDS, SLOTS).genomeBytes / 4);
    for (let epoch = 0n; epoch < config.ticks; epoch++) {
      const generation = epoch / GENERATION, bred = epoch % GENERATION === 0n;
      if (bred) stamp(ints(genome), generation);
      link.publish(epoch, policyOf(epoch, generation), generation, bred ? genome : null);
      const frame = link.acquireFrame(epoch) as Frame;
      this.#look(link, frame);
      link.releaseFrame(frame);
      if (!config.latest) link.awaitUsed(epoch);
    }
    link.close();
  }

  #engine(): void {
    const { shared, config, way } = this.#part, link = openEngine(shared, config, this, this.report, way);
    const memory = engineOf(shared);
    link.bind(memory);
    let before = -1;
    for (let epoch = 0n; epoch < config.ticks; epoch++) {
      const generation = link.acquirePolicy(epoch) as bigint, genome = memory.genomes[Number(generation % 2n)];
      if (genome === undefined || inspect(ints(genome), generation) !== "whole") {
        throw new Error(`genome ${generation} is torn`);
      }
      const slot = link.loanFrame(epoch) as number, frame = memory.frames[slot];
      if (frame === undefined || slot === before) throw new Error(`frame ${epoch} in slot ${slot} behind ${before}`);
      stamp(ints(frame), epoch);
      link.publishFrame(epoch, slot);
      this.report.frames++;
      before = slot;
    }
    // The viewer of the latest is not waited for; who leaves has posted all before.
    link.close();
  }

  #viewer(): void {
    const { shared, config, way } = this.#part, link = openViewer(shared, config, this, this.report, way);
    for (let epoch = 0n; epoch < config.ticks;) {
      const frame = (config.latest ? link.acquireLatest(epoch) : link.acquireFrame(epoch)) as Frame;
      if (config.latest ? frame.epoch < epoch : frame.epoch !== epoch) {
        throw new Error(`frame ${frame.epoch}, want ${epoch}`);
      }
      this.#look(link, frame);
      epoch = frame.epoch + 1n;
      link.releaseFrame(frame);
    }
    link.close();
  }

  #look(link: Prover, frame: Frame): void {
    if (link.prove(frame).holds) this.report.proofs++;
    if (inspect(ints(frame.data), frame.epoch) !== "whole") this.report.torn++;
    this.report.frames++;
    this.report.last = frame.epoch;
  }
}

if (!isMainThread) {
  parentPort?.postMessage(new Player(workerData as Part).play());
} else {
  const fresh = () => create(engineMemory(BOIDS, SLOTS), new Layout(BOIDS, SLOTS));

  for (const way of STRATEGIES) {
    for (const latest of [false, true]) {
      test(`a trial of three workers: ${way}${latest ? ", latest" : ""}`, { timeout: 120_000 }, async () => {
        const ticks = 2000, shared = fresh();
        const roles: Role[] = ["engine", "kernel", "viewer"];
        const said = roles.map((role) =>
          start<Report>(import.meta.url, { shared, config: config(ticks, latest), role, way } satisfies Part).said);
        const reports = await bounded("a role", Promise.all(said), 100_000);
        const [engine, kernel, viewer] = reports;
        assert.ok(engine !== undefined && kernel !== undefined && viewer !== undefined);
        for (const r of reports) assert.deepEqual([r.wrong, r.torn, r.wireBytes, r.now], ["", 0, 0, "compute"]);
        assert.deepEqual([engine.frames, kernel.frames], [ticks, ticks]);
        assert.equal(viewer.last, BigInt(ticks - 1));
        if (!latest) assert.equal(viewer.frames, ticks);
        assert.deepEqual([kernel.proofs, viewer.proofs], [kernel.frames, viewer.frames]);
        const genomes = Math.ceil(ticks / Number(GENERATION));
        assert.equal(kernel.copiedBytes, ticks * POLICY_BYTES + genomes * new Layout(BOIDS, SLOTS).genomeBytes);
        assert.deepEqual([engine.copiedBytes, viewer.copiedBytes], [0, 0]);
        assert.deepEqual(kernel.phases.toSorted(), ["compute", "copy", "send", "wait"]);
        assert.deepEqual(engine.phases.toSorted(), ["compute", "send", "wait"]);
        assert.deepEqual(viewer.phases.toSorted(), ["compute", "send", "wait"]);
      });
    }
  }

  const none: Meter = { enter: () => "compute" };
  /** All ends of a fresh hub, in one thread. */
  const open = (latest = false) => {
    const shared = fresh(), counters = { copiedBytes: 0, wireBytes: 0 }, c = config(10, latest);
    const engine = openEngine(shared, c, none, counters, "park");
    engine.bind(engineOf(shared));
    const kernel = openKernel(shared, c, none, counters, "park");
    const viewer = openViewer(shared, c, none, counters, "park");
    return { shared, engine, kernel, viewer };
  };
  const genome = new Float32Array(new Layout(BOIDS, SLOTS).genomeBytes / 4);
  /** Plays a tick up to where the frame has been published. */
  const tick = ({ kernel, engine }: ReturnType<typeof open>, epoch: bigint) => {
    kernel.publish(epoch, policyOf(epoch, 0n), 0n, epoch === 0n ? genome : null);
    engine.acquirePolicy(epoch);
    engine.publishFrame(epoch, engine.loanFrame(epoch) as number);
  };

  test("a role gets what is due, and holds one frame", () => {
    const all = open(), { kernel, viewer, engine } = all;
    assert.throws(() => kernel.acquireFrame(0n), /its policy has not been published/);
    assert.throws(() => kernel.publish(1n, policyOf(1n, 0n), 0n, genome), /publish policy 1: 0 is due/);
    assert.throws(() => kernel.publish(0n, new Uint8Array(255), 0n, genome), /policy 0 of 255 bytes/);
    assert.throws(() => kernel.publish(0n, policyOf(0n, 1n), 1n, genome), /publish genome 1: 0 is due/);
    assert.throws(() => kernel.publish(0n, policyOf(0n, 0n), 0n, genome.subarray(4)), /genome 0 of \d+ floats/);
    tick(all, 0n);
    assert.throws(() => engine.acquirePolicy(0n), /acquire policy 0: 1 is due/);
    assert.throws(() => engine.publishFrame(1n, 0), /slot 0 is not on loan/);
    const slot = engine.loanFrame(1n) as number;
    assert.throws(() => engine.loanFrame(1n), /has not been published/);
    assert.throws(() => engine.publishFrame(2n, slot), /publish frame 2: 1 is due/);
    assert.throws(() => viewer.acquireFrame(1n), /acquire frame 1: 0 is due/);
    const frame = viewer.acquireFrame(0n) as Frame;
    assert.throws(() => viewer.acquireFrame(1n), /frame 0 has not been released/);
    assert.throws(() => viewer.releaseFrame({ ...frame }), /it is not held/);
    viewer.releaseFrame(frame);
    assert.throws(() => viewer.releaseFrame(frame), /it is not held/);
    kernel.releaseFrame(kernel.acquireFrame(0n) as Frame);
    const { words } = Hub.join(all.shared, BOIDS, SLOTS);
    assert.deepEqual([0, 2].map((index) => words.load(LEASE_LINE + index)), [0n, 0n], "a lease outlives its frame");
    kernel.awaitUsed(0n);
    assert.throws(() => viewer.acquireLatest(1n), /reads every frame/);
  });

  test("a viewer of the latest gets the newest, and nobody waits for it", () => {
    const all = open(true), { viewer, kernel, engine } = all;
    tick(all, 0n);
    const first = viewer.acquireLatest(0n) as Frame;
    assert.equal(first.epoch, 0n);
    for (let epoch = 1n; epoch < 6n; epoch++) {
      kernel.releaseFrame(kernel.acquireFrame(epoch - 1n) as Frame);
      tick(all, epoch);
    }
    assert.equal(first.epoch, 0n);
    viewer.releaseFrame(first);
    assert.equal((viewer.acquireLatest(1n) as Frame).epoch, 5n);
    assert.throws(() => viewer.acquireFrame(6n), /reads the latest/);
    assert.throws(() => viewer.acquireLatest(6n), /has not been released/);
    kernel.close();
    engine.close();
  });

  test("a memory that is not the hub's is not bound", () => {
    const { shared, engine } = open(), good = engineOf(shared), other = engineMemory(BOIDS, SLOTS);
    assert.throws(() => engine.bind(other), /policy slot 0 does not lie in the hub/);
    assert.throws(() => engine.bind({ ...good, genomes: other.genomes }), /genome slot 0 does not lie/);
    assert.throws(() => engine.bind({ ...good, frames: good.frames.toReversed() }), /frame slot 0 does not lie/);
    const fewer = { ...good, frames: good.frames.slice(1) };
    assert.throws(() => engine.bind(fewer), /engine memory of 2 frame slots, want 3/);
  });

  test("orders that contradict the signal are refused", () => {
    const { shared, engine } = open(), { words, policies } = Hub.join(shared, BOIDS, SLOTS);
    words.policy.post(1n);
    policies[0]?.set(policyOf(7n, 0n));
    assert.throws(() => engine.acquirePolicy(0n), /await policy 0: found that of epoch 7/);
    policies[0]?.set(policyOf(0n, 2n));
    assert.throws(() => engine.acquirePolicy(0n), /policy 0 asks for generation 2 after 0/);
  });

  test("who is left hears who has left, and a closed link does nothing", () => {
    const all = open(), { kernel, engine, viewer } = all;
    tick(all, 0n);
    viewer.close();
    viewer.close();
    assert.throws(() => viewer.acquireFrame(0n), /the viewer's link is closed/);
    assert.throws(() => kernel.awaitUsed(0n), (err) => err instanceof ClosedError &&
      err.message === "await use of frame 0: the viewer has left the hub");
    engine.close();
    kernel.publish(1n, policyOf(1n, 0n), 0n, null);
    kernel.releaseFrame(kernel.acquireFrame(0n) as Frame);
    assert.throws(() => kernel.acquireFrame(1n), /^ClosedError: await frame 1: the engine has left the hub$/);
    kernel.close();
    assert.throws(() => kernel.publish(2n, policyOf(2n, 0n), 0n, null), /the kernel's link is closed/);
  });

  test("an engine without a free slot hears that the viewer has left", () => {
    const all = open(), { kernel, engine, viewer } = all;
    for (let epoch = 0n; epoch < 2n; epoch++) {
      tick(all, epoch);
      if (epoch === 0n) {
        viewer.acquireFrame(0n);
        kernel.acquireFrame(0n);
      }
    }
    Hub.join(all.shared, BOIDS, SLOTS).words.store(LEASE_LINE + 9, 3n); // somebody leases the last one
    viewer.close();
    assert.throws(() => engine.loanFrame(2n),
      /^ClosedError: loan a slot for frame 2: every slot is needed by a reader: the viewer has left the hub$/);
  });
}
