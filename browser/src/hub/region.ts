/**
 * The three regions of a hub in shared buffers: where they lie, their headers, and the
 * views that roles have of them. Who owns the engine's memory calls create; the roles,
 * in their workers, join what that returned.
 */
import {
  FRAME_COLUMNS, GENOME_COLUMNS, LINE_BYTES, MAGIC, PAGE_BYTES, POLICY_BYTES, VERSION,
} from "../../host/abi.mjs";
import { HEADER_USED_BYTES, KIND, Layout, stride } from "../../host/layout.mjs";
import type { Kind } from "../../host/layout.mjs";
import type { EngineMemory, Frame, Place } from "../links.ts";
import { Words } from "./words.ts";

const KINDS = ["control", "orders", "frames"] as const satisfies readonly Kind[];

/** Where a hub lies. It can be posted to another worker. */
export interface Shared {
  /** The engine's, which holds orders and frames. */
  readonly memory: WebAssembly.Memory;
  /** The buffer of the control page: one of its own, or that of the memory. */
  readonly control: SharedArrayBuffer;
  /** In bytes from the start of the buffer that the region lies in. */
  readonly offsets: Readonly<Record<Kind, number>>;
}

/** Where the views of an engine's memory put the regions of its hub. */
export function offsetsOf(engine: EngineMemory, layout: Layout): Record<"orders" | "frames", number> {
  const policy = engine.policies[0], frame = engine.frames[0];
  if (policy === undefined || frame === undefined) throw new Error("engine memory without a policy or a frame");
  return { orders: policy.byteOffset - layout.policyOffset(0), frames: frame.byteOffset - layout.frameOffset(0) };
}

/**
 * Makes a hub of an engine's memory: empties the control page and writes the header of
 * every region. The memory must not grow until the engine has joined, in the same worker,
 * since its buffer would be another object then. Call it once, before anybody joins.
 *
 * @param control the buffer of the control page, PAGE_BYTES of it from `at` on
 */
export function create(
  engine: EngineMemory, layout: Layout, control = new SharedArrayBuffer(PAGE_BYTES), at = 0,
): Shared {
  const shared = { memory: engine.memory, control, offsets: { control: at, ...offsetsOf(engine, layout) } };
  const regions = locate(shared, layout);
  regions.control.bytes.fill(0);
  for (const kind of KINDS) regions[kind].bytes.set(layout.header(kind));
  return shared;
}

