package ladder

import (
	"maps"
	"math"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/control"
)

// A statistic is one number of a trial's latencies.
type statistic struct{ key, name string } // in a histogram, and as a table shows it

// taxed are the statistics that a latency tax is computed of.
func taxed() []statistic {
	return []statistic{{"mean", "mean"}, {"p50", "p50"}, {"p99", "p99"}, {"p999", "p99.9"}}
}

// shown are those that stand in a table of latencies.
func shown() []statistic { return append(taxed(), statistic{"p90", "p90"}) }

// An arm is what one arm costs in one world. Costs are a tick, over all roles;
// times are in nanoseconds.
type arm struct {
	name, transport string
	rank            int
	placement       copytax.Placement
	// foreign is set when its placement is not the baseline's: what lies between the two
	// is a runtime and a transport, and no tax of either.
	foreign bool
	draws   bool     // its viewer does
	trials  []*trial // successful ones

	cpu     stats.Estimate
	phase   []stats.Estimate          // by the phases of the analysis
	latency map[string]stats.Estimate // by key
	most    float64                   // largest latency of all trials; NaN without any
	buckets [][2]float64              // latencies of all trials: upper edge in µs and number of ticks, where there are any

	additive, differential tax // differential.N is 0 for the baseline itself, and for foreign arms
	latencyTax             map[string]tax
	// saving is 1 − CPU ÷ CPU of the arm with the same transport and the engine in
	// WebAssembly, paired by block: what the engine saves. N is 0 for arms of which more
	// than a native engine is foreign, and where that arm is not in the run.
	saving stats.Estimate
	excess excess // over the baseline; N is 0 where differential.N is
}

// A tax is an estimate of 1 − floor ÷ cost. It is at most 1, and negative where
// the arm costs less than what it is compared with.
type tax struct {
	stats.Estimate
	wins  int     // blocks in which the arm cost less than the baseline
	floor float64 // of noise, as a share; NaN if it is not known
	// indistinct is set when the arm cannot be told from the baseline: the interval
	// lies within the noise floor or holds zero.
	indistinct bool
	ratios     []float64 // floor ÷ cost that it is estimated from, one a block
}

// verdict is what a table for programs shows of indistinct: nothing where the
// run cannot say.
func (t tax) verdict() any {
	if !t.HasInterval() || !t.indistinct && math.IsNaN(t.floor) {
		return nil
	}
	return t.indistinct
}

// judge compares a tax with the floor of noise.
func (t tax) judge(floor float64) tax {
	t.floor, t.indistinct = floor, t.Holds(0) || -floor <= t.Low && t.High <= floor
	return t
}

// summarize computes everything of an arm that needs no other arm.
func (a *arm) summarize(phases int) (err error) {
	a.cpu = a.perTick(processCPU)
	for p := range phases {
		a.phase = append(a.phase, a.perTick(func(t *trial) float64 { return t.phase[p] }))
	}
	a.latency, a.latencyTax = map[string]stats.Estimate{}, map[string]tax{}
	for _, s := range shown() {
		a.latency[s.key] = a.over(func(t *trial) float64 { return t.statistic(s.key) })
	}
	a.most = math.NaN()
	for _, t := range a.trials {
		if v := t.statistic("max"); !(v <= a.most) && !math.IsNaN(v) {
			a.most = v
		}
	}
	shares := a.values((*trial).computeShare)
	a.additive = tax{Estimate: stats.OneMinus(shares), floor: math.NaN(), ratios: shares}
	a.differential.Estimate, a.saving, a.excess.Estimate = stats.Nothing(), stats.Nothing(), stats.Nothing()
	for _, s := range taxed() {
		a.latencyTax[s.key] = tax{Estimate: stats.Nothing()}
	}
	a.buckets, err = bucketsOf(a.trials)
	return err
}

// bucketsOf merges the latencies of trials.
func bucketsOf(trials []*trial) (all [][2]float64, err error) {
	var samples experiment.Samples
	for _, t := range trials {
		samples = append(samples, t.roles...)
	}
	merged, err := experiment.Merge(samples, latencyMetric)
	if err != nil || merged == nil {
		return nil, err
	}
	h, err := merged.Decode()
	if err != nil {
		return nil, err
	}
	for _, bar := range h.Distribution() {
		if bar.Count > 0 {
			all = append(all, [2]float64{float64(bar.To) * perMicro, float64(bar.Count)})
		}
	}
	return all, nil
}

func (a *arm) values(of func(*trial) float64) []float64 {
	xs := make([]float64, len(a.trials))
	for i, t := range a.trials {
		xs[i] = of(t)
	}
	return xs
}

