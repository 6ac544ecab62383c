/**
 * Turns the messages of a trial into bytes and back, as copytax.Codec does in Go. It
 * moves nothing: links do. The bytes are those of the codec of the same name in
 * transports/codec, in its plain form, and either side reads what the other has written.
 */
import { Flatbuffers } from "./flatbuffers.ts";
import { Json } from "./json.ts";
import { Msgpack } from "./msgpack.ts";
import { Protobuf } from "./protobuf.ts";
import { Raw } from "./raw.ts";

/**
 * A codec owns the buffers that it works in. What an encode method returns is a view of
 * one, never of shared memory, and valid until the next call of the codec; who calls
 * letGo may keep it, or hand its buffer over to another worker. What is encoded, and what is decoded into, may lie in shared memory; encoded bytes must not.
 *
 * A policy is its canonical block of POLICY_BYTES. A genome and a frame are columns of
 * `stride(boids)` float32, of which the first `boids` of each have a meaning. Numbers
 * are 64 bits without a sign.
 *
 * A decode method writes each of these floats, a policy whole, and returns the epoch or
 * the generation that the bytes hold. It throws an Error that says what is wrong with
 * bytes that are no such message; `into` is then undefined, and nothing around it written.
 */
export interface Codec {
  readonly name: string;
  encodePolicy(policy: Uint8Array): Uint8Array;
  encodeGenome(generation: bigint, genome: Float32Array, boids: number): Uint8Array;
  encodeFrame(epoch: bigint, data: Float32Array, boids: number): Uint8Array;
  /** Leaves the buffer of what was encoded last to the caller: the next message gets a new one of about that size. */
  letGo(): void;
  decodePolicy(bytes: Uint8Array, into: Uint8Array): bigint;
  decodeGenome(bytes: Uint8Array, into: Float32Array, boids: number): bigint;
  decodeFrame(bytes: Uint8Array, into: Float32Array, boids: number): bigint;
}

const codecs: Readonly<Record<string, () => Codec>> = {
  raw: () => new Raw(),
  flatbuffers: () => new Flatbuffers(),
  protobuf: () => new Protobuf(),
  msgpack: () => new Msgpack(),
  json: () => new Json(),
};

/** The names of all codecs. */
export const names: readonly string[] = Object.keys(codecs);

/** Returns a new codec of that name: raw, flatbuffers, protobuf, msgpack or json. */
export function open(name: string): Codec {
  const make = Object.hasOwn(codecs, name) ? codecs[name] : undefined;
  if (!make) throw new Error(`no codec ${name}`);
  return make();
}
