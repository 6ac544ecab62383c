import type { Config, Counters, EngineLink, EngineMemory, KernelLink, Meter, ViewerLink } from "../links.ts";
export type Way = "spin" | "park" | "adaptive";
export interface Shared { readonly memory: WebAssembly.Memory }
export function isWay(w: string): w is Way { return ["spin", "park", "adaptive"].includes(w); }
export function share(memory: EngineMemory, _c: Config): Shared { return { memory: memory.memory }; }
export function openKernel(_s: Shared, _c: Config, _m: Meter, _n: Counters, _w: Way): KernelLink { throw new Error("stub"); }
export function openEngine(_s: Shared, _c: Config, _m: Meter, _n: Counters, _w: Way): EngineLink { throw new Error("stub"); }
export function openViewer(_s: Shared, _c: Config, _m: Meter, _n: Counters, _w: Way): ViewerLink { throw new Error("stub"); }
