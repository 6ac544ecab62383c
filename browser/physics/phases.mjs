/**
 * The step of the flock in JavaScript: the functions that are timed, and nothing
 * else. Start at flock.mjs, which owns the memory.
 *
 * {@link phases} is never called as it stands here. instances.mjs takes its
 * source text and compiles it once for every flock:
 *
 * - lines that end in "// z" are left out for a world in the plane,
 * - the calls of fround are left out where doubles may stay doubles,
 * - the arrays of a flock become constants of its code, as far as V8 is concerned.
 *
 * It may therefore use nothing from outside its own text.
 *
 * What paid, and why it looks as it does: a function that names an array of the
 * closure as a local constant gets its address and its length as immediates, while
 * each use of the outer name is a load, a check of the array's class and a load of
 * its length. "| 0" makes an index wrap like an integer, where V8 would otherwise
 * check each sum for overflow.
 *
 * Note: tried, and no faster in V8: the candidates of a cell copied side by side
 * as in candidates.rs, which serves vectors; columns of the sorted in place of
 * rows; two candidates an iteration; rows and totals of float32. A branch in place
 * of the list's arithmetic is slower, by far. V8 has no float32 arithmetic of its
 * own: fround is two conversions, which is what "single" costs more than "double".
 */

/**
 * The memory of a flock. A step allocates nothing.
 *
 * @typedef {object} Memory
 * @property {number} n boids
 * @property {number} stride floats from one column of a frame to the next
 * @property {number[]} columns where those of z, vx, vy, vz, energy and fitness start, in floats
 * @property {Float32Array} genome four columns: separation alignment cohesion goal
 * @property {import("./policy.mjs").Policy} policy of the tick
 * @property {import("../host/policy.mjs").Vector} cells along x, y and z
 * @property {Int32Array} rowOf first cell of row (y, z), at z * cells y + y
 * @property {Int32Array} around for each row, in the order of its cells: how many
 *   rows are around it, and the first cells of up to nine
 * @property {Int32Array} cell of each boid
 * @property {Int32Array} starts cell c holds the sorted boids starts[c]..starts[c+1]
 * @property {Int32Array} order the boids' ids in the order of their cells
 * @property {Float64Array} rows the sorted boids, eight numbers each: x y z vx vy vz
 *   and two unused, so that all of it lies in one cache line. Doubles, because the
 *   arithmetic of JavaScript would convert each float at every use
 * @property {Float64Array} totals of the sorted boids, ten numbers each: Σ (p − pⱼ),
 *   how many, Σ (v − vⱼ), Σ (d² − r²)(p − pⱼ)
 * @property {Int32Array} near where the rows start of those who may be neighbours
 */

/**
 * The phases of a step, in their order. Frames are eight columns. count and
 * integrate return a boid that is not as it should be, or -1; perceive returns
 * the neighbours of all boids together.
 *
 * @typedef {object} Phases
 * @property {(from: Float32Array) => number} count
 * @property {(from: Float32Array) => void} scatter
 * @property {() => number} perceive
 * @property {(from: Float32Array, to: Float32Array, renumber: boolean) => number} integrate
 */

/**
 * @param {Memory} memory
 * @returns {Phases}
 */
