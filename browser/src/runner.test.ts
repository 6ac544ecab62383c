import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Clock, newCounters, Turns, WallMeter } from "./clock.ts";
import type { Kernel } from "./kernel.ts";
import { Runner } from "./runner.ts";
import type { Trial } from "./trial.ts";

const TICK_MS = 5, READING_MS = 100;

test("a window is as long as its ticks, however long the host takes to read its clocks", async () => {
  let now = 0; // ms
  const clock = mock.method(performance, "now", () => now);
  /** A host that answers half-way. */
  class Host {
    status = 200;
    responseText = "";
    open(): void {}
    send(): void {
      now += READING_MS / 2;
      this.responseText = JSON.stringify({ at_ns: now * 1e6, tab_cpu_ns: now * 1e6, threads: { 7: { name: "worker", cpu_ns: now * 1e6, delay_ns: 0 } } });
      now += READING_MS / 2;
    }
  }
  Object.assign(globalThis, { XMLHttpRequest: Host });
  const kernel = { begin: () => {}, tick: () => { now += TICK_MS; }, evidence: () => ({}) } as unknown as Kernel;
  const config = { boids: 1, slots: 3, warmUp: 2, ticks: 4, rate: 0, latest: false, neighbours: 0, mode: "", seed: 1n };
  const trial: Trial = { transport: "sab:park", config, policy: new Uint8Array(), start: 0, origin: 0, picture: undefined, mark: "" };
  const meter = new WallMeter();
  const runner = new Runner(trial, [{ role: "kernel", meter, counters: newCounters() }], new Turns(meter), new Int32Array(3), new Clock(0, 0, 0), false);
  runner.actors = { kernel };
  try {
    const report = await runner.run();
    assert.equal(report.lasted, config.ticks * TICK_MS * 1e6);
    assert.equal(report.used?.processes["tab_cpu_ns"], config.ticks * TICK_MS * 1e6, "what asking takes is taken out");
    assert.equal(report.asking?.processes["tab_cpu_ns"], READING_MS * 1e6);
    assert.deepEqual(report.used?.threads, { 7: { name: "worker", cpu_ns: config.ticks * TICK_MS * 1e6, delay_ns: 0 } });
    assert.deepEqual(report.accounts[0]?.wall, { compute: config.ticks * TICK_MS * 1e6 });
  } finally {
    clock.mock.restore();
  }
});
