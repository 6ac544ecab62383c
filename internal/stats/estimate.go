package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence is the coverage of every interval of this package. Each interval
// has it for itself; a table of 30 of them may well hold one that misses.
const Confidence = 0.95

// An Estimate is a value over blocks with its interval. Value is NaN when
// there was nothing to estimate it from, Low and High are NaN when there were
// fewer than two blocks: one block says nothing about the next.
type Estimate struct {
	Value, Low, High float64
	N                int // blocks that it rests on
}

// HasInterval reports whether the estimate has an interval.
func (e Estimate) HasInterval() bool { return !math.IsNaN(e.Low) && !math.IsNaN(e.High) }

// Half returns half the width of the interval, NaN if there is none.
func (e Estimate) Half() float64 { return (e.High - e.Low) / 2 }

// Holds reports whether x lies in the interval, false if there is none.
func (e Estimate) Holds(x float64) bool { return e.Low <= x && x <= e.High }

func nothing() Estimate {
	return Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
}

// Mean estimates the mean of xs, one value a block, by Student's t. Values
// that are NaN are left out.
func Mean(xs []float64) Estimate {
	xs = finite(xs)
	if len(xs) == 0 {
		return nothing()
	}
	mean, half := studentT(xs)
	return Estimate{Value: mean, Low: mean - half, High: mean + half, N: len(xs)}
}

// OneMinus estimates 1 − ratio from one positive ratio a block: it takes the
// logarithms, puts Student's t around their mean, and maps mean and bounds back.
//
// What disturbs a cost on a shared machine (clock frequency, neighbours, the
// state of caches) scales it, so that a ratio of two costs is skewed and its
// logarithm nearly symmetric; swapping numerator and denominator then gives the
// mirrored answer, which a mean of ratios does not. Blocks are few, so the
// deviation is estimated and t, not the normal distribution, is due. Blocks are
// the unit because ticks of one trial share a process, its memory and its
// moment: treating them as independent would make intervals absurdly narrow.
//
// Note: a bootstrap over blocks was rejected. Below some 20 blocks its
// percentile interval covers visibly less than it says.
func OneMinus(ratios []float64) Estimate {
	logs := make([]float64, 0, len(ratios))
	for _, r := range ratios {
		logs = append(logs, math.Log(r))
	}
	logs = finite(logs)
	if len(logs) == 0 {
		return nothing()
	}
	mean, half := studentT(logs)
	return Estimate{
		Value: -math.Expm1(mean),
		Low:   -math.Expm1(mean + half),
		High:  -math.Expm1(mean - half),
		N:     len(logs),
	}
}

// studentT returns the mean of xs and half the width of its interval, NaN for
// a single value.
func studentT(xs []float64) (mean, half float64) {
	if len(xs) == 1 {
		return xs[0], math.NaN()
	}
	mean, deviation := stat.MeanStdDev(xs, nil)
	n := float64(len(xs))
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1 + Confidence) / 2)
	return mean, t * stat.StdErr(deviation, n)
}

// finite returns xs without NaN and infinities, in a new slice.
func finite(xs []float64) []float64 {
	kept := make([]float64, 0, len(xs))
	for _, x := range xs {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			kept = append(kept, x)
		}
	}
	return kept
}
