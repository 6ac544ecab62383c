package physics

import (
	"fmt"
	"math"

	"github.com/copytax/copytax/experiment/stats"
)

// operations counts what the formulas of a step need for one boid: additions,
// subtractions, multiplications, divisions and square roots of float32. Compares,
// selects, conversions, loads and stores are not counted, so that no program can
// do with less.
type operations struct {
	Sort, Force, Integrate float64
}

// operationsOf counts the operations of a boid in d dimensions with so many
// candidates and neighbours. The formulas are those of rust/flock/src: a change
// there must be followed here.
func operationsOf(d, candidates, neighbours float64) operations {
	return operations{
		Sort: 2 * d, // grid.rs, locate: p − min, times 1/length
		// candidates.rs, find: d of p − pⱼ, d squares, d−1 sums, − r².
		// lanes.rs, Sums: d each of p − pⱼ, apart, v − vⱼ, drift, product, push.
		Force: 3*d*candidates + 6*d*neighbours,
		// integrate.rs, advance:
		//
		//	share, away          1 + d
		//	pull                 4 + d + (2d + 1) + 13d: weights; to; goal; flock, goal and wall on each axis
		//	limit                (2d − 1) + 3 + d: |a|²; most, root, quotient; scaled
		//	accelerate           2d + (2d − 1) + 2 + d
		//	spend                4
		//	heading, crowding    2d + 1 + (2d − 1) + 2
		//	agreement            2(2d − 1) + 2 + (2d − 1) + 3
		//	reward, fitness      3 + 3
		//	walk                 3d
		Integrate: 38*d + 23,
	}
}

// A traffic is what one phase moves of one array, in bytes a boid.
type traffic struct {
	Phase, Array string
	Read, Write  float64
}

// trafficOf lists what a step moves in d dimensions with so many cells a boid.
// Each pass over an array counts once: in a world larger than the caches, what
// one pass fetched is gone before the next one needs it. Within a pass everything
// is fetched once, which is the least.
func trafficOf(d, cells float64) []traffic {
	return []traffic{
		{"count", "positions", 4 * d, 0},
		{"count", "place", 0, 4},
		{"count", "starts", 0, 4 * cells}, // cleared; the counts themselves stay in cache at best
		{"offsets", "starts", 4 * cells, 4 * cells},
		{"scatter", "positions, velocities", 24, 0}, // the columns of z too, in the plane
		{"scatter", "place", 4, 4},
		{"scatter", "starts", 4 * cells, 4 * cells},
		{"scatter", "rows", 0, 32},
		{"scatter", "places", 0, 12},
		{"force", "starts", 4 * cells, 0},
		{"force", "rows", 32, 0},
		{"force", "places", 4 * d, 0},
		{"force", "totals", 0, 48},
		{"integrate", "place", 4, 0},
		{"integrate", "totals", 48, 0},
		{"integrate", "frame before", 4 * (2*d + 2), 0},
		{"integrate", "genome", 16, 0},
		{"integrate", "frame after", 0, 32},
	}
}

// footprint is the memory of all arrays of a step, in bytes a boid.
func footprint(cells float64) float64 {
	const frames, genome, rows, places, totals, place = 2 * 32, 16, 32, 12, 48, 4
	return frames + genome + rows + places + totals + place + 4*cells
}

// A limit is the least time that a boid can take, in nanoseconds.
type limit struct {
	alu    float64 // all operations at the calibrated rate of the back end's width
	memory float64 // all bytes at the calibrated bandwidth
	source string  // of that bandwidth: "L2" or "memory"
}

// ns is the larger of the two: arithmetic and transfers overlap at best.
func (l limit) ns() float64 { return math.Max(l.alu, l.memory) }

// A limits knows what the machine can do.
type limits struct {
	constants map[string]stats.Estimate // by the names of the native worker; empty where they are not known
	lastCache int64                     // size of the last-level cache in bytes, 0 if it is not known
}

// of returns the limit of a back end on a world, and whether it is known. That of a
// graphics processor is not.
func (m limits) of(b backend, w *measured) (limit, bool) {
	d, boids := float64(w.Model.Dimensions), float64(w.Model.Boids)
	cells := float64(w.cellCount()) / boids
	ops := operationsOf(d, w.candidates, w.neighbours)
	rate := m.constants[fmt.Sprintf("mix%d_per_ns", b.Width)].Value
	read, write, source := m.bandwidth(footprint(cells) * boids)
	if b.Shader || !(rate > 0 && read > 0 && write > 0) || math.IsNaN(w.candidates) {
		return limit{}, false
	}
	threads := float64(b.Threads) // as if no thread took anything from another
	l := limit{alu: (ops.Sort + ops.Force + ops.Integrate) / rate / threads, source: source}
	for _, t := range trafficOf(d, cells) {
		l.memory += (t.Read/read + t.Write/write) / threads // 10⁹ bytes a second are bytes a nanosecond
	}
	return l, true
}

// bandwidth returns the rates at which a world of so many bytes can be read and
// written at most, in bytes a nanosecond. A world that fits some cache is held to
// the second-level cache, even when it lies in the third, whose rate is not
// calibrated: the limit is then low, but a limit.
func (m limits) bandwidth(bytes float64) (read, write float64, source string) {
	if bytes <= float64(m.lastCache) {
		l2 := m.constants["l2_read_gbs"].Value
		return l2, l2, "L2"
	}
	return m.constants["read_gbs"].Value, m.constants["write_gbs"].Value, "memory"
}
