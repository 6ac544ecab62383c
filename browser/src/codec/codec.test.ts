import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { FRAME_COLUMNS, GENOME_COLUMNS, POLICY_BYTES } from "../../host/abi.mjs";
import { stride } from "../../host/layout.mjs";
import { names, open } from "./codec.ts";
import type { Codec } from "./codec.ts";

/** What browser/codec_test.go writes: of each size a policy, a genome and a frame of one number. */
const SIZES = [1, 3, 4, 37], NUMBERS = [1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n];
/** Codecs whose bytes are those of Go, if only behind a prefix. */
const SAME_BYTES = new Set(["raw", "flatbuffers", "protobuf", "msgpack"]);
/** Node's runner has no flag of ours: UPDATE=1 writes what Go is to read. */
const update = process.env["UPDATE"] === "1";

const NONE = new Uint8Array(0);
/** In front of and behind what a codec may write, and in its padding before it does. */
const GUARD = 8, POISON = 0xa5;

/** A message of either language, whatever its kind. */
type Shape = { what: string; kind: "policy" | "genome" | "frame"; boids: number; number: bigint };

function shapes(): Shape[] {
  return SIZES.flatMap((boids, i) =>
    (["policy", "genome", "frame"] as const).map((kind) => ({ what: `${kind} of ${boids} boids`, kind, boids, number: NUMBERS[i]! })));
}

function messagesOf(path: string): Uint8Array[] {
  const file = readFileSync(path), list = [];
  for (let at = 0; at < file.length; at += 4 + file.readUInt32LE(at)) {
    list.push(Uint8Array.from(file.subarray(at + 4, at + 4 + file.readUInt32LE(at))));
  }
  assert.equal(list.length, 3 * SIZES.length, path);
  return list;
}

function fileOf(messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(messages.flatMap((m) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(m.length);
    return [length, m];
  }));
}

const pathOf = (from: "go" | "ts", name: string): string => `browser/testdata/codec/${from}-${name}.bin`;
/** Go's raw messages are memory images: what all messages of all codecs hold. */
const images = messagesOf(pathOf("go", "raw"));

function sizeOf({ kind, boids }: Shape): number {
  return kind === "policy" ? POLICY_BYTES : 4 * (kind === "genome" ? GENOME_COLUMNS : FRAME_COLUMNS) * stride(boids);
}

function encode(codec: Codec, shape: Shape, image: Uint8Array): Uint8Array {
  if (shape.kind === "policy") return codec.encodePolicy(image);
  const floats = new Float32Array(image.slice().buffer);
  return shape.kind === "genome" ? codec.encodeGenome(shape.number, floats, shape.boids) : codec.encodeFrame(shape.number, floats, shape.boids);
}

/** Decodes between guards, which are checked also where decoding throws; the memory is shared, as an engine's is. */
function decode(codec: Codec, shape: Shape, bytes: Uint8Array): { number: bigint; image: Uint8Array } {
  const size = sizeOf(shape), all = new Uint8Array(new SharedArrayBuffer(size + 2 * GUARD)).fill(POISON);
  const into = all.subarray(GUARD, GUARD + size);
  const given = bytes.slice();
  try {
    const number = decodeInto(codec, shape, bytes, into);
    checkWhole(shape, number, into);
    return { number, image: into };
  } finally {
    for (const guard of [all.subarray(0, GUARD), all.subarray(GUARD + size)]) assert.ok(guard.every((b) => b === POISON), "wrote outside of into");
    assert.deepEqual(bytes, given, "decoding changed the message");
  }
}

/** Checks of what was decoded, whatever it is, that it is a message. */
function checkWhole(shape: Shape, number: unknown, image: Uint8Array): void {
  assert.ok(typeof number === "bigint" && number >= 0n && number < 2n ** 64n, `number ${number}`);
  const words = new Uint32Array(image.slice().buffer), column = stride(shape.boids);
  words.forEach((word, i) => {
    const padding = shape.kind !== "policy" && i % column >= shape.boids;
    assert.ok(padding || word !== POISON * 0x01010101, `float ${i} of a ${shape.what} was not written`);
  });
}

function decodeInto(codec: Codec, shape: Shape, bytes: Uint8Array, into: Uint8Array): bigint {
  if (shape.kind === "policy") return codec.decodePolicy(bytes, into);
  const floats = new Float32Array(into.buffer, into.byteOffset, into.length / 4);
  return shape.kind === "genome" ? codec.decodeGenome(bytes, floats, shape.boids) : codec.decodeFrame(bytes, floats, shape.boids);
}

/** Compares all that has a meaning, bit by bit. */
function compare(shape: Shape, got: Uint8Array, want: Uint8Array): void {
  assert.equal(got.length, want.length);
  if (shape.kind === "policy") return assert.deepEqual(Uint8Array.from(got), want, shape.what);
  const column = 4 * stride(shape.boids), used = 4 * shape.boids;
  for (let at = 0; at < want.length; at += column) {
    assert.deepEqual(Uint8Array.from(got.subarray(at, at + used)), want.subarray(at, at + used), `${shape.what}, column ${at / column}`);
  }
}

