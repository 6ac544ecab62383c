import assert from "node:assert/strict";
import { test } from "node:test";

import { Encoder } from "@msgpack/msgpack";

import { POLICY_BYTES } from "../../host/abi.mjs";
import { open } from "./codec.ts";

const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const genes = `{"separation":1,"alignment":2,"cohesion":3,"goal":4}`;

function genome(codec: string, bytes: Uint8Array): { generation: bigint; floats: number[] } {
  const into = new Float32Array(4 * 4);
  const generation = open(codec).decodeGenome(bytes, into, 1);
  return { generation, floats: [0, 4, 8, 12].map((i) => into[i]!) };
}

/** Wants an error whose message is so. */
function refuses(work: () => unknown, want: RegExp, what = String(want)): void {
  assert.throws(work, (e) => e instanceof Error && want.test(e.message), what);
}

test("json reads what is written otherwise, and says what is wrong", () => {
  const spaced = ` {\n"generation" : 18446744073709551615 , "boids" : [ {"goal":4,"cohesion":3e0,"more":[],"alignment":2.0,"separation":-0} ] } `;
  assert.deepEqual(genome("json", text(spaced)), { generation: 2n ** 64n - 1n, floats: [-0, 2, 3, 4] });
  for (const [message, want] of [
    [`{"generation":1,"boids":[${genes}]`, /^genome is no JSON: /],
    [`[]`, /^genome: field 0 is no whole number generation/],
    [`null`, /^genome is no object/],
    [`{"boids":[${genes}],"generation":1}`, /^genome: field 0 is no whole number generation/],
    [`{"epoch":1,"boids":[${genes}]}`, /field 0 is no whole number generation/],
    [`{"generation":1.5,"boids":[${genes}]}`, /field 0 is no whole number/],
    [`{"generation":-1,"boids":[${genes}]}`, /field 0 is no whole number/],
    [`{"generation":1e3,"boids":[${genes}]}`, /field 0 is no whole number/],
    [`{"generation":"1","boids":[${genes}]}`, /field 0 is no whole number/],
    [`{"generation":1,"boids":[${genes}],"generation":2}`, /field 0 is no whole number/],
    [`{"generation":18446744073709551616,"boids":[${genes}]}`, /^genome: the number 18446744073709551616 is not one of 64 bits/],
    [`{"generation":1}`, /^genome has no array boids/],
    [`{"generation":1,"boids":{"length":1}}`, /^genome has no array boids/],
    [`{"generation":1,"boids":[]}`, /^genome holds 0 boids, want 1/],
    [`{"generation":1,"boids":[${genes},${genes}]}`, /^genome holds 2 boids, want 1/],
    [`{"generation":1,"boids":[null]}`, /^genome: boid 0: /],
    [`{"generation":1,"boids":[{"separation":1,"alignment":2,"cohesion":3}]}`, /^genome: boid 0: got undefined, want a number/],
    [`{"generation":1,"boids":[${genes.replace("4", "1e39")}]}`, /^genome: boid 0: 1e\+39 is out of the range of a float32/],
    [`{"generation":1,"boids":[${genes.replace("4", "1e999")}]}`, /^genome: boid 0: Infinity is out of the range/],
    [`{"generation":1,"boids":[${genes.replace("4", '"4"')}]}`, /^genome: boid 0: got string, want a number/],
  ] as const) refuses(() => genome("json", text(message)), want, message);
  refuses(() => genome("json", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), /^genome is no JSON: /);
});

test("json names what is wrong with a policy", () => {
  const codec = open("json"), into = new Uint8Array(POLICY_BYTES), message = new TextDecoder().decode(codec.encodePolicy(into));
  for (const [from, to, want] of [
    [`"generation":0,`, "", /^policy: field 1 is no whole number generation/],
    [`"target":[0,0,0]`, `"target":[0,0]`, /^policy: target is no array of 3/],
    [`"min":[0,0,0]`, `"min":[0,0,null]`, /^policy: min: got null, want a number/],
    [`"wallGain":0`, `"wallGain":-1e39`, /^policy: wallGain: -1e\+39 is out of the range/],
    [`"fitDecay":0`, `"fit":0`, /^policy: fitDecay: got undefined/],
  ] as const) {
    assert.ok(message.includes(from), from);
    refuses(() => codec.decodePolicy(text(message.replace(from, to)), into), want);
  }
  const bad = new Uint8Array(POLICY_BYTES);
  new DataView(bad.buffer).setFloat32(16, NaN, true);
  refuses(() => codec.encodePolicy(bad), /^policy: dt: unsupported value: NaN/);
});

