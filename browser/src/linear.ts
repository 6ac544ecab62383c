/**
 * A linear memory that Go's module and the engine's have in common, so that a kernel in Go reads
 * frames and writes orders where they are. Go's linker makes no module that could: the
 * kernel's is rewritten when it is loaded. This is no supported way to run Go, which is
 * why sab:one is a variant and not what the other transports do.
 *
 *     0      nothing
 *     4 KiB  data of flock-low.wasm, where Go leaves room to the script of js/wasm
 *    12 KiB  data of Go, and behind it the memory that its runtime takes as it needs it
 *   512 MiB  the engine's: its stack, its world, and the regions of the hub
 *
 * Go's runtime takes for its own what of a memory is there when it starts, and behind that
 * a page for each by which it makes the memory grow. So it starts in a small one, which
 * then grows at once by its room and the engine's part; the maximum is such that Go cannot
 * make it grow until it reaches that part, and an allocation fails first. Nothing there is
 * in an arena of Go's, so that its collector neither frees nor moves it, nor follows a
 * pointer to it. Go's data is checked to begin above that of flock-low.
 *
 * Go's atomic operations are plain ones in a module. Nothing in Go is told by another
 * thread or waits for one: signals are read and written in TypeScript, by Atomics, before
 * and behind each call.
 */
import { MAX_PAGES, PAGE_BYTES } from "../host/abi.mjs";

/** What Go has for its data and all that it ever allocates. Untouched pages cost nothing. */
export const ROOM_BYTES = 512 * 1024 * 1024;

/** Pages that the kernel's module may have at its start. */
const FIRST_PAGES = 256;

/** Where Go's data begins at the least, and that of flock-low must have ended. */
export const LOW_END = 4096 + 8192;

/** What of the engine's part and Go's room is not there when Go starts, in pages. */
function later(bytes: number): number {
  return (ROOM_BYTES + bytes) / PAGE_BYTES - FIRST_PAGES;
}

/** A memory for Go to start in, which so many bytes are to follow in, a multiple of PAGE_BYTES. */
export function newLinear(bytes: number): WebAssembly.Memory {
  const maximum = ROOM_BYTES / PAGE_BYTES + later(bytes);
  if (maximum > MAX_PAGES) throw new RangeError(`${bytes} bytes beside Go's: a module can address ${MAX_PAGES * PAGE_BYTES} in all`);
  return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared: true });
}

/**
 * Makes that memory grow to have them, from ROOM_BYTES on, once Go has started in it. What Go
 * has made it grow by before is not subtracted, so that it is of what Go may still.
 */
export function extend(memory: WebAssembly.Memory, bytes: number): void {
  memory.grow(later(bytes));
}

/** The sections that matter here, by their number in the binary format. */
const IMPORT = 2, MEMORY = 5, DATA = 11;

/** Of an import: that it is a memory. Of its limits: that they have a maximum, and that it is shared. */
const IS_MEMORY = 2, HAS_MAXIMUM = 1, SHARED = 2;

/** Of a data segment: that its offset is a constant of 32 bits, which ends. */
const I32_CONST = 0x41, END = 0x0b;

/** Reads a module. Throws a RangeError behind its end. */
class Reader {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at === this.bytes.length;
  }

  byte(): number {
    const b = this.bytes[this.at++];
    if (b === undefined) throw new RangeError("the kernel's module ends too early");
    return b;
  }

  take(length: number): Uint8Array {
    const taken = this.bytes.subarray(this.at, this.at + length);
    if (taken.length < length) throw new RangeError("the kernel's module ends too early");
    this.at += length;
    return taken;
  }

  /** An unsigned number of LEB128, of up to 32 bits; a signed one if it is not negative. */
  number(): number {
    for (let n = 0, unit = 1; unit <= 2 ** 28; unit *= 128) {
      const b = this.byte();
      n += (b & 127) * unit;
      if (b < 128) return n;
    }
    throw new RangeError("the kernel's module has a number of more than 32 bits");
  }
}

function leb(n: number): number[] {
  return n < 128 ? [n] : [(n % 128) + 128, ...leb(Math.floor(n / 128))];
}

/**
 * Returns a copy of the kernel's module that imports its memory, shared, as env.memory, in
 * place of having one of its own. Throws an Error where the module is not one that can have
 * its memory in common with flock-low. Numbers of functions stay as they are.
 */
export function importMemory(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const from = new Reader(module), to: (number[] | Uint8Array)[] = [from.take(8)];
  let pages: number | undefined, imports: Uint8Array | undefined, before = 0;
  while (!from.done) {
    const kind = from.byte(), body = from.take(from.number());
    if (kind === MEMORY) pages = pagesOf(body);
    else if (kind === IMPORT) [imports, before] = [body, to.push([]) - 1];
    else to.push([kind, ...leb(body.length)], body);
    if (kind === DATA) checkData(body);
  }
  if (pages === undefined || imports === undefined) throw new Error("the kernel's module has no memory, or imports nothing");
  to[before] = withMemory(imports, pages);
  return join(to);
}

/** The pages of the one memory that a section declares. */
function pagesOf(section: Uint8Array): number {
  const of = new Reader(section), count = of.number(), flags = of.byte(), pages = of.number();
  if (count !== 1 || flags !== 0) throw new Error(`the kernel's module has ${count} memories with limits of kind ${flags}, want 1 of kind 0`);
  if (pages > FIRST_PAGES) throw new Error(`the kernel's module has ${pages} pages at its start, want ${FIRST_PAGES} at most`);
  return pages;
}

/** Throws unless every segment is told where to lie, and lies above the data of flock-low. */
function checkData(section: Uint8Array): void {
  const of = new Reader(section);
  for (let left = of.number(); left > 0; left--) {
    const shape = [of.byte(), of.byte()], at = of.number();
    shape.push(of.byte());
    if (shape[0] !== 0 || shape[1] !== I32_CONST || shape[2] !== END) throw new Error("the kernel's module has data that lies nowhere in particular");
    if (at < LOW_END) throw new Error(`the kernel's module has data at byte ${at}, want ${LOW_END} or more`);
    of.take(of.number());
  }
}

/** The section of imports with one more, of a memory that may grow as far as its maximum lets it. */
function withMemory(imports: Uint8Array, pages: number): Uint8Array {
  const of = new Reader(imports), count = of.number();
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const memory = [...name("env"), ...name("memory"), IS_MEMORY, HAS_MAXIMUM | SHARED, ...leb(pages), ...leb(MAX_PAGES)];
  const body = join([leb(count + 1), of.take(imports.length - of.at), memory]);
  return join([[IMPORT, ...leb(body.length)], body]);
}

function join(parts: readonly (number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}
