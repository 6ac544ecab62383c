/** What a reader proves of the frames that it read; see fold.go and Evidence in scenario.go. */
import { blake3 } from "@noble/hashes/blake3.js";
import { bytesToHex } from "@noble/hashes/utils.js";

import { FRAME_COLUMNS } from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";

const PRIME = 1099511628211n; // of FNV-1a, 64 bits

/** The sums of the columns of frames of so many boids. To know them is to have read every float. */
export class Sums {
  readonly #sums = new Float64Array(FRAME_COLUMNS);
  readonly #bits = new BigUint64Array(this.#sums.buffer);

  constructor(readonly boids: number) {}

  /** Reads a frame. The eight chains of additions are independent. */
  survey(data: Float32Array): void {
    const n = this.boids, column = stride(n);
    let x = 0, y = 0, z = 0, vx = 0, vy = 0, vz = 0, energy = 0, fitness = 0;
    for (let i = 0; i < n; i++) {
      x += data[i]!;
      y += data[column + i]!;
      z += data[2 * column + i]!;
      vx += data[3 * column + i]!;
      vy += data[4 * column + i]!;
      vz += data[5 * column + i]!;
      energy += data[6 * column + i]!;
      fitness += data[7 * column + i]!;
    }
    this.#sums.set([x, y, z, vx, vy, vz, energy, fitness]);
  }

  /** Adds the sums to a running checksum of 64 bits. */
  fold(h: bigint): bigint {
    for (const v of this.#bits) {
      h = BigInt.asUintN(64, (h ^ v) * PRIME);
      h ^= h >> 29n;
    }
    return h;
  }
}

/** The BLAKE3 of a frame: N and the epoch as 64-bit words, then every column without padding. */
export function digest(epoch: bigint, data: Float32Array, boids: number): string {
  const column = stride(boids);
  const hash = blake3.create();
  hash.update(new Uint8Array(new BigUint64Array([BigInt(boids), epoch]).buffer));
  for (let c = 0; c < FRAME_COLUMNS; c++) {
    const own = data.slice(c * column, c * column + boids); // the library refuses shared memory
    hash.update(new Uint8Array(own.buffer));
  }
  return bytesToHex(hash.digest());
}
