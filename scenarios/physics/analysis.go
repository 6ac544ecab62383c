package physics

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

// An analysis is what the samples say.
type analysis struct {
	backends []backend
	worlds   []*measured // that have a sample
	limits   limits
	samples  experiment.Samples
}

// A measured world.
type measured struct {
	world
	ticks      []float64 // of the blocks that have a sample, ascending
	candidates float64   // a boid, the mean over blocks
	neighbours float64
	rows       []row // in the order of the ladder
}

// A row is one back end on one world. Times are nanoseconds a boid.
type row struct {
	backend
	step stats.Estimate // geometric mean over blocks
	// These are differences of the timed phases, means over blocks. Noise can make a
	// small one negative.
	sort, force, integrate stats.Estimate
	// These say how many times as fast the row is, paired by block. N is 0 for the
	// back end itself and where the other is missing.
	toScalar, toSSE2 stats.Estimate
	limit            limit
	ofLimit          stats.Estimate // step ÷ limit; N is 0 where none is known
	ofCeiling        stats.Estimate // force ÷ the empirical ceiling; N is 0 where none is known
}

// analyze computes all numbers of a run.
func analyze(r *experiment.Results) (*analysis, error) {
	limits, err := limitsOf(r)
	if err != nil {
		return nil, err
	}
	a := &analysis{samples: r.Samples, limits: limits}
	byRank := func(a, b experiment.Level) int { return a.Rank - b.Rank }
	for _, l := range slices.SortedStableFunc(slices.Values(r.Plan.Levels), byRank) {
		var failed error
		switch l.Factor {
		case Backend:
			var b backend
			b, failed = backendAt(l)
			a.backends = append(a.backends, b)
		case World:
			w := &measured{}
			w.world, failed = worldAt(l)
			a.worlds = append(a.worlds, w)
		}
		err = errors.Join(err, failed)
	}
	if err != nil {
		return nil, fmt.Errorf("the plan's levels: %w", err)
	}
	for _, w := range a.worlds {
		a.measure(w)
	}
	a.worlds = slices.DeleteFunc(a.worlds, func(w *measured) bool { return len(w.rows) == 0 })
	return a, nil
}

// limitsOf reads the machine's constants, geometric means over blocks.
func limitsOf(r *experiment.Results) (limits, error) {
	m := limits{constants: constantsOf(r.Samples)}
	var info machine.Info
	if len(r.Machine) > 0 {
		if err := json.Unmarshal(r.Machine, &info); err != nil {
			return m, fmt.Errorf("read the caches of the machine: %w", err)
		}
	}
	for _, c := range info.Caches {
		m.lastCache = max(m.lastCache, c.SizeBytes)
	}
	return m, nil
}

func constantsOf(all experiment.Samples) map[string]stats.Estimate {
	constants, samples := map[string]stats.Estimate{}, all.Where(World, Constants)
	for _, s := range samples {
		for name := range s.Metrics {
			constants[name] = experiment.Center(samples, experiment.Metric(name))
		}
	}
	return constants
}

// per returns the function that divides a metric by another.
func per(over, under string) func(experiment.Sample) float64 {
	return func(s experiment.Sample) float64 { return s.Metric(over) / s.Metric(under) }
}

// ceiling returns a mean of what the worker of a back end can do at most.
func (a *analysis) ceiling(b backend, over, under string) stats.Estimate {
	return experiment.Center(a.samples.Where(World, Ceiling, Backend, b.Name), per(over, under))
}

// of returns the samples of a back end on a world.
func (a *analysis) of(w *measured, backend string) experiment.Samples {
	return a.samples.Where(World, w.Name, Backend, backend)
}

// measure fills a world from its samples.
func (a *analysis) measure(w *measured) {
	w.meet(a)
	for _, b := range a.backends {
		if samples := a.of(w, b.Name); len(samples) > 0 {
			w.rows = append(w.rows, a.row(b, w, samples))
		}
	}
}

