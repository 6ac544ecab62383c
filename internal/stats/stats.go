// Package stats turns the samples of a run into the numbers of a report: the
// three taxes and the costs a tick, each with an interval over blocks.
//
// It decides nothing about how they look and drops nothing in silence: failed
// trials and pairs with a missing half are part of the [Analysis]. Start at
// [Analyze].
package stats

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

const (
	// Baseline is the arm that the differential and the latency tax compare with.
	Baseline = "direct"
	// AA is the second half of the A/A pair: the same transport as Baseline,
	// so that whatever lies between the two is noise.
	AA = Baseline + "#aa"
)

// An Analysis is everything that a report shows.
type Analysis struct {
	Complete int       // blocks of which every trial is recorded
	Begun    int       // blocks of which any trial is recorded
	Cases    []Case    // by number of boids, then neighbours, then mode
	Trials   []Trial   // those that succeeded, in the order of running
	Failures []Failure // those that did not
	Dropped  []Dropped
}

// A Case is all arms with one config.
type Case struct {
	Config copytax.Config
	Arms   []Arm // in the order of the plan; those without a successful trial included
	Floor  Floor
}

// A Floor is what the A/A pair differs by although it is the same: the
// largest absolute bound of its interval, for each tax that compares two arms.
// It is NaN without an A/A pair of at least two blocks.
type Floor struct {
	CPU     float64
	Latency [NumStatistics]float64
}

// A Dropped pair has one half only: the other trial failed or was not run.
type Dropped struct {
	Block   int
	Arm     string
	Config  copytax.Config
	Missing string // the arm that gave no number
}

// Analyze computes the numbers of a run. It uses every trial that succeeded,
// those of a block that was cut short included. It fails when there is no
// complete block, or when no trial succeeded.
func Analyze(r *store.Results) (*Analysis, error) {
	trials, failures := fold(r.Samples)
	a := &Analysis{Trials: trials, Failures: failures}
	a.countBlocks(r)
	switch {
	case len(r.Samples) == 0:
		return nil, errors.New("no trial is recorded")
	case a.Complete == 0:
		return nil, fmt.Errorf("no complete block: the first needs %d trials, %d trials are recorded in all",
			perBlock(r.Manifest.Plan), len(trials)+len(failures))
	case len(trials) == 0:
		return nil, fmt.Errorf("all %d trials failed, the first because: %s", len(failures), failures[0].Reason)
	}
	for _, config := range configs(r) {
		a.addCase(config, arms(r))
	}
	return a, nil
}

func perBlock(p store.Plan) int { return len(p.Arms) * len(p.Configs) }

// countBlocks takes the word of a complete run that its blocks are complete.
func (a *Analysis) countBlocks(r *store.Results) {
	recorded := map[int]int{}
	for _, t := range a.Trials {
		recorded[t.Block]++
	}
	for _, f := range a.Failures {
		recorded[f.Block]++
	}
	a.Begun = len(recorded)
	for _, n := range recorded {
		if r.Manifest.State == store.Complete || n >= perBlock(r.Manifest.Plan) {
			a.Complete++
		}
	}
}

// configs returns the configs that occur in the samples, in order.
func configs(r *store.Results) []copytax.Config {
	seen := map[copytax.Config]bool{}
	var all []copytax.Config
	for _, s := range r.Samples {
		if !seen[s.Config] {
			seen[s.Config] = true
			all = append(all, s.Config)
		}
	}
	slices.SortStableFunc(all, func(a, b copytax.Config) int {
		return cmp.Or(cmp.Compare(a.Boids, b.Boids), cmp.Compare(a.Neighbours, b.Neighbours), cmp.Compare(a.Mode, b.Mode))
	})
	return all
}

// arms returns the plan's arms by rung, and behind them those that only the
// samples know.
func arms(r *store.Results) []store.Arm {
	all := slices.Clone(r.Manifest.Plan.Arms)
	slices.SortStableFunc(all, func(a, b store.Arm) int { return cmp.Compare(a.Rung, b.Rung) })
	for _, s := range r.Samples {
		known := slices.ContainsFunc(all, func(a store.Arm) bool { return a.Name == s.Arm })
		if !known {
			all = append(all, store.Arm{Name: s.Arm, Transport: s.Transport})
		}
	}
	return all
}

func (a *Analysis) addCase(config copytax.Config, arms []store.Arm) {
	group := a.trialsOf(config)
	c := Case{Config: config}
	for _, arm := range arms {
		c.Arms = append(c.Arms, summarize(arm, group[arm.Name]))
		a.Dropped = append(a.Dropped, compare(&c.Arms[len(c.Arms)-1], group)...)
	}
	c.Floor = floorOf(c.Arms)
	for i := range c.Arms {
		c.Arms[i].flag(c.Floor)
	}
	a.Cases = append(a.Cases, c)
}

// trialsOf returns the trials of one config by arm.
func (a *Analysis) trialsOf(config copytax.Config) map[string][]Trial {
	group := map[string][]Trial{}
	for _, t := range a.Trials {
		if t.Config == config {
			group[t.Arm] = append(group[t.Arm], t)
		}
	}
	return group
}

func floorOf(arms []Arm) Floor {
	f := Floor{CPU: math.NaN()}
	for s := range f.Latency {
		f.Latency[s] = math.NaN()
	}
	for _, arm := range arms {
		if arm.Name != AA {
			continue
		}
		f.CPU = largestBound(arm.Differential.Estimate)
		for s, tax := range arm.LatencyTax {
			f.Latency[s] = largestBound(tax.Estimate)
		}
	}
	return f
}

// largestBound is NaN for an estimate without an interval.
func largestBound(e Estimate) float64 { return math.Max(math.Abs(e.Low), math.Abs(e.High)) }
