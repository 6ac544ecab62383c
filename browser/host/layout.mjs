// @ts-check
/** Where things lie in the hub: the formulas of zerocopy.Layout. */
import {
  CLOSED_LINE, CURSOR_LINE, FRAME_COLUMNS, FRAME_LINE, FREE_LINE, GENOME_COLUMNS, HEADER_BYTES, LEASE_LINE,
  LINES, LINE_BYTES, MAGIC, MAX_BOIDS, MAX_PAYLOAD, MAX_READERS, MAX_SLOTS, OVERRUN_LINE, OWNER_LINE,
  PAGE_BYTES, POLICY_LINE, POLICY_SLOT_BYTES, SLOT_LINE, TORN_LINE, USED_LINE, VERSION,
} from "./abi.mjs";

/** The regions of a hub, with the numbers that stand in their headers. */
export const KIND = Object.freeze({ control: 1, orders: 2, frames: 3 });
/** @typedef {keyof typeof KIND} Kind */

/** The size of a region's header: magic, version, kind, layout hash, size. */
export const HEADER_USED_BYTES = 32;

/** The least multiple of `to` that is not below `n`. @param {number} n @param {number} to */
export function roundUp(n, to) {
  return Math.ceil(n / to) * to;
}

/** The floats from one column of `n` boids to the next. @param {number} n */
export function stride(n) {
  return roundUp(n, 4);
}

/** Whether `n` is a whole number in lo..hi. @param {number} n @param {number} lo @param {number} hi */
function within(n, lo, hi) {
  return Number.isInteger(n) && n >= lo && n <= hi;
}

/** What a hub is built for; every offset and size, in bytes, follows from it. */
export class Layout {
  /**
   * A payload of 0 means that a slot holds the frame of so many boids. Throws a
   * RangeError for a layout that no hub has.
   *
   * @param {number} boids
   * @param {number} slots
   * @param {number} payload
   */
  constructor(boids, slots, payload = 0) {
    if (!within(boids, 0, MAX_BOIDS)) throw new RangeError(`layout of ${boids} boids, want 0 to ${MAX_BOIDS}`);
    if (!within(slots, 2, MAX_SLOTS)) throw new RangeError(`layout of ${slots} frame slots, want 2 to ${MAX_SLOTS}`);
    if (!within(payload, 0, MAX_PAYLOAD) || payload % 8 !== 0) {
      throw new RangeError(`layout of ${payload} bytes a frame slot, want a multiple of 8 up to ${MAX_PAYLOAD}`);
    }
    if (payload > 0 && boids > 0) throw new RangeError("layout of boids and of a payload, want one of them");
    /** @readonly */
    this.boids = boids;
    /** @readonly */
    this.slots = slots;
    /** @readonly */
    this.payload = payload;
  }

  /** @param {number} i */
  policyOffset(i) {
    return HEADER_BYTES + i * POLICY_SLOT_BYTES;
  }

  /** @param {number} i */
  genomeOffset(i) {
    return 2 * HEADER_BYTES + i * roundUp(this.genomeBytes, HEADER_BYTES);
  }

  get genomeBytes() {
    return 4 * GENOME_COLUMNS * stride(this.boids);
  }

  get ordersBytes() {
    return roundUp(this.genomeOffset(2), PAGE_BYTES);
  }

  /** @param {number} i */
  frameOffset(i) {
    return HEADER_BYTES + i * roundUp(this.slotBytes, HEADER_BYTES);
  }

  get frameBytes() {
    return 4 * FRAME_COLUMNS * stride(this.boids);
  }

  /** The size of what a frame slot holds. */
  get slotBytes() {
    return this.payload > 0 ? this.payload : this.frameBytes;
  }

  get framesBytes() {
    return roundUp(this.frameOffset(this.slots), PAGE_BYTES);
  }

  /** The size of the region of that kind. @param {Kind} kind */
  bytes(kind) {
    return kind === "control" ? PAGE_BYTES : kind === "orders" ? this.ordersBytes : this.framesBytes;
  }

  /** FNV-1a of every offset in the hub, as little-endian 64-bit words. */
  hash() {
    const words = new DataView(new ArrayBuffer(8));
    let hash = 0xcbf29ce484222325n;
    for (const v of this.#hashed()) {
      words.setBigUint64(0, BigInt(v), true);
      for (let i = 0; i < 8; i++) {
        hash = BigInt.asUintN(64, (hash ^ BigInt(words.getUint8(i))) * 0x100000001b3n);
      }
    }
    return hash;
  }

  #hashed() {
    return [
      HEADER_BYTES, LINE_BYTES, MAX_READERS, MAX_SLOTS, this.boids, this.slots, this.payload,
      this.policyOffset(0), this.policyOffset(1), this.genomeOffset(0), this.genomeOffset(1), this.ordersBytes,
      this.frameOffset(0), this.frameOffset(1), this.frameBytes, this.slotBytes, this.framesBytes,
      POLICY_LINE, FRAME_LINE, USED_LINE, CLOSED_LINE, SLOT_LINE, LEASE_LINE,
      CURSOR_LINE, FREE_LINE, OVERRUN_LINE, TORN_LINE, OWNER_LINE, LINES,
    ];
  }

  /** The first bytes of the region of that kind. @param {Kind} kind */
  header(kind) {
    const header = new DataView(new ArrayBuffer(HEADER_USED_BYTES));
    header.setBigUint64(0, MAGIC, true);
    header.setUint32(8, VERSION, true);
    header.setUint32(12, KIND[kind], true);
    header.setBigUint64(16, this.hash(), true);
    header.setBigUint64(24, BigInt(this.bytes(kind)), true);
    return new Uint8Array(header.buffer);
  }
}
