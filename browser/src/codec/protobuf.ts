/**
 * Protocol buffers by protobufjs and code that it made, ahead of time, of the schema of
 * Go's codec, transports/codec/protobuf/pb/flock.proto: a message a boid.
 *
 *  - protobufjs and not @bufbuild/protobuf, both of which write the same bytes: 1.6 ms to
 *    encode and 1.5 ms to decode 10,000 boids for 2.2 ms and 3.4 ms (Node 20, best of
 *    60). Its generated code names the fields; that of the other is a description of the
 *    schema, which the library walks for every boid. Bundled, both take 65 to 70 kB.
 *  - The objects that are encoded, and the writer with its buffer, are kept; its view of
 *    them is returned, not a copy. Decoded objects are new each time: the library has no
 *    way to decode an element of a list over an old one.
 *  - Fields that are unknown are dropped, as in Go, and not kept for another encoder.
 */
import Long from "long";
import protobuf from "protobufjs/minimal.js";

import { FRAME_COLUMNS, GENOME_COLUMNS } from "../../host/abi.mjs";
import type { Codec } from "./codec.ts";
import { copytax as pb } from "./pb/flock.js";
import { loadFrame, loadGenome, newBoid, newGenes, resize, storeFrame, storeGenome } from "./rows.ts";
import { checkColumns, checkCount, checkPolicy, checkTable, getPolicy, putPolicy, roomFor } from "./schema.ts";
import type { Boid, Genes, Vector } from "./schema.ts";

/** A writer whose buffer is its own: the library cuts small ones out of one that all share. */
class Writer extends protobuf.Writer {
  static override alloc(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }
}

const same = (v: number): number => v;

export class Protobuf implements Codec {
  readonly name = "protobuf";
  /** Not Writer.create, which gives Node another writer than a browser, and its Buffer. */
  readonly #writer = new Writer();
  #room = 0; // that the writer needs for its next message, where it has let go of its buffer
  readonly #boids: Boid[] = [];
  readonly #genes: Genes[] = [];

  encodePolicy(policy: Uint8Array): Uint8Array {
    const { epoch, generation, target, min, max, ...floats } = getPolicy(policy);
    const message = {
      ...floats, epoch: longOf(epoch), generation: longOf(generation), target: named(target), min: named(min), max: named(max),
    };
    return pb.Policy.encode(message, this.#empty()).finish(true);
  }

  encodeGenome(generation: bigint, genome: Float32Array, boids: number): Uint8Array {
    checkTable("genome", generation, genome, GENOME_COLUMNS, boids);
    loadGenome(resize(this.#genes, boids, newGenes), genome, same);
    return pb.Genome.encode({ generation: longOf(generation), boids: this.#genes }, this.#empty()).finish(true);
  }

  encodeFrame(epoch: bigint, data: Float32Array, boids: number): Uint8Array {
    checkTable("frame", epoch, data, FRAME_COLUMNS, boids);
    loadFrame(resize(this.#boids, boids, newBoid), data, same);
    return pb.Frame.encode({ epoch: longOf(epoch), boids: this.#boids }, this.#empty()).finish(true);
  }

  letGo(): void {
    this.#room = roomFor(this.#writer.pos);
  }

  /** The writer, empty. */
  #empty(): protobuf.Writer {
    if (this.#room > 0) {
      this.#writer.buf = Writer.alloc(this.#room);
      this.#writer.view = null;
      this.#room = 0;
    }
    return this.#writer.reset();
  }

  /** A field that is left out is 0. */
  decodePolicy(bytes: Uint8Array, into: Uint8Array): bigint {
    checkPolicy(into);
    const m = decoded("policy", bytes, pb.Policy);
    return putPolicy({
      epoch: bigOf(m.epoch), generation: bigOf(m.generation),
      dt: m.dt, radius: m.radius,
      separation: m.separation, alignment: m.alignment, cohesion: m.cohesion, goal: m.goal,
      target: listed(m.target), min: listed(m.min), max: listed(m.max),
      margin: m.margin, wallGain: m.wallGain,
      minSpeed: m.minSpeed, maxSpeed: m.maxSpeed, maxAccel: m.maxAccel,
      energyGain: m.energyGain, energyCost: m.energyCost, fitDecay: m.fitDecay,
    }, into);
  }

  decodeGenome(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    checkColumns("genome", into, GENOME_COLUMNS, boids);
    const m = decoded("genome", bytes, pb.Genome);
    checkCount("genome", m.boids.length, boids);
    storeGenome(m.boids as Genes[], into, same); // instances, whose prototype has every field
    return bigOf(m.generation);
  }

  decodeFrame(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    checkColumns("frame", into, FRAME_COLUMNS, boids);
    const m = decoded("frame", bytes, pb.Frame);
    checkCount("frame", m.boids.length, boids);
    storeFrame(m.boids as Boid[], into, same);
    return bigOf(m.epoch);
  }
}

function decoded<T>(what: string, bytes: Uint8Array, type: { decode(reader: protobuf.Reader): T }): T {
  const reader = new protobuf.Reader(bytes);
  reader.discardUnknown = true;
  try {
    return type.decode(reader);
  } catch (cause) {
    throw new Error(`${what}: ${(cause as Error).message}`, { cause });
  }
}

function longOf(number: bigint): Long {
  return Long.fromBits(Number(number & 0xffffffffn), Number(number >> 32n), true);
}

function bigOf(number: number | Long): bigint {
  if (typeof number === "number") return BigInt(number);
  return (BigInt(number.high >>> 0) << 32n) | BigInt(number.low >>> 0);
}

function named([x, y, z]: Vector): pb.Vector.$Properties {
  return { x, y, z };
}

function listed(v: pb.Vector.$Properties | null | undefined): Vector {
  return [v?.x ?? 0, v?.y ?? 0, v?.z ?? 0];
}
