/**
 * MessagePack by @msgpack/msgpack: an array a boid, of its fields in the order of the
 * columns.
 *
 *  - One Encoder, as long as its buffer is kept, one Decoder and the arrays of the boids are kept. The encoder's own
 *    buffer is returned, as encodeSharedRef does, and not a copy.
 *  - Every float is told to be one of 32 bits, whole ones too: else −0 would become 0.
 *  - Boids are decoded one by one, after a head of a few bytes that is read here. That
 *    takes a tenth more than to decode the whole (780 µs for 695 at 10,000 boids), but no
 *    array can be longer than a boid's. The library makes room for as many elements as
 *    five bytes of a message claim, before it has seen one.
 */
import { Decoder, Encoder } from "@msgpack/msgpack";

import { FRAME_COLUMNS, GENOME_COLUMNS, POLICY_BYTES } from "../../host/abi.mjs";
import { stride } from "../../host/layout.mjs";
import type { Codec } from "./codec.ts";
import { resize } from "./rows.ts";
import { asFloat, checkColumns, checkCount, checkNumber, checkTable, convertSettings, getPolicy, putPolicy, roomFor } from "./schema.ts";
import type { Settings } from "./schema.ts";

/** A table is [number, [boid, boid, …]]. */
const PARTS = 2;
/** A policy is an array of its fields in canonical order. */
const POLICY_FIELDS = 19, NUMBERS = 2;

function newEncoder(initialBufferSize?: number): Encoder {
  return new Encoder({ useBigInt64: true, forceFloat32: true, forceIntegerToFloat: true, ...(initialBufferSize === undefined ? {} : { initialBufferSize }) });
}

export class Msgpack implements Codec {
  readonly name = "msgpack";
  #encoder = newEncoder();
  #last = 0; // bytes of the message that was encoded last
  readonly #decoder = new Decoder({
    useBigInt64: true, maxArrayLength: POLICY_FIELDS, maxMapLength: 0, maxStrLength: 0, maxBinLength: 0, maxExtLength: 0,
  });
  readonly #boids: number[][] = [];
  readonly #genes: number[][] = [];

  encodePolicy(policy: Uint8Array): Uint8Array {
    const { epoch, generation, ...settings } = getPolicy(policy);
    return this.#bytes([epoch, generation, ...Object.values(settings)]);
  }

  encodeGenome(generation: bigint, genome: Float32Array, boids: number): Uint8Array {
    return this.#encode("genome", generation, genome, resize(this.#genes, boids, () => Array<number>(GENOME_COLUMNS).fill(0.5)), GENOME_COLUMNS);
  }

  encodeFrame(epoch: bigint, data: Float32Array, boids: number): Uint8Array {
    return this.#encode("frame", epoch, data, resize(this.#boids, boids, () => Array<number>(FRAME_COLUMNS).fill(0.5)), FRAME_COLUMNS);
  }

  letGo(): void {
    this.#encoder = newEncoder(roomFor(this.#last));
  }

  decodePolicy(bytes: Uint8Array, into: Uint8Array): bigint {
    const fields = within("policy", () => this.#decoder.decode(bytes));
    if (!Array.isArray(fields) || fields.length !== POLICY_FIELDS) throw new Error(`policy is no array of ${POLICY_FIELDS}`);
    const [epoch, generation]: unknown[] = fields;
    if (typeof epoch !== "bigint" || typeof generation !== "bigint") throw new Error("policy: epoch or generation is no number of 64 bits");
    checkNumber("policy", epoch);
    checkNumber("policy", generation);
    const named = Object.fromEntries(settingNames.map((name, i) => [name, fields[NUMBERS + i]]));
    return putPolicy({ ...convertSettings(named as unknown as Settings, asFloat32), epoch, generation }, into);
  }

  decodeGenome(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    return this.#decode("genome", bytes, into, boids, GENOME_COLUMNS);
  }

  decodeFrame(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    return this.#decode("frame", bytes, into, boids, FRAME_COLUMNS);
  }

  #encode(what: string, number: bigint, data: Float32Array, rows: number[][], columns: number): Uint8Array {
    checkTable(what, number, data, columns, rows.length);
    const column = stride(rows.length);
    rows.forEach((row, i) => {
      for (let c = 0; c < columns; c++) row[c] = data[c * column + i]!;
    });
    return this.#bytes([number, rows]);
  }

  #bytes(message: unknown): Uint8Array {
    const bytes = this.#encoder.encodeSharedRef(message);
    this.#last = bytes.length;
    return bytes;
  }

  #decode(what: string, bytes: Uint8Array, into: Float32Array, boids: number, columns: number): bigint {
    checkColumns(what, into, columns, boids);
    return within(what, () => {
      const head = new Head(bytes);
      const parts = head.array();
      if (parts !== PARTS) throw new Error(`an array of ${parts}, want ${PARTS}`);
      const number = head.number();
      checkCount("it", head.array(), boids);
      const column = stride(boids);
      let i = 0;
      for (const row of this.#decoder.decodeMulti(bytes.subarray(head.at))) {
        if (!Array.isArray(row) || row.length !== columns) throw new Error(`boid ${i} is no array of ${columns}`);
        for (let c = 0; c < columns; c++) into[c * column + i] = asFloat32(row[c]);
        i++;
      }
      checkCount("it", i, boids);
      return number;
    });
  }
}

const settingNames = Object.keys(convertSettings({ ...getPolicy(new Uint8Array(POLICY_BYTES)) }, asFloat));

/**
 * Returns a float of a message, or throws for what 32 bits do not hold. The library does
 * not tell how long a float was written; to store one of 64 bits, which Go refuses, would
 * round it or make it infinite. Whole numbers that Go rounds are refused as well.
 */
function asFloat32(v: unknown): number {
  const f = asFloat(v);
  if (Math.fround(f) !== f && !Number.isNaN(f)) throw new Error(`${f} is no float32`);
  return f;
}

/** Tells with an error what was decoded. */
function within<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new Error(`${what}: ${(cause as Error).message}`, { cause });
  }
}

/** Reads what stands in front of the boids. Beyond the bytes, the DataView throws. */
class Head {
  at = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The length of an array that begins here. */
  array(): number {
    const tag = this.#next(1);
    if (tag >> 4 === 0x9) return tag & 0xf;
    if (tag === 0xdc) return this.#next(2);
    if (tag === 0xdd) return this.#next(4);
    throw new Error(`byte ${this.at - 1} begins no array`);
  }

  /** A whole number without a sign, as short or long as it was written. */
  number(): bigint {
    const tag = this.#next(1);
    if (tag < 0x80) return BigInt(tag);
    if (tag === 0xcc) return BigInt(this.#next(1));
    if (tag === 0xcd) return BigInt(this.#next(2));
    if (tag === 0xce) return BigInt(this.#next(4));
    if (tag !== 0xcf) throw new Error(`byte ${this.at - 1} begins no whole number`);
    this.at += 8;
    return this.#view.getBigUint64(this.at - 8);
  }

  #next(size: 1 | 2 | 4): number {
    const at = this.at;
    this.at += size;
    return size === 1 ? this.#view.getUint8(at) : size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }
}
