/**
 * JSON by the engine's own JSON: an object a boid. Floats are written as the shortest
 * decimal that reads back as the same float32, so that every finite value arrives with
 * all its bits; NaN and infinity are an error, as JSON has no words for them.
 *
 * At 10,000 boids (Node 20, best of 60) these decimals take 9.3 ms to find and to write,
 * and the floats as they are 8.8 ms; but a boid has 131 bytes and not 200, and is parsed
 * in 4.7 ms instead of 7.0. Objects for JSON.stringify are faster than templates (11.3 ms).
 *
 * A number of 64 bits is none of JavaScript's: it is written, and read, as text in front
 * of what the engine's JSON gets to see. It must be the first field, as it is in Go.
 */
import { FRAME_COLUMNS, GENOME_COLUMNS } from "../../host/abi.mjs";
import type { Codec } from "./codec.ts";
import { fromDecimal, shortest } from "./decimal.ts";
import { loadFrame, loadGenome, newBoid, newGenes, resize, storeFrame, storeGenome } from "./rows.ts";
import { checkColumns, checkCount, checkNumber, checkTable, convertSettings, getPolicy, putPolicy } from "./schema.ts";
import type { Boid, Genes, Settings } from "./schema.ts";

type Fields = Record<string, unknown>;

export class Json implements Codec {
  readonly name = "json";
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #boids: Boid[] = [];
  readonly #genes: Genes[] = [];
  #buffer = new Uint8Array(4096);

  encodePolicy(policy: Uint8Array): Uint8Array {
    const { epoch, generation, ...settings } = getPolicy(policy);
    const rest = JSON.stringify(convertSettings(settings, shortest));
    return this.#bytes(`{"epoch":${epoch},"generation":${generation},${rest.slice(1)}\n`);
  }

  encodeGenome(generation: bigint, genome: Float32Array, boids: number): Uint8Array {
    checkTable("genome", generation, genome, GENOME_COLUMNS, boids);
    loadGenome(resize(this.#genes, boids, newGenes), genome, shortest);
    return this.#bytes(`{"generation":${generation},"boids":${JSON.stringify(this.#genes)}}\n`);
  }

  encodeFrame(epoch: bigint, data: Float32Array, boids: number): Uint8Array {
    checkTable("frame", epoch, data, FRAME_COLUMNS, boids);
    loadFrame(resize(this.#boids, boids, newBoid), data, shortest);
    return this.#bytes(`{"epoch":${epoch},"boids":${JSON.stringify(this.#boids)}}\n`);
  }

  letGo(): void {
    this.#buffer = new Uint8Array(0);
  }

  decodePolicy(bytes: Uint8Array, into: Uint8Array): bigint {
    const [fields, epoch, generation] = this.#parse("policy", bytes, ["epoch", "generation"]);
    const settings = convertSettings(fields as unknown as Settings, fromDecimal);
    return putPolicy({ ...settings, epoch: epoch!, generation: generation! }, into);
  }

  decodeGenome(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    checkColumns("genome", into, GENOME_COLUMNS, boids);
    const [fields, generation] = this.#parse("genome", bytes, ["generation"]);
    storeGenome(rowsOf<Genes>("genome", fields, boids), into, fromDecimal);
    return generation!;
  }

  decodeFrame(bytes: Uint8Array, into: Float32Array, boids: number): bigint {
    checkColumns("frame", into, FRAME_COLUMNS, boids);
    const [fields, epoch] = this.#parse("frame", bytes, ["epoch"]);
    storeFrame(rowsOf<Boid>("frame", fields, boids), into, fromDecimal);
    return epoch!;
  }

  /** The text has no character outside of ASCII: it takes a byte each. */
  #bytes(text: string): Uint8Array {
    if (this.#buffer.length < text.length) this.#buffer = new Uint8Array(text.length + (text.length >> 3));
    const { written } = this.#encoder.encodeInto(text, this.#buffer);
    return this.#buffer.subarray(0, written);
  }

  /** Parses an object whose first fields are numbers of 64 bits with those names, and returns it with them. */
  #parse(what: string, bytes: Uint8Array, names: readonly string[]): [Fields, ...bigint[]] {
    let text: string, fields: unknown;
    try {
      text = this.#decoder.decode(bytes);
      fields = JSON.parse(text);
    } catch (cause) {
      throw new Error(`${what} is no JSON: ${(cause as Error).message}`, { cause });
    }
    if (typeof fields !== "object" || fields === null) throw new Error(`${what} is no object`);
    return [fields as Fields, ...numbersOf(what, text, fields as Fields, names)];
  }
}

/** Reads the numbers that a text of valid JSON begins with. */
function numbersOf(what: string, text: string, fields: Fields, names: readonly string[]): bigint[] {
  let rest = text;
  return names.map((name, i) => {
    const found = /^[ \t\r\n]*[{,][ \t\r\n]*"(\w+)"[ \t\r\n]*:[ \t\r\n]*(\d+)(?=[ \t\r\n,}])/.exec(rest);
    // A later field of the same name would count for the parser.
    if (!found || found[1] !== name || Number(found[2]) !== fields[name]) throw new Error(`${what}: field ${i} is no whole number ${name}`);
    rest = rest.slice(found[0].length);
    const number = BigInt(found[2]!);
    checkNumber(what, number);
    return number;
  });
}

function rowsOf<T>(what: string, fields: Fields, boids: number): readonly T[] {
  const rows = fields["boids"];
  if (!Array.isArray(rows)) throw new Error(`${what} has no array boids`);
  checkCount(what, rows.length, boids);
  return rows;
}
