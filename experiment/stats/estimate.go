// Package stats estimates what a further block of a run would give, with an
// interval over the blocks that there are.
//
// It knows no experiment and formats nothing: a value a block goes in, an
// [Estimate] comes out. Blocks are the unit because what is measured in one
// trial shares a process, its memory and its moment: to treat ticks as
// independent would make intervals absurdly narrow. Start at [Mean] for a
// quantity, at [Geomean] for a positive one, at [OneMinus] for a tax.
package stats

import (
	"math"
	"slices"

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
func (e Estimate) HasInterval() bool { return !math.IsNaN(e.Low) && !math.IsNaN(e.High) && e.N > 1 }

// Half returns half the width of the interval, NaN if there is none.
func (e Estimate) Half() float64 { return (e.High - e.Low) / 2 }

// Holds reports whether x lies in the interval, false if there is none.
func (e Estimate) Holds(x float64) bool { return e.Low <= x && x <= e.High }

// Times returns the estimate of the quantity times a positive constant.
func (e Estimate) Times(by float64) Estimate {
	return e.through(func(v float64) float64 { return v * by })
}

// through maps the value and both ends by a function that rises.
func (e Estimate) through(rising func(float64) float64) Estimate {
	return Estimate{Value: rising(e.Value), Low: rising(e.Low), High: rising(e.High), N: e.N}
}

// Nothing is the estimate of what was not measured.
func Nothing() Estimate { return Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()} }

// Point returns a value that has no interval, such as a count over a whole run.
func Point(v float64) Estimate { return Estimate{Value: v, Low: math.NaN(), High: math.NaN(), N: 1} }

// Mean estimates the mean of xs, one value a block, by Student's t. Values
// that are NaN or infinite are left out.
func Mean(xs []float64) Estimate {
	xs = slices.DeleteFunc(slices.Clone(xs), func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
	switch len(xs) {
	case 0:
		return Nothing()
	case 1:
		return Point(xs[0])
	}
	mean, deviation := stat.MeanStdDev(xs, nil)
	n := float64(len(xs))
	half := quantileT(n-1) * stat.StdErr(deviation, n)
	return Estimate{Value: mean, Low: mean - half, High: mean + half, N: len(xs)}
}

// Geomean estimates the geometric mean of positive values, one a block:
// Student's t around the mean of their logarithms, mapped back. Values that are
// not above zero are left out.
//
// What disturbs a cost on a shared machine (clock frequency, neighbours, the
// state of caches) scales it, so that its logarithm is nearly symmetric.
func Geomean(xs []float64) Estimate { return Mean(logs(xs)).through(math.Exp) }

// OneMinus estimates 1 − ratio from one positive ratio a block, as Geomean does
// the ratio: swapping numerator and denominator then gives the mirrored answer,
// which a mean of ratios does not. Blocks are few, so the deviation is estimated
// and t, not the normal distribution, is due.
//
// Note: a bootstrap over blocks was rejected. Below some 20 blocks its
// percentile interval covers visibly less than it says.
func OneMinus(ratios []float64) Estimate {
	e := Mean(logs(ratios))
	// Note: expm1 keeps the digits of a small tax, which 1 − exp would lose.
	return Estimate{Value: -math.Expm1(e.Value), Low: -math.Expm1(e.High), High: -math.Expm1(e.Low), N: e.N}
}

func logs(xs []float64) []float64 {
	ys := make([]float64, len(xs))
	for i, x := range xs {
		ys[i] = math.Log(x)
	}
	return ys
}

// quantileT returns how many standard errors an interval reaches to each side.
func quantileT(freedom float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile((1 + Confidence) / 2)
}
