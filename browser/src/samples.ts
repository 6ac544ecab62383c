/** Makes of what the workers measured the samples that the supervisor wants; see docs/results-format.md. */
import { GENERATION_TICKS } from "../host/abi.mjs";
import type { Phase } from "./links.ts";
import type { Account, Reading, Report } from "./runner.ts";
import type { Transport } from "./transports.ts";
import { ROLES } from "./trial.ts";
import type { Role, Trial } from "./trial.ts";

/** What a phase is to its thread: work that is its own, a call that may hand the core to another, or being blocked. */
type Nature = "works" | "calls" | "blocks";

/** A spin is work of nobody, and its thread may be made to give way in it. */
function natureOf(phase: string, way: Transport): Nature {
  switch (phase) {
    case "send":
    case "receive":
      return "calls";
    case "wait":
      return way.spins ? "calls" : "blocks";
    case "pace":
    case "present":
      return "blocks";
  }
  return "works";
}

/**
 * Estimates the CPU of the phases of a thread. A tab has no clock of CPU inside: the host
 * reads that of each thread at both ends of the window. What the thread has used is given
 * to work first, as much as its time on the wall, then to calls likewise, and what is left
 * to waiting: a thread loses its core in calls that wake another, hardly ever in work.
 * Where it has used less than that, all phases of the nature that is short of it are
 * scaled down.
 *
 * @param used CPU of the thread, in ns
 */
export function phases(accounts: readonly Account[], way: Transport, used: number): Map<Role, Record<string, number>> {
  const wall: Record<Nature, number> = { works: 0, calls: 0, blocks: 0 };
  for (const a of accounts) {
    for (const phase of Object.keys(a.wall) as Phase[]) wall[natureOf(phase, way)] += a.wall[phase] ?? 0;
  }
  const works = Math.min(used, wall.works), calls = Math.min(used - works, wall.calls);
  const cpu: Record<Nature, number> = { works, calls, blocks: used - works - calls };
  return new Map(accounts.map((a) => {
    const metrics: Record<string, number> = {};
    for (const phase of Object.keys(a.wall) as Phase[]) {
      const own = a.wall[phase] ?? 0, nature = natureOf(phase, way);
      metrics[`wall_${phase}_ns`] = own;
      metrics[`cpu_${phase}_ns`] = wall[nature] > 0 ? (cpu[nature] * own) / wall[nature] : 0;
    }
    return [a.role, metrics];
  }));
}

/**
 * What the kernel computes in a tick, breeding and the rest apart: it breeds in the last
 * tick of each generation. Of one tick the clock sees multiples of 5 µs; a mean over many
 * does not have that grain.
 *
 * @param computed of each tick of the window, in ns on the wall
 * @param warmUp the epoch of the first of them
 */
export function kernelTicks(computed: readonly number[], warmUp: number): Record<string, number> {
  const breeds = (_: number, i: number) => (warmUp + i + 1) % GENERATION_TICKS === 0;
  const bred = computed.filter(breeds), usual = computed.filter((ns, i) => !breeds(ns, i)).sort((a, b) => a - b);
  const mean = (all: readonly number[]) => all.reduce((sum, ns) => sum + ns, 0) / all.length;
  return {
    ...(usual.length > 0 ? { tick_compute_p50_ns: usual[(usual.length - 1) >> 1]!, tick_compute_mean_ns: mean(usual) } : {}),
    ...(bred.length > 0 ? { breeding_compute_mean_ns: mean(bred) } : {}),
    breeding_ticks: bred.length,
  };
}

