/**
 * FlatBuffers by its own library and code that flatc made of the schema of Go's codec,
 * transports/codec/flatbuffers/fb/flock.fbs: a struct a boid, inline in a vector.
 *
 *  - One Builder is kept, as long as its buffer is. Boids are written by the generated code: 0.41 ms at 10,000
 *    boids. To fill rows and copy them into the builder whole takes 0.11 ms, but needs
 *    its private state.
 *  - Vectors are read as typed arrays, which is what the library advises: 0.05 ms instead
 *    of 0.6 to 1.2 ms by an accessor a field. It has them for vectors of scalars only; a
 *    struct of floats lies in memory as the format says, and can be read the same way.
 *  - The library checks nothing for TypeScript: beyond the bytes it reads zeros. All
 *    offsets of a message are checked here before an accessor follows them.
 */
import { Builder, ByteBuffer } from "flatbuffers";

import { FRAME_COLUMNS, GENOME_COLUMNS } from "../../host/abi.mjs";
import { stride } from "../../host/layout.mjs";
import type { Codec } from "./codec.ts";
import { Boid } from "./fb/boid.ts";
import { Frame } from "./fb/frame.ts";
import { Genes } from "./fb/genes.ts";
import { Genome } from "./fb/genome.ts";
import { Policy } from "./fb/policy.ts";
import { Settings } from "./fb/settings.ts";
import type { Vector as VectorStruct } from "./fb/vector.ts";
import { checkColumns, checkCount, checkPolicy, checkTable, getPolicy, putPolicy, roomFor } from "./schema.ts";
import type { Vector } from "./schema.ts";

const NUMBER_BYTES = 8, OFFSET_BYTES = 4, SETTINGS_BYTES = 4 * 23;
/** The sizes of the fields of the tables, in the order of their slots. */
const POLICY = [NUMBER_BYTES, NUMBER_BYTES, SETTINGS_BYTES], ROWS = [NUMBER_BYTES, OFFSET_BYTES];
/** The library takes the offsets of fields in a table to have a sign. */
const MOST_BYTES = 0x7fff;

export class Flatbuffers implements Codec {
  readonly name = "flatbuffers";
  #builder = new Builder(1024); // it grows to what the first messages take

  encodePolicy(policy: Uint8Array): Uint8Array {
    const p = getPolicy(policy), b = this.#builder;
    b.clear();
    Policy.startPolicy(b);
    Policy.addEpoch(b, p.epoch);
    Policy.addGeneration(b, p.generation);
    Policy.addSettings(b, Settings.createSettings(
      b, p.dt, p.radius, p.separation, p.alignment, p.cohesion, p.goal, ...p.target, ...p.min, ...p.max, p.margin, p.wallGain,
      p.minSpeed, p.maxSpeed, p.maxAccel, p.energyGain, p.energyCost, p.fitDecay,
    ));
    b.finish(Policy.endPolicy(b));
    return b.asUint8Array();
  }

  encodeGenome(generation: bigint, genome: Float32Array, boids: number): Uint8Array {
    checkTable("genome", generation, genome, GENOME_COLUMNS, boids);
    const b = this.#builder, column = stride(boids);
    b.clear();
    Genome.startBoidsVector(b, boids);
    for (let i = boids - 1; i >= 0; i--) { // a builder grows downwards
      Genes.createGenes(b, genome[i]!, genome[column + i]!, genome[2 * column + i]!, genome[3 * column + i]!);
    }
    b.finish(Genome.createGenome(b, generation, b.endVector()));
    return b.asUint8Array();
  }

  encodeFrame(epoch: bigint, data: Float32Array, boids: number): Uint8Array {
    checkTable("frame", epoch, data, FRAME_COLUMNS, boids);
    const b = this.#builder, column = stride(boids);
    b.clear();
    Frame.startBoidsVector(b, boids);
    for (let i = boids - 1; i >= 0; i--) {
      Boid.createBoid(
        b, data[i]!, data[column + i]!, data[2 * column + i]!, data[3 * column + i]!,
        data[4 * column + i]!, data[5 * column + i]!, data[6 * column + i]!, data[7 * column + i]!,
      );
    }
    b.finish(Frame.createFrame(b, epoch, b.endVector()));
    return b.asUint8Array();
  }

  letGo(): void {
    this.#builder = new Builder(roomFor(this.#builder.offset()));
  }

