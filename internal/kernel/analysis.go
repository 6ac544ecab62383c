package kernel

import (
	"math"

	"github.com/copytax/copytax/internal/stats"
)

// An Analysis is what the timings say.
type Analysis struct {
	Worlds   []Table
	Slopes   []Slope
	Verdicts []Verdict
}

// A Table is one world.
type Table struct {
	Measured
	Rows []Row // in the order of the ladder; back ends that failed are left out
}

// A Row is one back end on one world. Times are nanoseconds a boid.
type Row struct {
	Backend Backend
	NS      stats.Estimate // of a step: geometric mean over rounds
	// Sort, Force and Integrate are differences of the timed phases, means over
	// rounds. Noise can make a small one negative.
	Sort, Force, Integrate stats.Estimate
	// ToScalar and ToSSE2 say how many times as fast the row is as those, paired
	// by round. N is 0 for the back end itself and where the other is missing.
	ToScalar, ToSSE2 stats.Estimate
	Limit            Limit
	OfLimit          stats.Estimate // step ÷ limit; N is 0 where none is known
	OfCeiling        stats.Estimate // force ÷ the empirical ceiling; N is 0 where none is known
}

// series holds the times of a back end by phase and round, NaN where there is none.
type series map[string]map[Phase][]float64

// Analyze computes the numbers of a run.
func Analyze(r *Results) *Analysis {
	a := &Analysis{}
	for _, w := range r.Worlds {
		a.Worlds = append(a.Worlds, r.table(w))
	}
	a.Slopes = slopes(a.Worlds)
	a.Verdicts = r.verdicts()
	return a
}

func (r *Results) table(w Measured) Table {
	t, times := Table{Measured: w}, r.times(w)
	for _, b := range Ladder() {
		if mine, ok := times[b.Name]; ok {
			t.Rows = append(t.Rows, r.row(b, w, mine, times))
		}
	}
	return t
}

// times sorts the timings of a world. Back ends that failed are left out.
func (r *Results) times(w Measured) series {
	all := series{}
	for _, t := range r.Timings {
		if t.World != w.Name || r.failed(w.Name, t.Backend) {
			continue
		}
		if all[t.Backend] == nil {
			all[t.Backend] = map[Phase][]float64{}
			for _, p := range Phases() {
				all[t.Backend][p] = absent(len(w.Rounds))
			}
		}
		if of := all[t.Backend][t.Phase]; of != nil {
			of[t.Round] = float64(t.NS) / float64(t.Reps) / float64(w.Boids)
		}
	}
	return all
}

func absent(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = math.NaN()
	}
	return xs
}

func (r *Results) failed(world, backend string) bool {
	for _, f := range r.Failures {
		if f.World == world && f.Backend == backend {
			return true
		}
	}
	return false
}

func (r *Results) row(b Backend, w Measured, mine map[Phase][]float64, all series) Row {
	row := Row{
		Backend: b, NS: geometric(mine[Step]),
		Sort:      stats.Mean(mine[Sort]),
		Force:     stats.Mean(minus(mine[Perceive], mine[Sort])),
		Integrate: stats.Mean(minus(mine[Step], mine[Perceive])),
	}
	if b.Name != Scalar {
		row.ToScalar = ratio(all[Scalar][Step], mine[Step])
	}
	if b.Name != SSE2 {
		row.ToSSE2 = ratio(all[SSE2][Step], mine[Step])
	}
	if limit, ok := r.limitOf(b, w); ok {
		row.Limit, row.OfLimit = limit, scaled(row.NS, 1/limit.NS())
	}
	if ceiling, ok := r.ceilingOf(b, w); ok {
		row.OfCeiling = scaled(row.Force, 1/ceiling)
	}
	return row
}

// ceilingOf is the time of a boid's force at the ceiling's price of a candidate.
// That was found in space: in the plane a candidate takes fewer operations, and
// there is no ceiling.
func (r *Results) ceilingOf(b Backend, w Measured) (float64, bool) {
	if w.Dimensions != 3 {
		return 0, false
	}
	candidates, _ := w.company()
	for _, c := range r.Ceilings {
		if c.Backend == b.Name && c.Candidates > 0 {
			return float64(c.NS) / float64(c.Candidates) * candidates, true
		}
	}
	return 0, false
}

// geometric estimates the geometric mean of positive values.
func geometric(xs []float64) stats.Estimate {
	e := stats.OneMinus(xs)
	return stats.Estimate{Value: 1 - e.Value, Low: 1 - e.High, High: 1 - e.Low, N: e.N}
}

// ratio estimates over ÷ under, paired by round: Student's t around the mean of
// the logarithms, mapped back.
func ratio(over, under []float64) stats.Estimate {
	if len(over) != len(under) {
		return stats.Estimate{} // one of them was not measured
	}
	quotients := make([]float64, len(over))
	for i := range over {
		quotients[i] = over[i] / under[i]
	}
	return geometric(quotients)
}

func minus(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d
}

func scaled(e stats.Estimate, by float64) stats.Estimate {
	return stats.Estimate{Value: e.Value * by, Low: e.Low * by, High: e.High * by, N: e.N}
}