test("msgpack reads shorter numbers, and says what is wrong", () => {
  const write = (v: unknown): Uint8Array => new Encoder({ useBigInt64: true }).encode(v);
  for (const generation of [5, 200, 60_000, 4_000_000_000]) {
    assert.deepEqual(genome("msgpack", write([generation, [[1, 2, 3, -0.5]]])), { generation: BigInt(generation), floats: [1, 2, 3, -0.5] });
  }
  const long = Uint8Array.of(0xdd, 0, 0, 0, 2, 7, 0xdc, 0, 1, 0x94, 1, 2, 3, 4);
  assert.deepEqual(genome("msgpack", long), { generation: 7n, floats: [1, 2, 3, 4] });
  for (const [message, want] of [
    [write([1]), /^genome: an array of 1, want 2/],
    [write({ a: 1 }), /^genome: byte 0 begins no array/],
    [write([-1, [[1, 2, 3, 4]]]), /^genome: byte 1 begins no whole number/],
    [write([1, []]), /^genome: it holds 0 boids, want 1/],
    [write([1, [[1, 2, 3]]]), /^genome: boid 0 is no array of 4/],
    [write([1, [{}]]), /^genome: boid 0 is no array of 4/],
    [write([1, [[1, 2, 3, null]]]), /^genome: got null, want a number/],
    [write([1, [[1, 2, 3, 4n]]]), /^genome: got bigint, want a number/],
    [write([1, [[1, 2, 3, 0.1]]]), /^genome: 0.1 is no float32/],
    [write([1, [[1, 2, 3, -1e300]]]), /^genome: -1e\+300 is no float32/],
    [write([1, [["a", 2, 3, 4]]]), /^genome: Max length exceeded/],
    [Uint8Array.of(...write([1, [[1, 2, 3, 4]]]), 5), /^genome: boid 1 is no array of 4/],
    [Uint8Array.of(0x92, 1, 0x91, 0xdd, 0xff, 0xff, 0xff, 0xff), /^genome: Max length exceeded/], // no room is made for 4 thousand million
  ] as const) refuses(() => genome("msgpack", message), want);
});

test("msgpack refuses a policy whose floats are not of 32 bits", () => {
  const fields = [1n, 2n, ...Array<number>(17).fill(0.5)], into = new Uint8Array(POLICY_BYTES), vector = [0.5, 0.5, 0.5];
  for (const at of [8, 9, 10]) fields.splice(at, 1, vector as never);
  const write = (): Uint8Array => new Encoder({ useBigInt64: true }).encode(fields);
  assert.equal(open("msgpack").decodePolicy(write(), into), 1n);
  fields[2] = 0.1;
  refuses(() => open("msgpack").decodePolicy(write(), into), /^policy: dt: 0.1 is no float32/);
  fields[2] = 0.5;
  vector[2] = 1e39;
  refuses(() => open("msgpack").decodePolicy(write(), into), /^policy: target: 1e\+39 is no float32/);
});

test("protobuf skips what it does not know, and reads what is left out as 0", () => {
  const known = open("protobuf").encodeGenome(9n, Float32Array.of(1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, -4, 0, 0, 0), 1).slice();
  assert.equal(known.length, 2 + 2 + 3 * 5, "a 0 takes no bytes");
  const bytes = Uint8Array.of(0x7a, 3, 1, 2, 3, ...known, 0x78, 1);
  assert.deepEqual(genome("protobuf", bytes), { generation: 9n, floats: [1, 2, 0, -4] });
  const minus = Float32Array.of(-0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0);
  assert.deepEqual(genome("protobuf", open("protobuf").encodeGenome(0n, minus, 1).slice()).floats, [-0, 1, 1, 1]);
});

test("flatbuffers says what is wrong", () => {
  const whole = open("flatbuffers").encodeGenome(9n, new Float32Array(16), 1).slice();
  const change = (at: number, word: number): Uint8Array => {
    const bytes = whole.slice();
    new DataView(bytes.buffer).setInt32(at, word, true);
    return bytes;
  };
  const view = new DataView(whole.buffer), root = view.getInt32(0, true), boids = root + view.getUint16(root - view.getInt32(root, true) + 6, true);
  for (const [bytes, want] of [
    [new Uint8Array(0), /^genome of 0 bytes: /],
    [change(0, whole.length), new RegExp(`^genome of ${whole.length} bytes: `)],
    [change(0, -8), /^genome of \d+ bytes: /],
    [change(root, 0x7fffffff), /^genome of \d+ bytes: /],
    [change(boids, 0x7ffffff0), /^genome holds 0 boids|^genome holds \d+ boids, want 1/],
    [whole.slice(0, whole.length - 1), /^genome: its boids are not within its \d+ bytes/],
  ] as const) refuses(() => genome("flatbuffers", bytes), want);

  const policy = new Uint8Array(70_000), into = new Uint8Array(POLICY_BYTES);
  policy.set(open("flatbuffers").encodePolicy(into));
  const fields = new DataView(policy.buffer), table = fields.getInt32(0, true), described = table - fields.getInt32(table, true);
  fields.setUint16(described + 2, 40, true);
  refuses(() => open("flatbuffers").decodePolicy(policy, into), /^policy of 70000 bytes: field 2 at \d+ of a table of 40 bytes/);
  fields.setUint16(described + 2, 0xa000, true);
  fields.setUint16(described + 8, 0x9000, true); // which the library would look for in front of the table
  refuses(() => open("flatbuffers").decodePolicy(policy, into), /^policy of 70000 bytes: a table of 40960 bytes/);
  fields.setUint16(described, 8, true); // a description that ends in front of the third field
  fields.setUint16(described + 2, 40, true);
  refuses(() => open("flatbuffers").decodePolicy(policy, into), /^policy 0 has no settings/);
});