/** A region's bytes, and what to call them in an error. */
interface Region {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** The bytes of every region, or a RangeError that names the one that cannot lie where it is said to. */
function locate(shared: Shared, layout: Layout): Record<Kind, Region> {
  if (!(shared.memory instanceof WebAssembly.Memory)) throw new TypeError("hub: its memory is no WebAssembly.Memory");
  const { buffer } = shared.memory;
  const regions = {
    control: region("control", shared.control, shared.offsets.control, LINE_BYTES, layout),
    orders: region("orders", buffer, shared.offsets.orders, PAGE_BYTES, layout),
    frames: region("frames", buffer, shared.offsets.frames, PAGE_BYTES, layout),
  };
  for (const one of KINDS) {
    for (const other of KINDS) {
      if (one < other && overlap(regions[one].bytes, regions[other].bytes)) {
        throw new RangeError(`${regions[one].name} overlaps the ${regions[other].name}`);
      }
    }
  }
  return regions;
}

function region(kind: Kind, buffer: ArrayBufferLike, at: number, align: number, layout: Layout): Region {
  const size = layout.bytes(kind), name = `${kind} region at byte ${at}`;
  if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError(`${name}: its buffer is not shared`);
  if (!Number.isSafeInteger(at) || at < 0 || at % align !== 0) {
    throw new RangeError(`${name}: want a multiple of ${align}`);
  }
  if (at + size > buffer.byteLength) {
    throw new RangeError(`${name}: ${buffer.byteLength} bytes in all, want ${size} behind it`);
  }
  return { bytes: new Uint8Array(buffer, at, size), name };
}

function overlap(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.length && b.byteOffset < a.byteOffset + a.length;
}

/** Throws an Error that names the first field of a region's header that is not as it must be. */
function checkHeader(region: Region, kind: Kind, layout: Layout): void {
  // A copy, so that nobody changes a value behind its check.
  const got = new DataView(region.bytes.slice(0, HEADER_USED_BYTES).buffer);
  const check = (field: string, found: bigint | number, want: bigint | number) => {
    if (found !== want) {
      throw new Error(`${region.name}: ${field} 0x${found.toString(16)}, want 0x${want.toString(16)}`);
    }
  };
  check("magic", got.getBigUint64(0, true), MAGIC);
  check("version", got.getUint32(8, true), VERSION);
  check("kind", got.getUint32(12, true), KIND[kind]);
  check("layout hash", got.getBigUint64(16, true), layout.hash());
  check("size", got.getBigUint64(24, true), BigInt(layout.bytes(kind)));
}

/** What a frame's address shows. It holds if the frame is a slot of the engine's memory, and nothing but it. */
export interface AddressProof extends Place {
  readonly slot: number;
  /** Whether the frame's buffer is the object that the engine's memory has, or had when the role joined. */
  readonly sameBuffer: boolean;
  readonly plannedLength: number;
}

/** A frame of a slot. The one that the slot holds now has the epoch. */
export interface SlotFrame extends Frame {
  epoch: bigint;
}

/** A hub as a role sees it. All views alias the shared buffers. */
export class Hub {
  readonly layout: Layout;
  readonly words: Words;
  /** Policy of epoch e in policies[e % 2]. */
  readonly policies: readonly Uint8Array[];
  /** Genome of generation g in genomes[g % 2]. */
  readonly genomes: readonly Float32Array[];
  readonly frames: readonly SlotFrame[];
  readonly #buffer: ArrayBufferLike;
  readonly #framesAt: number;

  /** Joins a hub of so many boids and slots. Throws an Error that names the region and the field that is wrong. */
  static join(shared: Shared, boids: number, slots: number): Hub {
    const layout = new Layout(boids, slots);
    const regions = locate(shared, layout);
    for (const kind of KINDS) checkHeader(regions[kind], kind, layout);
    return new Hub(shared, layout, regions);
  }

  private constructor(shared: Shared, layout: Layout, regions: Record<Kind, Region>) {
    const { orders, frames } = regions, column = stride(layout.boids);
    this.layout = layout;
    this.words = new Words(shared.control, shared.offsets.control);
    this.#buffer = frames.bytes.buffer;
    this.#framesAt = frames.bytes.byteOffset;
    const floats = (region: Region, at: number, columns: number) =>
      new Float32Array(region.bytes.buffer, region.bytes.byteOffset + at, columns * column);
    this.policies = [0, 1].map((i) =>
      orders.bytes.subarray(layout.policyOffset(i), layout.policyOffset(i) + POLICY_BYTES));
    this.genomes = [0, 1].map((i) => floats(orders, layout.genomeOffset(i), GENOME_COLUMNS));
    this.frames = Array.from({ length: layout.slots }, (_, slot) =>
      ({ epoch: 0n, slot, data: floats(frames, layout.frameOffset(slot), FRAME_COLUMNS) }));
  }

  /** Shows where a frame lies. A memory that has grown since the role joined has another `buffer` over the same bytes. */
  prove({ slot, data }: Frame, buffer = this.#buffer): AddressProof {
    const { layout } = this;
    const plannedOffset = this.#framesAt + layout.frameOffset(slot), plannedLength = layout.frameBytes;
    const sameBuffer = data.buffer === buffer;
    return {
      slot, sameBuffer, byteOffset: data.byteOffset, plannedOffset, byteLength: data.byteLength, plannedLength, memoryBytes: buffer.byteLength,
      holds: sameBuffer && slot >= 0 && slot < layout.slots && data.byteOffset === plannedOffset &&
        data.byteLength === plannedLength,
    };
  }
}

/** Says that a role whose worker has ended before its time has left, so that nobody waits for it any longer. */
export function lost(shared: Shared, role: "kernel" | "engine" | "viewer"): void {
  new Words(shared.control, shared.offsets.control).leave(role);
}