/** Decoding may fail, but only with an Error that says of what. */
function survives(codec: Codec, shape: Shape, bytes: Uint8Array): boolean {
  try {
    decode(codec, shape, bytes);
    return true;
  } catch (e) {
    assert.ok(e instanceof Error && !(e instanceof assert.AssertionError), String(e));
    assert.match(e.message, new RegExp(`^${shape.kind}`), "an error that does not say of what");
    return false;
  }
}

for (const name of names) {
  const fresh = (): Codec => open(name);
  const prefixed = (shape: Shape, go: Uint8Array): Uint8Array => {
    if (name !== "raw" || shape.kind === "policy") return go;
    return Buffer.concat([new Uint8Array(BigUint64Array.of(shape.number).buffer), go]);
  };
  const go = messagesOf(pathOf("go", name)).map((m, i) => Uint8Array.from(prefixed(shapes()[i]!, m)));

  test(`${name} reads what Go wrote, bit by bit`, () => {
    const codec = fresh();
    shapes().forEach((shape, i) => {
      const got = decode(codec, shape, go[i]!);
      assert.equal(got.number, shape.number, shape.what);
      compare(shape, got.image, images[i]!);
    });
  });

  test(`${name} writes what Go's test reads, and what Go writes where there is one way`, () => {
    const codec = fresh();
    const messages = shapes().map((shape, i) => {
      const bytes = encode(codec, shape, images[i]!).slice(), got = decode(codec, shape, bytes);
      assert.equal(got.number, shape.number);
      compare(shape, got.image, images[i]!);
      if (SAME_BYTES.has(name)) assert.deepEqual(bytes, go[i], shape.what);
      assert.ok(Math.abs(bytes.length - go[i]!.length) <= 0.02 * go[i]!.length + 8, `${shape.what}: ${bytes.length} bytes, Go's take ${go[i]!.length}`);
      return bytes;
    });
    if (update) writeFileSync(pathOf("ts", name), fileOf(messages));
    assert.deepEqual(readFileSync(pathOf("ts", name)), fileOf(messages), "not current: UPDATE=1");
  });

  test(`${name} leaves its buffer to who hands it over, and encodes as before`, () => {
    const codec = fresh();
    for (let round = 0; round < 4; round++) {
      shapes().forEach((shape, i) => {
        const bytes = encode(codec, shape, images[i]!), want = bytes.slice(), again = encode(codec, shape, images[i]!);
        codec.letGo();
        const over = structuredClone(again, { transfer: [again.buffer as ArrayBuffer] });
        assert.equal(again.length, 0, "the buffer was not handed over");
        assert.deepEqual(over, want, shape.what);
        const next = encode(codec, shape, images[i]!);
        assert.deepEqual(next, want, `${shape.what}, behind the one that was handed over`);
        assert.ok(next.buffer.byteLength <= 1.2 * next.length + 128, `a buffer of ${next.buffer.byteLength} bytes for ${next.length}`);
      });
    }
  });

  test(`${name} keeps no float of the message before`, () => {
    const codec = fresh();
    for (const order of [[11, 2, 5, 8, 11], [2, 11, 2]]) {
      for (const i of order) {
        const shape = shapes()[i]!;
        compare(shape, decode(codec, shape, encode(codec, shape, images[i]!)).image, images[i]!);
      }
    }
  });

  test(`${name} reads from, and writes from, the middle of other memory`, () => {
    const codec = fresh();
    shapes().forEach((shape, i) => {
      for (const offset of [1, 4]) {
        const message = new Uint8Array(offset + go[i]!.length + 3);
        message.set(go[i]!, offset);
        compare(shape, decode(codec, shape, message.subarray(offset, offset + go[i]!.length)).image, images[i]!);
      }
      const shared = new Uint8Array(new SharedArrayBuffer(16 + images[i]!.length)).subarray(16);
      shared.set(images[i]!);
      const bytes = shape.kind === "policy" ? codec.encodePolicy(shared) : encodeShared(codec, shape, shared);
      assert.ok(bytes.buffer instanceof ArrayBuffer, "encoded bytes in shared memory");
      compare(shape, decode(codec, shape, bytes).image, images[i]!);
    });
  });

  test(`${name} refuses every message that was cut short`, () => {
    const codec = fresh();
    shapes().forEach((shape, i) => {
      for (let keep = 0; keep < go[i]!.length - (name === "json" ? 1 : 0); keep++) { // JSON ends with a line feed
        const whole = survives(codec, shape, go[i]!.slice(0, keep)), moved = new Uint8Array(keep + 1);
        moved.set(go[i]!.subarray(0, keep), 1);
        assert.equal(survives(codec, shape, moved.subarray(1)), whole, "it matters where the bytes lie");
        if (name === "protobuf" && shape.kind === "policy") continue; // each field may be left out
        assert.equal(whole, false, `${keep} of ${go[i]!.length} bytes of a ${shape.what}`);
      }
      compare(shape, decode(codec, shape, go[i]!).image, images[i]!); // it has recovered
    });
  });

  test(`${name} survives flipped bits and bytes of chance`, () => {
    const codec = fresh(), next = random(7);
    shapes().forEach((shape, i) => {
      const message = go[i]!;
      for (let at = 0; at < Math.min(message.length, 600); at++) {
        for (const bit of [1, 0x80, 0xff]) {
          const bytes = message.slice();
          bytes[at]! ^= bit;
          survives(codec, shape, bytes);
        }
      }
      for (let round = 0; round < 300; round++) survives(codec, shape, Uint8Array.from({ length: next() % 200 }, () => next()));
      compare(shape, decode(codec, shape, message).image, images[i]!);
    });
  });

  test(`${name} survives offsets and counts that lead out of a message`, () => {
    const codec = fresh();
    shapes().slice(0, 6).forEach((shape, i) => {
      const length = go[i]!.length;
      const evil = [0, 1, 2, 4, length - 4, length, -4, -length, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000, 0x7ffffffc, -1];
      for (let at = 0; at + 4 <= Math.min(length, 200); at++) {
        for (const word of evil) {
          for (const little of [true, false]) {
            const bytes = go[i]!.slice();
            new DataView(bytes.buffer).setInt32(at, word, little);
            survives(codec, shape, bytes);
            bytes.copyWithin(at + 2, at + 4); // as two bytes
            survives(codec, shape, bytes);
          }
        }
      }
    });
  });

  test(`${name} refuses a boid too many`, () => {
    const codec = fresh();
    for (const [from, to] of [[3, 2], [37, 36], [37, 1]] as const) {
      const data = new Float32Array(FRAME_COLUMNS * stride(from)).fill(0.25), into = new Float32Array(FRAME_COLUMNS * stride(to));
      if (stride(from) === stride(to) && name === "raw") continue; // raw knows lengths, not counts
      assert.throws(() => codec.decodeFrame(codec.encodeFrame(1n, data, from).slice(), into, to), /frame/);
    }
  });

  test(`${name} refuses other counts, and memory of another size`, () => {
    const codec = fresh();
    for (const i of [4, 5]) {
      const shape = shapes()[i]!;
      for (const boids of [1, 2, 4, 5, 37]) {
        assert.equal(name !== "raw" || stride(boids) !== stride(3) ? survives(codec, { ...shape, boids }, go[i]!) : false, false, `${boids} boids of a ${shape.what}`);
      }
      assert.throws(() => decodeInto(codec, shape, go[i]!, new Uint8Array(sizeOf(shape) - 4)), /columns/);
    }
    assert.throws(() => codec.decodePolicy(go[0]!, new Uint8Array(POLICY_BYTES - 1)), /policy of 255 bytes/);
    assert.throws(() => codec.encodePolicy(NONE), /policy of 0 bytes/);
    assert.throws(() => codec.encodeFrame(1n, new Float32Array(31), 3), /8 columns of 3 boids/);
    assert.throws(() => codec.encodeFrame(-1n, new Float32Array(32), 3), /-1 is not one of 64 bits/);
    assert.throws(() => codec.encodeGenome(2n ** 64n, new Float32Array(16), 3), /is not one of 64 bits/);
  });

  test(`${name} carries what is not finite, or names it`, () => {
    const codec = fresh();
    for (const v of [NaN, Infinity, -Infinity]) {
      const frame = new Float32Array(8 * stride(5)), into = new Float32Array(8 * stride(5));
      frame[2] = v;
      if (name === "json") {
        assert.throws(() => codec.encodeFrame(1n, frame, 5), new RegExp(`${v}`));
        continue;
      }
      codec.decodeFrame(codec.encodeFrame(1n, frame, 5).slice(), into, 5);
      assert.deepEqual(into, frame);
    }
  });
}

function encodeShared(codec: Codec, shape: Shape, image: Uint8Array): Uint8Array {
  const floats = new Float32Array(image.buffer, image.byteOffset, image.length / 4);
  return shape.kind === "genome" ? codec.encodeGenome(shape.number, floats, shape.boids) : codec.encodeFrame(shape.number, floats, shape.boids);
}

/** A xorshift: whole numbers of 31 bits. */
function random(seed: number): () => number {
  return () => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return seed >>> 1;
  };
}

test("an unknown codec is refused by name", () => {
  for (const name of ["xml", "", "toString", "json:packed"]) assert.throws(() => open(name), new RegExp(`no codec ${name}`));
  for (const name of names) assert.equal(open(name).name, name);
});
