/**
 * Arithmetic modulo 2⁶⁴ on halves of 32 bits: BigInt would make hashing a frame
 * dearer than stepping it.
 */

/** FNV-1a of 64 bits over words of 32 bits, as in rust/flock/src/hash.rs. */
export class Fnv {
  #high = 0xcbf29ce4 | 0;
  #low = 0x84222325 | 0;

  /**
   * Adds `columns` columns of `n` floats, without the padding between them.
   *
   * @param {Float32Array} data
   * @param {number} n
   * @param {number} stride floats from one column to the next
   * @param {number} columns
   */
  add(data, n, stride, columns) {
    const words = new Int32Array(data.buffer, data.byteOffset, data.length);
    for (let c = 0; c < columns; c++) this.#words(words, c * stride, c * stride + n);
    return this;
  }

  #words(words, from, to) {
    let high = this.#high, low = this.#low;
    for (let i = from; i < to; i++) {
      low ^= words[i];
      // Times 2⁴⁰ + 435.
      const carry = highProduct(low, 435);
      high = (Math.imul(high, 435) + carry + (low << 8)) | 0;
      low = Math.imul(low, 435);
    }
    this.#high = high;
    this.#low = low;
  }

  /** The hash in 16 hexadecimal digits. */
  toString() {
    const digits = (half) => (half >>> 0).toString(16).padStart(8, "0");
    return digits(this.#high) + digits(this.#low);
  }
}

/**
 * The upper 32 bits of the product of two unsigned numbers of 32 bits.
 *
 * @param {number} a
 * @param {number} b
 */
function highProduct(a, b) {
  const ah = a >>> 16, al = a & 0xffff, bh = b >>> 16, bl = b & 0xffff;
  const middle = Math.imul(ah, bl) + (Math.imul(al, bl) >>> 16);
  const lower = Math.imul(al, bh) + (middle & 0xffff);
  return (Math.imul(ah, bh) + (middle >>> 16) + (lower >>> 16)) | 0;
}

/** A number of 64 bits that changes in place. */
export class Word64 {
  constructor(high = 0, low = 0) {
    this.high = high | 0;
    this.low = low | 0;
  }

  /** @param {bigint} value */
  static of(value) {
    return new Word64(Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value)));
  }

  /** @param {Word64} other */
  set(other) {
    this.high = other.high;
    this.low = other.low;
    return this;
  }

  /** Adds `other`. @param {Word64} other */
  add(other) {
    const low = (this.low >>> 0) + (other.low >>> 0);
    this.high = (this.high + other.high + (low > 0xffffffff ? 1 : 0)) | 0;
    this.low = low | 0;
    return this;
  }

  /** Multiplies by `other`. @param {Word64} other */
  times(other) {
    const high = highProduct(this.low, other.low);
    this.high =
      (high + Math.imul(this.high, other.low) + Math.imul(this.low, other.high)) | 0;
    this.low = Math.imul(this.low, other.low);
    return this;
  }

  /** Flips the bits that are set in itself shifted right by 1..31. */
  fold(shift) {
    this.low ^= (this.low >>> shift) | (this.high << (32 - shift));
    this.high ^= this.high >>> shift;
    return this;
  }

  /** The output function of SplitMix64 (Steele, Lea, Flood 2014). */
  mix() {
    return this.fold(30).times(FIRST).fold(27).times(SECOND).fold(31);
  }
}

const FIRST = new Word64(0xbf58476d, 0x1ce4e5b9);
const SECOND = new Word64(0x94d049bb, 0x133111eb);
