export interface Codec {
  readonly name: string;
  encodePolicy(policy: Uint8Array): Uint8Array;
  encodeGenome(generation: bigint, genome: Float32Array, boids: number): Uint8Array;
  encodeFrame(epoch: bigint, data: Float32Array, boids: number): Uint8Array;
  decodePolicy(bytes: Uint8Array, into: Uint8Array): bigint;
  decodeGenome(bytes: Uint8Array, into: Float32Array, boids: number): bigint;
  decodeFrame(bytes: Uint8Array, into: Float32Array, boids: number): bigint;
}
export function open(name: string): Codec { throw new Error(`no codec ${name}`); }