// over estimates what a trial gives: a cost by way of its logarithm, and what can be
// nothing or less, as a phase is or a count, as it is.
func (a *arm) over(of func(*trial) float64) stats.Estimate {
	xs := a.values(of)
	if slices.ContainsFunc(xs, func(x float64) bool { return x <= 0 }) {
		return stats.Center(xs)
	}
	return stats.GeoCenter(xs)
}

func (a *arm) perTick(of func(*trial) float64) stats.Estimate {
	return a.over(func(t *trial) float64 { return of(t) / float64(t.config.Ticks) })
}

// largest returns the largest value over all trials of all arms.
func largest(arms []*arm, of func(*trial) float64) (most float64) {
	for _, a := range arms {
		most = max(most, slices.Max(a.values(of)))
	}
	return most
}

// compare fills what needs another arm and returns the pairs that have one half
// only.
func (a *arm) compare(trials map[string][]*trial) []dropped {
	switch {
	case a.name == Baseline:
		return nil
	case a.foreign && !a.hasNativeEngine():
		return nil
	case a.foreign:
		// A pair with one half only is missing from its N; the failure that made it is
		// reported.
		pairs, _ := pair(a.trials, trials[a.transport], "")
		a.saving = taxOf(pairs, processCPU).Estimate
		return nil
	case a.skips():
		return nil // its viewer has used fewer frames than the baseline's, and other ones
	}
	pairs, dropped := pair(trials[Baseline], a.trials, a.name)
	a.differential, a.excess = taxOf(pairs, processCPU), excessOf(pairs)
	for _, s := range taxed() {
		a.latencyTax[s.key] = taxOf(pairs, func(t *trial) float64 { return t.statistic(s.key) })
	}
	return dropped
}

// hasNativeEngine reports whether it is in Go but for a native engine.
func (a *arm) hasNativeEngine() bool { return a.placement == engineIn(copytax.Native) }

// skips reports whether the viewer of any trial has skipped frames.
func (a *arm) skips() bool {
	return slices.ContainsFunc(a.trials, func(t *trial) bool { return t.roles.Sum(control.Skipped) > 0 })
}

func processCPU(t *trial) float64 { return t.cpu }

// A dropped pair has one half only: the other trial failed or was not run.
type dropped struct {
	block        int
	arm, missing string // missing is the arm that gave no number
	world        *world // set by fill
	apart        bool   // both gave one, of which one was run again later
}

// pair matches the trials of two arms by the moment. Where only one of them was run
// again later, the two are of different times, and no pair.
func pair(base, other []*trial, name string) (pairs [][2]*trial, lost []dropped) {
	inBase, blocks := map[experiment.Moment]*trial{}, map[int]*trial{}
	for _, t := range base {
		inBase[t.moment], blocks[t.block] = t, t
	}
	for _, t := range other {
		b, ok := inBase[t.moment]
		if !ok {
			_, apart := blocks[t.block]
			lost = append(lost, dropped{block: t.block, arm: name, missing: Baseline, apart: apart})
		} else {
			pairs = append(pairs, [2]*trial{b, t})
		}
		delete(blocks, t.block)
	}
	for _, block := range slices.Sorted(maps.Keys(blocks)) {
		lost = append(lost, dropped{block: block, arm: name, missing: name})
	}
	return pairs, lost
}

func taxOf(pairs [][2]*trial, cost func(*trial) float64) (t tax) {
	t.ratios = make([]float64, len(pairs))
	for i, p := range pairs {
		t.ratios[i] = cost(p[0]) / cost(p[1])
		if t.ratios[i] > 1 {
			t.wins++
		}
	}
	t.Estimate = stats.OneMinus(t.ratios)
	return t
}

// label is an arm's name as a reader sees it.
func label(name string) string {
	if name == AA {
		return Baseline + " (A/A)"
	}
	return name
}

// text is a tax with its interval, or why there is none.
func (a *arm) text(t tax) string {
	if t.N == 0 && a.name == Baseline {
		return "reference"
	}
	return report.Percent(t.Estimate)
}

// shares returns the phases in percent of their sum. A scaled-up sample can put a
// phase slightly below zero; it counts as nothing.
func (a *arm) shares() []float64 {
	shares, sum := make([]float64, len(a.phase)), 0.0
	for p, e := range a.phase {
		shares[p] = max(0, e.Value)
		sum += shares[p]
	}
	if sum == 0 {
		return shares
	}
	for p := range shares {
		shares[p] *= 100 / sum
	}
	return shares
}
