package stats

import (
	"maps"
	"math"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

// A Statistic is one figure of a trial's latency distribution.
type Statistic int

// The statistics that a latency tax is computed of.
const (
	LatencyMean Statistic = iota
	LatencyP50
	LatencyP99
	LatencyP999
	NumStatistics
)

// String returns the statistic's name as a table shows it.
func (s Statistic) String() string {
	return [NumStatistics]string{"mean", "p50", "p99", "p99.9"}[s]
}

func (s Statistic) of(l *store.Latency) float64 {
	if l == nil {
		return math.NaN()
	}
	return [NumStatistics]float64{l.MeanNS, float64(l.P50NS), float64(l.P99NS), float64(l.P999NS)}[s]
}

// An Arm is what one arm costs with one config. Costs are a tick, over all
// roles; times are in nanoseconds.
type Arm struct {
	store.Arm
	Trials int // successful ones

	CPU            Estimate
	Phase          [copytax.NumPhases]Estimate
	Wall           Estimate
	TicksPerSecond Estimate
	WireBytes      Estimate
	CopiedBytes    Estimate
	Syscalls       Estimate
	AllocObjects   Estimate
	AllocBytes     Estimate
	Switches       Estimate

	Latency    [NumStatistics]Estimate
	LatencyP90 Estimate
	LatencyMax float64 // largest of all trials, ns; NaN without any
	// Histogram is that of all trials together: upper edge in ns and count.
	Histogram [][2]int64

	Additive     Tax
	Differential Tax                // N is 0 for Baseline itself, and for native arms
	LatencyTax   [NumStatistics]Tax // as Differential
	// EngineSaving is 1 − CPU ÷ CPU of the arm with the same transport and the
	// engine in WebAssembly, paired by block: what the engine saves. N is 0 for
	// other than native arms, and where that arm is not in the run.
	EngineSaving Estimate

	ClosureError float64 // largest of all trials
	MeterShare   float64 // largest of all trials
}

// A Tax is an estimate of 1 − floor ÷ cost. It is at most 1, and negative
// where the arm costs less than what it is compared with.
type Tax struct {
	Estimate
	Wins int // blocks in which the arm cost less than Baseline
	// Indistinct is set when the interval lies within the noise floor or
	// holds zero: the arm cannot be told from Baseline by this run. It is
	// never set for an additive tax, which compares nothing.
	Indistinct bool
}

// summarize computes everything of an arm that needs no other arm.
func summarize(arm store.Arm, trials []Trial) Arm {
	a := Arm{Arm: arm, Trials: len(trials), LatencyMax: math.NaN()}
	a.CPU = perTick(trials, func(t Trial) float64 { return t.CPU })
	for p := range a.Phase {
		a.Phase[p] = perTick(trials, func(t Trial) float64 { return t.Phase[p] })
	}
	a.Wall = perTick(trials, func(t Trial) float64 { return t.Wall })
	a.TicksPerSecond = over(trials, func(t Trial) float64 { return float64(t.Config.Ticks) / t.Wall * 1e9 })
	a.WireBytes = perTick(trials, func(t Trial) float64 { return t.Counts.WireBytes })
	a.CopiedBytes = perTick(trials, func(t Trial) float64 { return t.Counts.CopiedBytes })
	a.Syscalls = perTick(trials, func(t Trial) float64 { return t.Counts.Syscalls })
	a.AllocObjects = perTick(trials, func(t Trial) float64 { return t.Counts.AllocObjects })
	a.AllocBytes = perTick(trials, func(t Trial) float64 { return t.Counts.AllocBytes })
	a.Switches = perTick(trials, func(t Trial) float64 { return t.Counts.Switches })
	a.Additive = Tax{Estimate: OneMinus(valuesOf(trials, Trial.ComputeShare))}
	a.ClosureError = largest(valuesOf(trials, Trial.ClosureError))
	a.MeterShare = largest(valuesOf(trials, Trial.MeterShare))
	a.summarizeLatency(trials)
	return a
}

func (a *Arm) summarizeLatency(trials []Trial) {
	merged := map[int64]int64{}
	for s := range NumStatistics {
		a.Latency[s] = over(trials, func(t Trial) float64 { return s.of(t.Latency) })
	}
	var p90, most []float64
	for _, t := range trials {
		if t.Latency == nil {
			continue
		}
		p90 = append(p90, float64(t.Latency.P90NS))
		most = append(most, float64(t.Latency.MaxNS))
		for _, bucket := range t.Latency.Histogram {
			merged[bucket[0]] += bucket[1]
		}
	}
	a.LatencyP90 = Mean(p90)
	a.LatencyMax = largest(most)
	for _, edge := range slices.Sorted(maps.Keys(merged)) {
		a.Histogram = append(a.Histogram, [2]int64{edge, merged[edge]})
	}
}

// IsNative reports whether the arm's engine is native. Baseline's is not: what
// lies between the two is an engine and a transport, and no tax of either.
func (a Arm) IsNative() bool { return a.Engine == store.Native }

// compare fills what needs another arm and returns the pairs that have one half
// only.
func compare(a *Arm, group map[string][]Trial) []Dropped {
	a.Differential.Estimate, a.EngineSaving = nothing(), nothing()
	for s := range a.LatencyTax {
		a.LatencyTax[s].Estimate = nothing()
	}
	switch {
	case a.Name == Baseline:
		return nil
	case a.IsNative():
		a.EngineSaving = engineSaving(group[a.Transport], group[a.Name])
		return nil
	}
	pairs, dropped := pair(group[Baseline], group[a.Name], a.Name)
	a.Differential = taxOf(pairs, func(t Trial) float64 { return t.CPU })
	for s := range a.LatencyTax {
		a.LatencyTax[s] = taxOf(pairs, func(t Trial) float64 { return Statistic(s).of(t.Latency) })
	}
	return dropped
}

// engineSaving compares an arm with the one of the other engine. A pair with one
// half only is missing from its N; the failure that made it is reported.
func engineSaving(wasm, native []Trial) Estimate {
	pairs, _ := pair(wasm, native, "")
	ratios := make([]float64, len(pairs))
	for i, p := range pairs {
		ratios[i] = p[1].CPU / p[0].CPU
	}
	return OneMinus(ratios)
}

// pair matches the trials of two arms by block.
func pair(base, arm []Trial, name string) (pairs [][2]Trial, dropped []Dropped) {
	inBase := map[int]Trial{}
	for _, t := range base {
		inBase[t.Block] = t
	}
	for _, t := range arm {
		b, ok := inBase[t.Block]
		if !ok {
			dropped = append(dropped, Dropped{Block: t.Block, Arm: name, Config: t.Config, Missing: Baseline})
			continue
		}
		pairs = append(pairs, [2]Trial{b, t})
		delete(inBase, t.Block)
	}
	for _, block := range slices.Sorted(maps.Keys(inBase)) {
		dropped = append(dropped, Dropped{Block: block, Arm: name, Config: inBase[block].Config, Missing: name})
	}
	return pairs, dropped
}

func taxOf(pairs [][2]Trial, cost func(Trial) float64) Tax {
	var tax Tax
	ratios := make([]float64, len(pairs))
	for i, p := range pairs {
		ratios[i] = cost(p[0]) / cost(p[1])
		if ratios[i] > 1 {
			tax.Wins++
		}
	}
	tax.Estimate = OneMinus(ratios)
	return tax
}

// flag marks the taxes that cannot be told from noise.
func (a *Arm) flag(f Floor) {
	a.Differential.Indistinct = indistinct(a.Differential.Estimate, f.CPU)
	for s := range a.LatencyTax {
		a.LatencyTax[s].Indistinct = indistinct(a.LatencyTax[s].Estimate, f.Latency[s])
	}
}

func indistinct(e Estimate, floor float64) bool {
	return e.Holds(0) || -floor <= e.Low && e.High <= floor
}

func perTick(trials []Trial, of func(Trial) float64) Estimate {
	return over(trials, func(t Trial) float64 { return of(t) / float64(t.Config.Ticks) })
}

func over(trials []Trial, of func(Trial) float64) Estimate { return Mean(valuesOf(trials, of)) }

func valuesOf(trials []Trial, of func(Trial) float64) []float64 {
	xs := make([]float64, len(trials))
	for i, t := range trials {
		xs[i] = of(t)
	}
	return xs
}

// largest is NaN for no value.
func largest(xs []float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	return slices.Max(xs)
}