export function phases(memory) {
  const { fround, sqrt, abs, imul } = Math;
  const { n, stride, policy } = memory;
  const genomeOf = memory.genome, cellOf = memory.cell, startOf = memory.starts;
  const orderOf = memory.order, rowsOf = memory.rows, totalsOf = memory.totals;
  const nearOf = memory.near, aroundOf = memory.around, tableOf = memory.rowOf;
  const [cx, cy, cz] = memory.cells;
  const { square, reach } = policy;
  // Z is the third column of a genome as well, and VX the fourth.
  const [Z, VX, VY, VZ, ENERGY, FITNESS] = memory.columns;
  const LIMIT = 1e6; // of any velocity, energy, fitness or gene

  /** Notes the cell of every boid and counts boids by cell, at starts[c + 1]. */
  function count(from) {
    const cells = cellOf, starts = startOf, table = tableOf;
    const [minX, minY, minZ] = policy.min;
    const [maxX, maxY, maxZ] = policy.max;
    const lastX = cx - 1, lastY = cy - 1, lastZ = cz - 1;
    const perLength = policy.perLength;
    starts.fill(0);
    for (let i = 0; i < n; i++) {
      const px = from[i], py = from[(stride + i) | 0];
      const pz = from[(Z + i) | 0]; // z
      if (!(minX <= px && px <= maxX && minY <= py && py <= maxY)) return i;
      if (!(minZ <= pz && pz <= maxZ)) return i; // z
      const x = fround(fround(px - minX) * perLength);
      const y = fround(fround(py - minY) * perLength);
      const iy = y > lastY ? lastY : y | 0;
      let row = iy;
      const z = fround(fround(pz - minZ) * perLength); // z
      row += (z > lastZ ? lastZ : z | 0) * cy; // z
      const cell = table[row] + (x > lastX ? lastX : x | 0);
      cells[i] = cell;
      starts[(cell + 1) | 0]++;
    }
    return -1;
  }

  /** Turns counts into places and puts the boids there, in a cell by id. */
  function scatter(from) {
    const cell = cellOf, starts = startOf, order = orderOf, rows = rowsOf;
    const cells = starts.length - 1;
    for (let c = 1, total = 0; c <= cells; c++) {
      const here = starts[c];
      starts[c] = total;
      total += here;
    }
    for (let i = 0; i < n; i++) {
      const next = (cell[i] + 1) | 0;
      const at = starts[next];
      starts[next] = (at + 1) | 0;
      order[at] = i;
      const row = at << 3;
      rows[row] = from[i];
      rows[(row + 1) | 0] = from[(stride + i) | 0];
      rows[(row + 2) | 0] = from[(Z + i) | 0]; // z
      rows[(row + 3) | 0] = from[(VX + i) | 0];
      rows[(row + 4) | 0] = from[(VY + i) | 0];
      rows[(row + 5) | 0] = from[(VZ + i) | 0]; // z
    }
  }

  /**
   * Lists the rows in cells left..right of the rows around `grid` that may be
   * within the radius of the boid in `row`.
   *
   * In doubles for either rounding: a wider radius lets through all that rounding to
   * single precision would, and the exact test is left to the few that pass. The
   * list is written without a branch, since no processor could predict it.
   */
  function find(row, grid, left, right) {
    const rows = rowsOf, near = nearOf, around = aroundOf, starts = startOf;
    const px = rows[row], py = rows[(row + 1) | 0];
    const pz = rows[(row + 2) | 0]; // z
    const first = (grid * 10 + 1) | 0, last = (first + around[grid * 10]) | 0;
    let found = 0;
    for (let k = first; k < last; k = (k + 1) | 0) {
      const cell = around[k];
      const end = starts[(cell + right) | 0] << 3;
      for (let j = starts[(cell + left) | 0] << 3; j < end; j = (j + 8) | 0) {
        const dx = px - rows[j], dy = py - rows[(j + 1) | 0];
        let d2 = dx * dx + dy * dy;
        const dz = pz - rows[(j + 2) | 0]; // z
        d2 += dz * dz; // z
        near[found] = j;
        found = (found + (/** @type {any} */ (d2 < reach) | 0)) | 0;
      }
    }
    return found;
  }

  /** Adds up the neighbours of the boid in `row`. Returns how many they are. */
  function add(row, found) {
    const rows = rowsOf, near = nearOf, totals = totalsOf;
    const px = rows[row], py = rows[(row + 1) | 0];
    const pz = rows[(row + 2) | 0]; // z
    const vx = rows[(row + 3) | 0], vy = rows[(row + 4) | 0];
    const vz = rows[(row + 5) | 0]; // z
    let ax = 0, ay = 0, wx = 0, wy = 0, qx = 0, qy = 0;
    let az = 0, wz = 0, qz = 0; // z
    let many = -1; // the boid itself is among them: all its terms are zero
    for (let k = 0; k < found; k = (k + 1) | 0) {
      const j = near[k];
      const dx = fround(px - rows[j]), dy = fround(py - rows[(j + 1) | 0]);
      let d2 = fround(fround(dx * dx) + fround(dy * dy));
      const dz = fround(pz - rows[(j + 2) | 0]); // z
      d2 = fround(d2 + fround(dz * dz)); // z
      const u = fround(d2 - square);
      if (u < 0) {
        many = (many + 1) | 0;
        ax = fround(ax + dx);
        ay = fround(ay + dy);
        az = fround(az + dz); // z
        wx = fround(wx + fround(vx - rows[(j + 3) | 0]));
        wy = fround(wy + fround(vy - rows[(j + 4) | 0]));
        wz = fround(wz + fround(vz - rows[(j + 5) | 0])); // z
        qx = fround(qx + fround(u * dx));
        qy = fround(qy + fround(u * dy));
        qz = fround(qz + fround(u * dz)); // z
      }
    }
    const t = imul(row >> 3, 10);
    totals[t] = ax;
    totals[(t + 1) | 0] = ay;
    totals[(t + 2) | 0] = az; // z
    totals[(t + 3) | 0] = many;
    totals[(t + 4) | 0] = wx;
    totals[(t + 5) | 0] = wy;
    totals[(t + 6) | 0] = wz; // z
    totals[(t + 7) | 0] = qx;
    totals[(t + 8) | 0] = qy;
    totals[(t + 9) | 0] = qz; // z
    return many;
  }

  /** Adds up the neighbours of all boids, cell by cell. */
  function perceive() {
    const starts = startOf;
    let neighbours = 0;
    for (let grid = 0; grid < cy * cz; grid++) {
      const first = grid * cx;
      if (starts[first] === starts[first + cx]) continue;
      for (let x = 0; x < cx; x++) {
        const left = x > 0 ? x - 1 : 0, right = x + 2 < cx ? x + 2 : cx;
        const end = starts[first + x + 1];
        for (let me = starts[first + x]; me < end; me++) {
          neighbours += add(me << 3, find(me << 3, grid, left, right));
        }
      }
    }
    return neighbours;
  }

  /** The acceleration of a soft wall along one axis. */
  function wall(p, softMin, softMax, gain) {
    const low = fround(softMin - p), high = fround(p - softMax);
    return fround(fround((low > 0 ? low : 0) - (high > 0 ? high : 0)) * gain);
  }

  /**
   * Moves every boid by one tick: the formulas of rust/flock/src/integrate.rs. In
   * the order of cells, so that only a few columns are not read one after the
   * other. One long function, because a part of it could only return more than one
   * number by allocating.
   */
  function integrate(from, to, renumber) {
    const genome = genomeOf, order = orderOf, rows = rowsOf, totals = totalsOf;
    const { dt, inverse, opposite, wallGain, minSpeed, maxSpeed, maxAccel } = policy;
    const { separation, alignment, cohesion, goal } = policy;
    const { energyGain, energyCost, fitDecay, fitGain } = policy;
    const [targetX, targetY, targetZ] = policy.target;
    const [minX, minY, minZ] = policy.min;
    const [maxX, maxY, maxZ] = policy.max;
    const [softMinX, softMinY, softMinZ] = policy.softMin;
    const [softMaxX, softMaxY, softMaxZ] = policy.softMax;
    const most = fround(maxAccel * maxAccel);
    for (let me = 0; me < n; me++) {
      const i = order[me], id = renumber ? me : i, t = imul(me, 10), row = me << 3;
      const px = rows[row], py = rows[(row + 1) | 0];
      const pz = rows[(row + 2) | 0]; // z
      const ux = rows[(row + 3) | 0], uy = rows[(row + 4) | 0];
      const uz = rows[(row + 5) | 0]; // z
      const e = from[(ENERGY + i) | 0], f = from[(FITNESS + i) | 0];
      const gs = genome[id], ga = genome[(stride + id) | 0];
      const gc = genome[(Z + id) | 0], gg = genome[(VX + id) | 0];
      if (!(abs(ux) <= LIMIT && abs(uy) <= LIMIT && abs(e) <= LIMIT && abs(f) <= LIMIT)) return i;
      if (!(abs(uz) <= LIMIT)) return i; // z
      if (!(abs(gs) <= LIMIT && abs(ga) <= LIMIT && abs(gc) <= LIMIT && abs(gg) <= LIMIT)) return i;

      // What the boid wants.
      const many = totals[(t + 3) | 0];
      const share = fround(1 / (many < 1 ? 1 : many));
      const ws = fround(separation * gs), wa = fround(alignment * ga);
      const wc = fround(cohesion * gc), wg = fround(goal * gg);
      const awayX = fround(totals[(t + 7) | 0] * opposite), awayY = fround(totals[(t + 8) | 0] * opposite);
      const awayZ = fround(totals[(t + 9) | 0] * opposite); // z
      const tx = fround(targetX - px), ty = fround(targetY - py);
      let far = fround(fround(tx * tx) + fround(ty * ty));
      const tz = fround(targetZ - pz); // z
      far = fround(far + fround(tz * tz)); // z
      const pull = fround(wg / fround(1 + far));
      const driftX = totals[(t + 4) | 0], driftY = totals[(t + 5) | 0];
      const meanX = fround(fround(fround(driftX * wa) + fround(totals[t] * wc)) * share);
      const meanY = fround(fround(fround(driftY * wa) + fround(totals[(t + 1) | 0] * wc)) * share);
      const wallX = wall(px, softMinX, softMaxX, wallGain);
      const wallY = wall(py, softMinY, softMaxY, wallGain);
      let ax = fround(fround(fround(fround(awayX * ws) - meanX) + fround(tx * pull)) + wallX);
      let ay = fround(fround(fround(fround(awayY * ws) - meanY) + fround(ty * pull)) + wallY);
      let a2 = fround(fround(ax * ax) + fround(ay * ay));
      const driftZ = totals[(t + 6) | 0]; // z
      const meanZ = fround(fround(fround(driftZ * wa) + fround(totals[(t + 2) | 0] * wc)) * share); // z
      const wallZ = wall(pz, softMinZ, softMaxZ, wallGain); // z
      let az = fround(fround(fround(fround(awayZ * ws) - meanZ) + fround(tz * pull)) + wallZ); // z
      a2 = fround(a2 + fround(az * az)); // z

      // What it is capable of.
      if (most < a2) {
        const scale = fround(maxAccel / fround(sqrt(a2)));
        ax = fround(ax * scale);
        ay = fround(ay * scale);
        az = fround(az * scale); // z
        a2 = most;
      }
      let vx = fround(ux + fround(ax * dt)), vy = fround(uy + fround(ay * dt));
      let v2 = fround(fround(vx * vx) + fround(vy * vy));
      let vz = fround(uz + fround(az * dt)); // z
      v2 = fround(v2 + fround(vz * vz)); // z
      const speed = fround(sqrt(v2));
      const wanted = speed < minSpeed ? minSpeed : speed > maxSpeed ? maxSpeed : speed;
      if (speed > 0) {
        const scale = fround(wanted / speed);
        vx = fround(vx * scale);
        vy = fround(vy * scale);
        vz = fround(vz * scale); // z
      } else {
        vx = wanted;
        vy = 0;
        vz = 0; // z
      }

      // What it costs, and what it earns.
      let energy = fround(e + fround(dt * fround(energyGain - fround(energyCost * a2))));
      energy = energy < 0 ? 0 : energy > 1 ? 1 : energy;
      const some = many > 0;
      const hx = some ? fround(ux - fround(driftX * share)) : 0;
      const hy = some ? fround(uy - fround(driftY * share)) : 0;
      v2 = fround(fround(vx * vx) + fround(vy * vy));
      let h2 = fround(fround(hx * hx) + fround(hy * hy));
      let dot = fround(fround(vx * hx) + fround(vy * hy));
      let away2 = fround(fround(awayX * awayX) + fround(awayY * awayY));
      const hz = some ? fround(uz - fround(driftZ * share)) : 0; // z
      v2 = fround(v2 + fround(vz * vz)); // z
      h2 = fround(h2 + fround(hz * hz)); // z
      dot = fround(dot + fround(vz * hz)); // z
      away2 = fround(away2 + fround(awayZ * awayZ)); // z
      const norm = fround(sqrt(fround(v2 * h2)));
      let cos = norm > 0 ? fround(dot / norm) : 0;
      cos = cos < -1 ? -1 : cos > 1 ? 1 : cos;
      const agreement = fround(0.5 + fround(0.5 * cos));
      const crowding = fround(fround(1 + many) + fround(away2 * inverse));
      const reward = fround(fround(energy * agreement) * fround(many / crowding));

      // Where it goes. 0 - v is no -v: the sign of a zero is part of the bits.
      let qx = fround(px + fround(vx * dt)), qy = fround(py + fround(vy * dt));
      let qz = fround(pz + fround(vz * dt)); // z
      if (qx < minX) { qx = minX; vx = 0 - vx; } else if (qx > maxX) { qx = maxX; vx = 0 - vx; }
      if (qy < minY) { qy = minY; vy = 0 - vy; } else if (qy > maxY) { qy = maxY; vy = 0 - vy; }
      if (qz < minZ) { qz = minZ; vz = 0 - vz; } else if (qz > maxZ) { qz = maxZ; vz = 0 - vz; } // z
      to[id] = qx;
      to[(stride + id) | 0] = qy;
      to[(Z + id) | 0] = qz; // z
      to[(VX + id) | 0] = vx;
      to[(VY + id) | 0] = vy;
      to[(VZ + id) | 0] = vz; // z
      to[(ENERGY + id) | 0] = energy;
      to[(FITNESS + id) | 0] = fround(fround(f * fitDecay) + fround(fitGain * reward));
    }
    return -1;
  }

  return { count, scatter, perceive, integrate };
}