  decodePolicy(bytes: Uint8Array, into: Uint8Array): bigint {
    checkPolicy(into);
    const m = Policy.getRootAsPolicy(verified("policy", bytes, POLICY)), s = m.settings();
    if (!s) throw new Error(`policy ${m.epoch()} has no settings`);
    return putPolicy({
      epoch: m.epoch(), generation: m.generation(),
      dt: s.dt(), radius: s.radius(),
      separation: s.separation(), alignment: s.alignment(), cohesion: s.cohesion(), goal: s.goal(),
      target: vector(s.target()), min: vector(s.min()), max: vector(s.max()),
      margin: s.margin(), wallGain: s.wallGain(),
      minSpeed: s.minSpeed(), maxSpeed: s.maxSpeed(), maxAccel: s.maxAccel(),
      energyGain: s.energyGain(), energyCost: s.energyCost(), fitDecay: s.fitDecay(),
    }, into);
  }

  decodeGenome(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    checkColumns("genome", into, GENOME_COLUMNS, boids);
    const m = Genome.getRootAsGenome(verified("genome", bytes, ROWS));
    checkCount("genome", m.boidsLength(), boids);
    const rows = floatsOf("genome", bytes, m.boids(0)?.bb_pos ?? 0, GENOME_COLUMNS * boids), column = stride(boids);
    for (let i = 0, at = 0; i < boids; i++, at += GENOME_COLUMNS) {
      into[i] = rows[at]!;
      into[column + i] = rows[at + 1]!;
      into[2 * column + i] = rows[at + 2]!;
      into[3 * column + i] = rows[at + 3]!;
    }
    return m.generation();
  }

  decodeFrame(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    checkColumns("frame", into, FRAME_COLUMNS, boids);
    const m = Frame.getRootAsFrame(verified("frame", bytes, ROWS));
    checkCount("frame", m.boidsLength(), boids);
    const rows = floatsOf("frame", bytes, m.boids(0)?.bb_pos ?? 0, FRAME_COLUMNS * boids), column = stride(boids);
    for (let i = 0, at = 0; i < boids; i++, at += FRAME_COLUMNS) {
      into[i] = rows[at]!;
      into[column + i] = rows[at + 1]!;
      into[2 * column + i] = rows[at + 2]!;
      into[3 * column + i] = rows[at + 3]!;
      into[4 * column + i] = rows[at + 4]!;
      into[5 * column + i] = rows[at + 5]!;
      into[6 * column + i] = rows[at + 6]!;
      into[7 * column + i] = rows[at + 7]!;
    }
    return m.epoch();
  }
}

/** The floats of a vector of structs, in place if they are aligned as in a message of its own. */
function floatsOf(what: string, bytes: Uint8Array, start: number, length: number): Float32Array {
  if (start + 4 * length > bytes.length) throw new Error(`${what}: its boids are not within its ${bytes.length} bytes`);
  const at = bytes.byteOffset + start;
  return at % 4 === 0 ? new Float32Array(bytes.buffer, at, length) : new Float32Array(bytes.slice(start, start + 4 * length).buffer);
}

function vector(v: VectorStruct | null): Vector {
  return v ? [v.x(), v.y(), v.z()] : [0, 0, 0]; // the library returns null for no field of a struct
}

/**
 * Returns bytes for the accessors of a root table, all of whose fields lie within them.
 * The sizes are those of the fields by slot; what an offset in a field points to is not looked at.
 */
function verified(what: string, bytes: Uint8Array, sizes: readonly number[]): ByteBuffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    const root = view.getInt32(0, true), described = root - view.getInt32(root, true);
    const description = view.getUint16(described, true), table = view.getUint16(described + 2, true);
    if (table > MOST_BYTES || root + table > bytes.length) throw new Error(`a table of ${table} bytes at ${root}`);
    sizes.forEach((size, slot) => {
      const entry = 4 + 2 * slot;
      const at = entry < description ? view.getUint16(described + entry, true) : 0;
      if (at + size > table && at > 0) throw new Error(`field ${slot} at ${at} of a table of ${table} bytes`);
    });
  } catch (cause) { // a DataView throws beyond its bytes
    throw new Error(`${what} of ${bytes.length} bytes: ${(cause as Error).message}`, { cause });
  }
  return new ByteBuffer(bytes);
}
