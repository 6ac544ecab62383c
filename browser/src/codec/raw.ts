/**
 * The codec that is none: a message's encoded form is its memory, columns with their
 * padding, and a policy's its canonical block. It relies on the little-endian machine
 * that WebAssembly relies on.
 *
 * Note: Go's raw carries no epoch and no generation, since the header of its carriers
 * does. Here a decode method has to tell it, and nothing but the bytes to tell it from:
 * eight bytes in front of the columns hold it. Behind them, the bytes are those of Go.
 */
import { FRAME_COLUMNS, GENOME_COLUMNS } from "../../host/abi.mjs";
import type { Codec } from "./codec.ts";
import { checkColumns, checkNumber, checkPolicy } from "./schema.ts";

/** The size of what stands in front of the columns. */
export const PREFIX_BYTES = 8;

/** Writes and reads memory images. */
export class Raw implements Codec {
  readonly name = "raw";
  #buffer = new Uint8Array(0);

  encodePolicy(policy: Uint8Array): Uint8Array {
    checkPolicy(policy);
    const bytes = this.#take(policy.length);
    bytes.set(policy);
    return bytes;
  }

  encodeGenome(generation: bigint, genome: Float32Array, boids: number): Uint8Array {
    checkColumns("genome", genome, GENOME_COLUMNS, boids);
    return this.#encode("genome", generation, genome);
  }

  encodeFrame(epoch: bigint, data: Float32Array, boids: number): Uint8Array {
    checkColumns("frame", data, FRAME_COLUMNS, boids);
    return this.#encode("frame", epoch, data);
  }

  letGo(): void {
    this.#buffer = new Uint8Array(0);
  }

  decodePolicy(bytes: Uint8Array, into: Uint8Array): bigint {
    checkPolicy(bytes);
    checkPolicy(into);
    into.set(bytes);
    return numberOf(bytes);
  }

  decodeGenome(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    checkColumns("genome", into, GENOME_COLUMNS, boids);
    return decode("genome", bytes, into);
  }

  decodeFrame(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    checkColumns("frame", into, FRAME_COLUMNS, boids);
    return decode("frame", bytes, into);
  }

  #encode(what: string, number: bigint, data: Float32Array): Uint8Array {
    checkNumber(what, number);
    const bytes = this.#take(PREFIX_BYTES + data.byteLength);
    new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, number, true);
    bytes.set(imageOf(data), PREFIX_BYTES);
    return bytes;
  }

  #take(length: number): Uint8Array {
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    return this.#buffer.subarray(0, length);
  }
}

function decode(what: string, bytes: Uint8Array, into: Float32Array): bigint {
  const want = PREFIX_BYTES + into.byteLength;
  if (bytes.length !== want) throw new Error(`${what} of ${bytes.length} bytes, want ${want}`);
  imageOf(into).set(bytes.subarray(PREFIX_BYTES));
  return numberOf(bytes);
}

function imageOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The number that a message begins with. */
function numberOf(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}
