package zerocopy

import (
	"fmt"
	"strings"
)

// typeScript renders the constants and the functions of Layout as the module
// browser/src/layout.ts.
func (c constants) typeScript() string {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\n// go test ./zerocopy -run Layout -update\n\n", generated)
	for _, v := range c.gathered {
		if v.doc != "" {
			fmt.Fprintf(&b, "/** %s */\n", v.doc)
		}
		if v.bits == 64 {
			fmt.Fprintf(&b, "export const %s = 0x%016xn;\n", v.name, v.value)
			continue
		}
		fmt.Fprintf(&b, "export const %s = %d;\n", v.name, v.value)
	}
	b.WriteString(typeScriptFunctions)
	return b.String()
}

const typeScriptFunctions = `
/** The regions of a hub, with the numbers that stand in their headers. */
export const KIND = { control: 1, orders: 2, frames: 3 } as const;
export type Kind = keyof typeof KIND;

/** The size of a region's header: magic, version, kind, layout hash, size. */
export const HEADER_USED_BYTES = 32;

function roundUp(n: number, to: number): number {
  return Math.ceil(n / to) * to;
}

/** The floats from one column of n boids to the next. */
export function stride(n: number): number {
  return roundUp(n, 4);
}

/** What a hub is built for; every offset and size, in bytes, follows from it. */
export class Layout {
  /**
   * A payload of 0 means that a slot holds the frame of so many boids. Throws a
   * RangeError for a layout that no hub has.
   */
  constructor(
    readonly boids: number,
    readonly slots: number,
    readonly payload = 0,
  ) {
    const within = (n: number, from: number, to: number) => Number.isInteger(n) && n >= from && n <= to;
    if (!within(boids, 0, MAX_BOIDS)) throw new RangeError(` + "`layout of ${boids} boids, want 0 to ${MAX_BOIDS}`" + `);
    if (!within(slots, 2, MAX_SLOTS)) throw new RangeError(` + "`layout of ${slots} frame slots, want 2 to ${MAX_SLOTS}`" + `);
    if (!within(payload, 0, MAX_PAYLOAD) || payload % 8 !== 0) {
      throw new RangeError(` + "`layout of ${payload} bytes a frame slot, want a multiple of 8 up to ${MAX_PAYLOAD}`" + `);
    }
    if (payload > 0 && boids > 0) throw new RangeError("layout of boids and of a payload, want one of them");
  }

  policyOffset(i: number): number {
    return HEADER_BYTES + i * POLICY_SLOT_BYTES;
  }

  genomeOffset(i: number): number {
    return 2 * HEADER_BYTES + i * roundUp(this.genomeBytes, HEADER_BYTES);
  }

  get genomeBytes(): number {
    return 4 * GENOME_COLUMNS * stride(this.boids);
  }

  get ordersBytes(): number {
    return roundUp(this.genomeOffset(2), PAGE_BYTES);
  }

  frameOffset(i: number): number {
    return HEADER_BYTES + i * roundUp(this.slotBytes, HEADER_BYTES);
  }

  get frameBytes(): number {
    return 4 * FRAME_COLUMNS * stride(this.boids);
  }

  /** The size of what a frame slot holds. */
  get slotBytes(): number {
    return this.payload > 0 ? this.payload : this.frameBytes;
  }

  get framesBytes(): number {
    return roundUp(this.frameOffset(this.slots), PAGE_BYTES);
  }

  bytes(kind: Kind): number {
    return kind === "control" ? PAGE_BYTES : kind === "orders" ? this.ordersBytes : this.framesBytes;
  }

  /** FNV-1a of every offset in the hub, as little-endian 64-bit words. */
  hash(): bigint {
    const words = new DataView(new ArrayBuffer(8));
    let hash = 0xcbf29ce484222325n;
    for (const v of this.hashed()) {
      words.setBigUint64(0, BigInt(v), true);
      for (let i = 0; i < 8; i++) {
        hash = BigInt.asUintN(64, (hash ^ BigInt(words.getUint8(i))) * 0x100000001b3n);
      }
    }
    return hash;
  }

  private hashed(): number[] {
    return [
      HEADER_BYTES, LINE_BYTES, MAX_READERS, MAX_SLOTS, this.boids, this.slots, this.payload,
      this.policyOffset(0), this.policyOffset(1), this.genomeOffset(0), this.genomeOffset(1), this.ordersBytes,
      this.frameOffset(0), this.frameOffset(1), this.frameBytes, this.slotBytes, this.framesBytes,
      POLICY_LINE, FRAME_LINE, USED_LINE, CLOSED_LINE, SLOT_LINE, LEASE_LINE,
      CURSOR_LINE, FREE_LINE, OVERRUN_LINE, TORN_LINE, OWNER_LINE, LINES,
    ];
  }

  /** The first bytes of the region of that kind. */
  header(kind: Kind): Uint8Array<ArrayBuffer> {
    const header = new DataView(new ArrayBuffer(HEADER_USED_BYTES));
    header.setBigUint64(0, MAGIC, true);
    header.setUint32(8, VERSION, true);
    header.setUint32(12, KIND[kind], true);
    header.setBigUint64(16, this.hash(), true);
    header.setBigUint64(24, BigInt(this.bytes(kind)), true);
    return new Uint8Array(header.buffer);
  }
}
`
