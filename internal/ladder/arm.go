package ladder

import (
	"cmp"
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
	return []statistic{{"mean", "mean"}, {"p10", "p10"}, {"p50", "p50"}, {"p99", "p99"}, {"p999", "p99.9"}}
}

// shown are those that stand in a table of latencies.
func shown() []statistic { return append(taxed(), statistic{"p90", "p90"}, statistic{"max", "max"}) }

// An arm is what one arm costs in one world. Costs are a tick, over all roles;
// times are in nanoseconds.
type arm struct {
	name, transport string
	rank            int
	placement       copytax.Placement
	// foreign is set when its placement is not the baseline's: what lies between the two
	// is a runtime and a transport, and no tax of either.
	foreign bool
	display display  // of its viewer
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
	saving  stats.Estimate
	excess  excess           // over the baseline; N is 0 where differential.N is
	sources []stats.Estimate // parts of the differential tax, by part; empty where differential.N is 0
	tax     stats.Estimate   // their sum
}

// A tax is an estimate of 1 − floor ÷ cost. It is at most 1, and negative where
// the arm costs less than what it is compared with.
type tax struct {
	stats.Estimate
	wins  int     // blocks in which the arm cost less than the baseline
	floor float64 // of noise, as a share; NaN if it is not known
	// verdict says whether the arm differs from what it is compared with; empty where
	// nothing is compared, and where the run cannot say.
	verdict stats.Holding
	ratios  []float64 // floor ÷ cost that it is estimated from, one a block
}

// mark is how a table shows the verdict before the number.
func (t tax) mark() string {
	switch t.verdict {
	case stats.Equivalent:
		return "≈ "
	case stats.Unresolved:
		return "? "
	}
	return ""
}

// doubtful reports whether it is not known to differ.
func (t tax) doubtful() bool { return t.mark() != "" }

// summarize computes everything of an arm that needs no other arm.
func (a *arm) summarize(phases int) (err error) {
	a.cpu = a.perTick(processCPU)
	for p := range phases {
		a.phase = append(a.phase, a.perTick(func(t *trial) float64 { return t.phase[p] }).Floored(0))
	}
	a.latency, a.latencyTax = map[string]stats.Estimate{}, map[string]tax{}
	for _, s := range shown() {
		a.latency[s.key] = a.quantile(latencyMetric, s.key)
	}
	a.most = math.NaN()
	for _, t := range a.trials {
		if v := statisticOf(t.latency, "max"); !(v <= a.most) && !math.IsNaN(v) {
			a.most = v
		}
	}
	shares := perSession(a.values((*trial).computeShare), seeds(a.trials))
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
	return center(perSession(a.values(of), seeds(a.trials)))
}

func center(xs []float64) stats.Estimate {
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
	base := Baseline
	switch first, again := isAgain(a.name); {
	case a.name == Baseline:
		return nil
	case again && a.skips():
		return nil
	case again:
		base = first
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
	pairs, dropped := pair(trials[base], a.trials, a.name)
	for i := range dropped {
		if dropped[i].missing == Baseline {
			dropped[i].missing = base
		}
	}
	a.differential, a.excess = taxOf(pairs, processCPU), excessOf(pairs)
	a.sources, a.tax = sourcesOf(pairs)
	for _, s := range taxed() {
		a.latencyTax[s.key] = latencyTaxOf(pairs, s.key)
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

// pair matches the trials of two arms by the group and the moment. Where only one of
// them was run again later, the two are of different times, and no pair. Groups that
// the other arm has no trial in are not its own.
func pair(base, other []*trial, name string) (pairs [][2]*trial, lost []dropped) {
	type moment struct {
		group string
		at    experiment.Moment
	}
	type place struct {
		group string
		block int
	}
	groups := map[string]bool{}
	for _, t := range other {
		groups[t.group] = true
	}
	inBase, blocks := map[moment]*trial{}, map[place]*trial{}
	for _, t := range base {
		if groups[t.group] {
			inBase[moment{t.group, t.moment}], blocks[place{t.group, t.block}] = t, t
		}
	}
	for _, t := range other {
		here := place{t.group, t.block}
		b, ok := inBase[moment{t.group, t.moment}]
		if !ok {
			_, apart := blocks[here]
			lost = append(lost, dropped{block: t.block, arm: name, missing: Baseline, apart: apart})
		} else {
			pairs = append(pairs, [2]*trial{b, t})
		}
		delete(blocks, here)
	}
	alone := slices.SortedFunc(maps.Keys(blocks), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.block, b.block))
	})
	for _, one := range alone {
		lost = append(lost, dropped{block: one.block, arm: name, missing: name})
	}
	return pairs, lost
}

func taxOf(pairs [][2]*trial, cost func(*trial) float64) tax {
	ratios := make([]float64, len(pairs))
	for i, p := range pairs {
		ratios[i] = cost(p[0]) / cost(p[1])
	}
	return taxOfRatios(ratios, seedsOfPairs(pairs))
}

// taxOfRatios is the tax of costs of the baseline over those of an arm, one a block, of
// sessions with the given seeds.
func taxOfRatios(ratios []float64, seeds []uint64) (t tax) {
	t.ratios = perSession(ratios, seeds)
	for _, r := range ratios {
		if r > 1 {
			t.wins++
		}
	}
	t.Estimate = stats.OneMinus(t.ratios)
	return t
}

// label is an arm's name as a reader sees it.
func label(name string) string {
	if of, is := isAgain(name); is {
		return of + " (A/A)"
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

// shares returns the phases in percent of their sum.
func (a *arm) shares() []float64 {
	shares, sum := make([]float64, len(a.phase)), 0.0
	for p, e := range a.phase {
		shares[p] = e.Value
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
