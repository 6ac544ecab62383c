package gauge

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence is the coverage of every interval of this package. Each interval
// has it for itself.
const Confidence = 0.95

// An Estimate is a positive value over blocks with its interval. Value is NaN
// when there was nothing to estimate it from; Low and High are NaN when there
// were fewer than two blocks.
type Estimate struct {
	Value, Low, High float64
	Blocks           int
}

// HasInterval reports whether the estimate has an interval.
func (e Estimate) HasInterval() bool { return !math.IsNaN(e.Low) && !math.IsNaN(e.High) }

// Below says whether the value is below a limit: "yes" when the whole interval
// is, "no" when none of it is, and else "unresolved".
func (e Estimate) Below(limit float64) string {
	switch {
	case !e.HasInterval():
		return "unresolved"
	case e.High <= limit:
		return "yes"
	case e.Low > limit:
		return "no"
	}
	return "unresolved"
}

// String returns the value and its interval with three significant digits.
func (e Estimate) String() string {
	switch {
	case math.IsNaN(e.Value):
		return "–"
	case !e.HasInterval():
		return fmt.Sprintf("%.3g", e.Value)
	}
	return fmt.Sprintf("%.3g [%.3g, %.3g]", e.Value, e.Low, e.High)
}

// P50NS returns the median latency of a sample in ns, NaN if it has none.
func P50NS(s Sample) float64 {
	if s.Latency == nil {
		return math.NaN()
	}
	return float64(s.Latency.P50NS)
}

// Geomean estimates what f gives for a sample of a further block: the geometric
// mean of the samples' values, which must be of one cell, with an interval by
// Student's t on the logarithms. What disturbs a shared machine scales a time,
// so that its logarithm is nearly symmetric. Values that are not above zero,
// and NaN, are left out.
func Geomean(samples []Sample, f func(Sample) float64) Estimate {
	var logs []float64
	for _, s := range samples {
		logs = append(logs, math.Log(f(s)))
	}
	return fromLogs(logs)
}

// Ratio estimates the ratio of f over two cells, paired by block, as Geomean
// does. Blocks of which one half is missing are left out.
func Ratio(numerators, denominators []Sample, f func(Sample) float64) Estimate {
	below := map[int]float64{}
	for _, s := range denominators {
		below[s.Block] = math.Log(f(s))
	}
	var logs []float64
	for _, s := range numerators {
		if d, ok := below[s.Block]; ok {
			logs = append(logs, math.Log(f(s))-d)
		}
	}
	return fromLogs(logs)
}

func fromLogs(logs []float64) Estimate {
	var kept []float64
	for _, x := range logs {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			kept = append(kept, x)
		}
	}
	e := Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN(), Blocks: len(kept)}
	if len(kept) == 0 {
		return e
	}
	mean, deviation := stat.MeanStdDev(kept, nil)
	e.Value = math.Exp(mean)
	if n := float64(len(kept)); n > 1 {
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1 + Confidence) / 2)
		half := t * stat.StdErr(deviation, n)
		e.Low, e.High = math.Exp(mean-half), math.Exp(mean+half)
	}
	return e
}

// Select returns the samples of an arm whose parameters have the given values,
// as "load", "idle", "bytes", "64".
func Select(samples []Sample, arm string, params ...string) []Sample {
	var chosen []Sample
	for _, s := range samples {
		if s.Arm == arm && s.matches(params) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

func (s Sample) matches(params []string) bool {
	for i := 0; i+1 < len(params); i += 2 {
		if s.Params[params[i]] != params[i+1] {
			return false
		}
	}
	return true
}

// FormatNS formats a duration in ns with three significant digits and a unit:
// 87 ns, 4.71 µs, 1.02 ms, 2.5 s. NaN is a dash.
func FormatNS(ns float64) string {
	if math.IsNaN(ns) {
		return "–"
	}
	for _, unit := range []struct {
		ns   float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if math.Abs(ns) >= 0.9995*unit.ns {
			return significant(ns/unit.ns) + " " + unit.name
		}
	}
	return significant(ns) + " ns"
}

// FormatBytes formats a size in bytes: 64 B, 16 KiB, 4 MiB.
func FormatBytes(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

func significant(v float64) string {
	places := 0
	if a := math.Abs(v); a > 0 && a < 99.95 {
		places = min(max(0, 2-int(math.Floor(math.Log10(a)))), 2)
	}
	return fmt.Sprintf("%.*f", places, v)
}
