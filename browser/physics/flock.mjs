/**
 * The flock in JavaScript: the step of rust/flock with typed arrays, a counting
 * sort and the same order of summation, so that the bits of a frame are the same
 * when every operation is rounded. phases.mjs has what is timed.
 */
import { ENERGY, FITNESS, FRAME_COLUMNS, GENOME_COLUMNS, VX, VY, VZ, Z } from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";
import { cellsOf } from "../host/policy.mjs";
import { compile } from "./instances.mjs";
import { readPolicy } from "./policy.mjs";

/** Rows of cells in a strip: see Grid::row in rust/flock/src/grid.rs. */
const STRIP = 8;
/** Floats of a row of the sorted, and numbers of the sums of one. */
const ROW = 8, TOTAL = 10;

/**
 * A flock that can be stepped: what every back end offers. `from` is read by a
 * step and `to` written; swap exchanges them. Both, and the genome, are columns of
 * stride(n) floats that the back end owns and a caller may read and write between
 * two calls; read them again after a swap.
 *
 * @typedef {object} Physics
 * @property {Float32Array} from
 * @property {Float32Array} to
 * @property {Float32Array} genome
 * @property {(renumber: boolean) => number} step returns the neighbours of all boids
 * @property {(renumber: boolean) => void} sort
 * @property {(renumber: boolean) => number} perceive sorts, and adds up the neighbours
 * @property {() => void} swap
 */

/**
 * The first cell of every row (y, z), at z * cells y + y: strips of rows through
 * all layers, as in Grid::row.
 */
function rowTable([cx, cy, cz]) {
  const rowOf = new Int32Array(cy * cz);
  for (let z = 0; z < cz; z++) {
    for (let y = 0; y < cy; y++) {
      const first = y - (y % STRIP), height = Math.min(STRIP, cy - first);
      rowOf[z * cy + y] = (first * cz + z * height + (y % STRIP)) * cx;
    }
  }
  return rowOf;
}

/** For each row in the order of cells the rows around it, layer by layer. */
function aroundTable([cx, cy, cz], rowOf) {
  const around = new Int32Array(10 * cy * cz);
  for (let z = 0; z < cz; z++) {
    for (let y = 0; y < cy; y++) {
      const at = (rowOf[z * cy + y] / cx) * 10;
      for (let nz = Math.max(z - 1, 0); nz < Math.min(z + 2, cz); nz++) {
        for (let ny = Math.max(y - 1, 0); ny < Math.min(y + 2, cy); ny++) {
          around[at + ++around[at]] = rowOf[nz * cy + ny];
        }
      }
    }
  }
  return around;
}

/**
 * The memory of a flock, all that its steps will ever need.
 *
 * @returns {import("./phases.mjs").Memory}
 */
function allocate(n, policy, dimensions) {
  const cells = cellsOf(policy, dimensions), rowOf = rowTable(cells);
  return {
    n,
    stride: stride(n),
    columns: [Z, VX, VY, VZ, ENERGY, FITNESS].map((c) => c * stride(n)),
    genome: new Float32Array(GENOME_COLUMNS * stride(n)),
    policy,
    cells,
    rowOf,
    around: aroundTable(cells, rowOf),
    cell: new Int32Array(n),
    starts: new Int32Array(cells[0] * cells[1] * cells[2] + 1),
    order: new Int32Array(n),
    rows: new Float64Array(ROW * n),
    totals: new Float64Array(TOTAL * n),
    // All may be near each other, and one more is written before it is rejected.
    near: new Int32Array(n + 1),
  };
}

/** @implements {Physics} */
export class Flock {
  #phases;

  /**
   * A flock at rest at the origin: fill `from` and `genome`.
   *
   * @param {number} boids
   * @param {2 | 3} dimensions
   * @param {Uint8Array} policy its canonical form, POLICY_BYTES long
   * @param {import("./instances.mjs").Rounding} rounding
   */
  constructor(boids, dimensions, policy, rounding) {
    const memory = allocate(boids, readPolicy(policy, dimensions, rounding), dimensions);
    this.#phases = compile(dimensions, rounding, memory);
    this.genome = memory.genome;
    // Never written: padding and, in the plane, the columns of z. They stay zero.
    this.from = new Float32Array(FRAME_COLUMNS * stride(boids));
    this.to = new Float32Array(FRAME_COLUMNS * stride(boids));
  }

  /** Checks the positions and sorts; how boids are numbered makes no difference. */
  sort() {
    const wrong = this.#phases.count(this.from);
    if (wrong >= 0) throw new RangeError(`position of boid ${wrong} is outside the bounds`);
    this.#phases.scatter(this.from);
  }

  /** Sorts, and adds up the neighbours. Returns those of all boids together. */
  perceive() {
    this.sort();
    return this.#phases.perceive();
  }

  /**
   * Steps by one tick and returns the neighbours of all boids together. After an
   * exception `to` means nothing.
   *
   * @param {boolean} renumber whether boid k of `to` is the k-th in the order of
   *   cells, with the genes of boid k
   */
  step(renumber) {
    const neighbours = this.perceive();
    const wrong = this.#phases.integrate(this.from, this.to, renumber);
    if (wrong >= 0) throw new RangeError(`state or genes of boid ${wrong} are absurdly large`);
    return neighbours;
  }

  /** Exchanges `from` and `to`. */
  swap() {
    [this.from, this.to] = [this.to, this.from];
  }
}