/** The report of all roles; `threads` names the thread of each. */
export function samples(trial: Trial, way: Transport, reports: readonly Report[], threads: Readonly<Record<string, string | undefined>>) {
  const used: Reading = reports.find((r) => r.used)?.used ?? { processes: {}, threads: {} };
  const metrics = new Map<Role, Record<string, number>>();
  let known = 0, delay = 0;
  for (const report of reports) {
    const thread = used.threads[threads[report.accounts[0]?.role ?? ""] ?? ""];
    if (!thread) throw new Error(`the thread of the ${report.accounts.map((a) => a.role).join(", ")} was not found: its CPU is unknown`);
    known += thread.cpu_ns;
    delay += thread.delay_ns;
    for (const [role, own] of phases(report.accounts, way, thread.cpu_ns)) metrics.set(role, own);
  }
  const accounts = reports.flatMap((r) => r.accounts);
  const all = ROLES.map((role) => {
    const account = accounts.find((a) => a.role === role);
    if (!account) throw new Error(`the ${role} did not report`);
    const { digest, chain, genome, meanNeighbours, deviceNanoseconds, seen, drawn, place } = account.evidence;
    const evidence: Record<string, string> = {};
    for (const [name, value] of Object.entries({ digest, chain, genome })) if (value) evidence[name] = value;
    if (chain) evidence["frames"] = "all";
    else if (seen) evidence["frames"] = `latest, ${seen.length} of ${trial.config.warmUp + trial.config.ticks + 1}`;
    const own: Record<string, number> = {
      ...metrics.get(role), wire_bytes: account.wireBytes, copied_bytes: account.copiedBytes, laps: account.laps,
      stride: 1, sampled_ticks: trial.config.ticks,
    };
    if (place) {
      Object.assign(own, {
        frame_offset_bytes: place.byteOffset, planned_offset_bytes: place.plannedOffset, frame_bytes: place.byteLength, memory_bytes: place.memoryBytes,
      });
    }
    if (deviceNanoseconds !== undefined) own["device_frame_ns"] = deviceNanoseconds;
    if (drawn) {
      evidence["drawn_ticks"] = drawn.epochs.join(", ") || "none: several samples a pixel";
      own["drawn_worst_difference"] = drawn.worst;
    }
    if (meanNeighbours !== undefined) own["mean_neighbours"] = meanNeighbours;
    return { worker: role, ...(role === "kernel" ? {} : { shares: "kernel" }), metrics: own, evidence };
  });
  const host = all[0]?.metrics ?? {};
  Object.assign(host, kernelTicks(reports.find((r) => r.computed)?.computed ?? [], trial.config.warmUp));
  const cpu = used.processes["tab_cpu_ns"] ?? 0;
  host["wall_ns"] = reports.find((r) => r.lasted !== undefined)?.lasted ?? 0;
  host["process_cpu_ns"] = cpu;
  host["reading_cpu_ns"] = Math.max(0, reports.find((r) => r.asking)?.asking?.processes["tab_cpu_ns"] ?? 0); // and is not in that
  host["cpu_residual_ns"] = Math.max(0, cpu - known); // other threads of the tab
  host["worker_cpu_ns"] = known;
  host["worker_delay_ns"] = delay;
  host["gpu_process_cpu_ns"] = used.processes["gpu_cpu_ns"] ?? 0;
  // One of the others may have ended in the window, and has then taken what it had used along.
  host["browser_process_cpu_ns"] = (used.processes["browser_cpu_ns"] ?? 0) + Math.max(0, used.processes["other_cpu_ns"] ?? 0);
  const seen = Object.fromEntries(accounts.flatMap((a) => (a.evidence.seen ? [[a.role, a.evidence.seen]] : [])));
  const of = <K extends keyof Report>(key: K) => reports.find((r) => r[key] !== undefined)?.[key];
  const published = of("published");
  return {
    samples: all, published, used: apart(of("shown"), published), intended: of("intended"),
    ...(Object.keys(seen).length > 0 ? { seen } : {}),
  };
}

/**
 * Puts a nanosecond between what one tick of the clock has seen: a tick that took less than
 * the grain took something, and of two frames one was used before the other. 0 is no time.
 */
export function apart(shown: readonly number[] | undefined, published: readonly number[] | undefined): number[] | undefined {
  let before = 0, last = 0;
  return shown?.map((at, i) => {
    if (at === 0) return 0;
    last = at === before ? last + 1 : at === published?.[i] ? at + 1 : at;
    before = at;
    return last;
  });
}