// meet finds how many boids a boid looks at and sees. Every exact back end has found
// the same in a block; one that rounds otherwise is asked only where there is none.
func (w *measured) meet(a *analysis) {
	blocks := map[int]experiment.Sample{}
	for _, b := range a.backends {
		for _, s := range a.of(w, b.Name) {
			if _, known := blocks[s.Block]; !known || !b.Inexact {
				blocks[s.Block] = s
			}
		}
	}
	for _, block := range slices.Sorted(maps.Keys(blocks)) {
		s := blocks[block]
		w.ticks = append(w.ticks, s.Metric("tick"))
		w.candidates += s.Metric("candidates")
		w.neighbours += s.Metric("neighbours") / float64(w.Model.Boids)
	}
	n := float64(len(blocks))
	w.candidates, w.neighbours = w.candidates/n, w.neighbours/n
}

// price returns the function that picks what a phase takes a boid.
func (w *measured) price(p worker.Phase) func(experiment.Sample) float64 {
	return func(s experiment.Sample) float64 {
		return s.Metric(string(p)+"_ns") / s.Metric(string(p)+"_runs") / float64(w.Model.Boids)
	}
}

func (a *analysis) row(b backend, w *measured, mine experiment.Samples) row {
	sort, perceive, step := w.price(worker.Sort), w.price(worker.Perceive), w.price(worker.Step)
	minus := func(a, b func(experiment.Sample) float64) stats.Estimate {
		return stats.Mean(mine.Values(func(s experiment.Sample) float64 { return a(s) - b(s) }))
	}
	faster := func(than string) stats.Estimate {
		if b.Name == than {
			return stats.Nothing()
		}
		return experiment.Ratio(a.of(w, than), mine, step)
	}
	r := row{
		backend: b, step: experiment.Center(mine, step), sort: stats.Mean(mine.Values(sort)),
		force: minus(perceive, sort), integrate: minus(step, perceive),
		toScalar: faster(scalar), toSSE2: faster(sse2), ofLimit: stats.Nothing(), ofCeiling: stats.Nothing(),
	}
	if limit, ok := a.limits.of(b, w); ok {
		r.limit, r.ofLimit = limit, r.step.Times(1/limit.ns())
	}
	// The ceiling was found in space: in the plane a candidate takes fewer operations.
	if price := a.ceiling(b, "force_ns", "candidates"); price.N > 0 && w.Model.Dimensions == 3 {
		r.ofCeiling = r.force.Times(1 / (price.Value * w.candidates))
	}
	return r
}

// A slope says how the time of a step grows with the number of boids: as its
// power. 1 is linear: a boid costs the same in any world of the series.
type slope struct {
	series, backend string
	from, to        int            // boids
	exponent        stats.Estimate // N is the number of worlds
}

// slopes fits every back end over every series of at least three worlds. The blocks
// of a world are not points: they share its caches, and how far a world is off the
// line is what the interval is about.
func (a *analysis) slopes() (list []slope) {
	for _, name := range a.series() {
		for _, b := range a.backends {
			var boids, ns []float64
			for _, w := range a.worlds {
				if r := w.row(b.Name); w.Series == name && r.step.N > 0 {
					boids = append(boids, float64(w.Model.Boids))
					ns = append(ns, r.step.Value*float64(w.Model.Boids))
				}
			}
			if e := stats.Power(boids, ns); e.N > 0 {
				list = append(list, slope{name, b.Name, int(slices.Min(boids)), int(slices.Max(boids)), e})
			}
		}
	}
	return list
}

// series lists the names of the series in the order of the worlds.
func (a *analysis) series() (list []string) {
	for _, w := range a.worlds {
		if w.Series != "" && !slices.Contains(list, w.Series) {
			list = append(list, w.Series)
		}
	}
	return list
}

// row returns that of a back end, one without blocks if there is none.
func (w *measured) row(backend string) row {
	for _, r := range w.rows {
		if r.Name == backend {
			return r
		}
	}
	return row{step: stats.Nothing()}
}

// best returns the vector back end of one native thread with the least time, "" if
// there is none.
func (w *measured) best() string {
	best, least := "", math.Inf(1)
	for _, r := range w.rows {
		if r.Kind == Native && !r.Pooled && r.Name != autovec && r.step.Value < least {
			best, least = r.Name, r.step.Value
		}
	}
	return best
}
