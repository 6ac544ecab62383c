// Where things lie. Generated from the Go side; do not edit:
// go test ./zerocopy -run Layout -update

export const MAGIC = 0x3142554858415443n;
export const VERSION = 2;
export const PAGE_BYTES = 65536;
export const HEADER_BYTES = 4096;
export const LINE_BYTES = 128;
export const MAX_READERS = 16;
export const MAX_SLOTS = 16;
export const MAX_BOIDS = 67108864;
export const MAX_PAYLOAD = 1073741824;
export const POLICY_BYTES = 256;
export const POLICY_SLOT_BYTES = 512;
export const FRAME_COLUMNS = 8;
export const GENOME_COLUMNS = 4;
/** signal: epoch+1 of the last policy published; 0 before the first */
export const POLICY_LINE = 1;
/** signal: epoch+1 of the last frame published */
export const FRAME_LINE = 3;
/** signal: epoch+1 of the last frame that the viewer has used */
export const USED_LINE = 5;
/** a bit a role that has left */
export const CLOSED_LINE = 7;
/** MaxSlots lines: epoch+1 of the frame in the slot, 0 while it is written */
export const SLOT_LINE = 8;
/** MaxReaders lines: slot+1 that the reader holds, 0 for none */
export const LEASE_LINE = 24;
/** MaxReaders lines: epoch+1 of the next frame that the reader needs, 0 for none */
export const CURSOR_LINE = 40;
/** signal: how often a reader has let go of what the writer may wait for */
export const FREE_LINE = 56;
/** counter: frames of a ping-pong that were overwritten while they were read */
export const OVERRUN_LINE = 58;
/** counter: reads whose payload held words of two epochs */
export const TORN_LINE = 59;
/** MaxReaders lines: process that is the reader, 0 for none; only to name it */
export const OWNER_LINE = 60;
export const LINES = 76;
export const X = 0;
export const Y = 1;
export const Z = 2;
export const VX = 3;
export const VY = 4;
export const VZ = 5;
export const ENERGY = 6;
export const FITNESS = 7;
export const GENE_SEPARATION = 0;
export const GENE_ALIGNMENT = 1;
export const GENE_COHESION = 2;
export const GENE_GOAL = 3;
export const POLICY_EPOCH = 0;
export const POLICY_GENERATION = 8;
export const POLICY_DT = 16;
export const POLICY_RADIUS = 20;
export const POLICY_SEPARATION = 24;
export const POLICY_ALIGNMENT = 28;
export const POLICY_COHESION = 32;
export const POLICY_GOAL = 36;
export const POLICY_TARGET = 40;
export const POLICY_MIN = 52;
export const POLICY_MAX = 64;
export const POLICY_MARGIN = 76;
export const POLICY_WALL_GAIN = 80;
export const POLICY_MIN_SPEED = 84;
export const POLICY_MAX_SPEED = 88;
export const POLICY_MAX_ACCEL = 92;
export const POLICY_ENERGY_GAIN = 96;
export const POLICY_ENERGY_COST = 100;
export const POLICY_FIT_DECAY = 104;

/** The regions of a hub, with the numbers that stand in their headers. */
export const KIND = { control: 1, orders: 2, frames: 3 } as const;
export type Kind = keyof typeof KIND;

/** The size of a region's header: magic, version, kind, layout hash, size. */
export const HEADER_USED_BYTES = 32;

function roundUp(n: number, to: number): number {
  return Math.ceil(n / to) * to;
}

/** The floats from one column of n boids to the next. */
export function stride(n: number): number {
  return roundUp(n, 4);
}

/** What a hub is built for; every offset and size, in bytes, follows from it. */
export class Layout {
  /**
   * A payload of 0 means that a slot holds the frame of so many boids. Throws a
   * RangeError for a layout that no hub has.
   */
  constructor(
    readonly boids: number,
    readonly slots: number,
    readonly payload = 0,
  ) {
    const within = (n: number, from: number, to: number) => Number.isInteger(n) && n >= from && n <= to;
    if (!within(boids, 0, MAX_BOIDS)) throw new RangeError(`layout of ${boids} boids, want 0 to ${MAX_BOIDS}`);
    if (!within(slots, 2, MAX_SLOTS)) throw new RangeError(`layout of ${slots} frame slots, want 2 to ${MAX_SLOTS}`);
    if (!within(payload, 0, MAX_PAYLOAD) || payload % 8 !== 0) {
      throw new RangeError(`layout of ${payload} bytes a frame slot, want a multiple of 8 up to ${MAX_PAYLOAD}`);
    }
    if (payload > 0 && boids > 0) throw new RangeError("layout of boids and of a payload, want one of them");
  }

  policyOffset(i: number): number {
    return HEADER_BYTES + i * POLICY_SLOT_BYTES;
  }

  genomeOffset(i: number): number {
    return 2 * HEADER_BYTES + i * roundUp(this.genomeBytes, HEADER_BYTES);
  }

  get genomeBytes(): number {
    return 4 * GENOME_COLUMNS * stride(this.boids);
  }

  get ordersBytes(): number {
    return roundUp(this.genomeOffset(2), PAGE_BYTES);
  }

  frameOffset(i: number): number {
    return HEADER_BYTES + i * roundUp(this.slotBytes, HEADER_BYTES);
  }

  get frameBytes(): number {
    return 4 * FRAME_COLUMNS * stride(this.boids);
  }

  /** The size of what a frame slot holds. */
  get slotBytes(): number {
    return this.payload > 0 ? this.payload : this.frameBytes;
  }

  get framesBytes(): number {
    return roundUp(this.frameOffset(this.slots), PAGE_BYTES);
  }

  bytes(kind: Kind): number {
    return kind === "control" ? PAGE_BYTES : kind === "orders" ? this.ordersBytes : this.framesBytes;
  }

  /** FNV-1a of every offset in the hub, as little-endian 64-bit words. */
  hash(): bigint {
    const words = new DataView(new ArrayBuffer(8));
    let hash = 0xcbf29ce484222325n;
    for (const v of this.hashed()) {
      words.setBigUint64(0, BigInt(v), true);
      for (let i = 0; i < 8; i++) {
        hash = BigInt.asUintN(64, (hash ^ BigInt(words.getUint8(i))) * 0x100000001b3n);
      }
    }
    return hash;
  }

  private hashed(): number[] {
    return [
      HEADER_BYTES, LINE_BYTES, MAX_READERS, MAX_SLOTS, this.boids, this.slots, this.payload,
      this.policyOffset(0), this.policyOffset(1), this.genomeOffset(0), this.genomeOffset(1), this.ordersBytes,
      this.frameOffset(0), this.frameOffset(1), this.frameBytes, this.slotBytes, this.framesBytes,
      POLICY_LINE, FRAME_LINE, USED_LINE, CLOSED_LINE, SLOT_LINE, LEASE_LINE,
      CURSOR_LINE, FREE_LINE, OVERRUN_LINE, TORN_LINE, OWNER_LINE, LINES,
    ];
  }

  /** The first bytes of the region of that kind. */
  header(kind: Kind): Uint8Array<ArrayBuffer> {
    const header = new DataView(new ArrayBuffer(HEADER_USED_BYTES));
    header.setBigUint64(0, MAGIC, true);
    header.setUint32(8, VERSION, true);
    header.setUint32(12, KIND[kind], true);
    header.setBigUint64(16, this.hash(), true);
    header.setBigUint64(24, BigInt(this.bytes(kind)), true);
    return new Uint8Array(header.buffer);
  }
}
