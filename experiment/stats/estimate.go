// Package stats estimates what a further block of a run would give, with an
// interval over the blocks that there are.
//
// It knows no experiment and formats nothing: a value a block goes in, an
// [Estimate] comes out. Blocks are the unit because what is measured in one
// trial shares a process, its memory and its moment: to treat ticks as
// independent would make intervals absurdly narrow. Start at [Center] for a
// quantity, at [GeoCenter] for a positive one, at [OneMinus] for a tax.
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
	// Student is the mean of the same values with Student's t, for those who compare
	// with other papers. It is the zero value where the estimate is no centre.
	Student Interval
	from    *sample // nil without an interval, and where somebody filled the fields
}

// An Interval is a value between two others.
type Interval struct{ Value, Low, High float64 }

// HasInterval reports whether the estimate has an interval.
func (e Estimate) HasInterval() bool { return !math.IsNaN(e.Low) && !math.IsNaN(e.High) && e.N > 1 }

// Half returns half the width of the interval, NaN if there is none.
func (e Estimate) Half() float64 { return (e.High - e.Low) / 2 }

// Holds reports whether x lies in the interval, false if there is none.
func (e Estimate) Holds(x float64) bool { return e.Low <= x && x <= e.High }

// Times returns the estimate of the quantity times a positive constant.
func (e Estimate) Times(by float64) Estimate {
	return e.through(func(v float64) float64 { return v * by }, func(v float64) float64 { return v / by })
}

// Floored returns the estimate of a quantity that cannot be below least, which an interval
// by Student's t does not know.
func (e Estimate) Floored(least float64) Estimate {
	same := func(v float64) float64 { return v }
	return e.through(func(v float64) float64 { return math.Max(v, least) }, same) // NaN stays
}

// Log returns the estimate of the logarithm of a positive quantity.
func (e Estimate) Log() Estimate { return e.through(logOf, math.Exp) }

// through maps the value and both ends by a function that rises; back undoes it.
func (e Estimate) through(rising, back func(float64) float64) Estimate {
	t := e.Student
	return Estimate{
		Value: rising(e.Value), Low: rising(e.Low), High: rising(e.High), N: e.N,
		Student: Interval{rising(t.Value), rising(t.Low), rising(t.High)},
		from:    e.from.then(back, false),
	}
}

// Nothing is the estimate of what was not measured.
func Nothing() Estimate { return without(math.NaN(), 0) }

// Point returns a value that has no interval, such as a count over a whole run.
func Point(v float64) Estimate { return without(v, 1) }

// without returns an estimate of n values that has no interval.
func without(v float64, n int) Estimate {
	none := math.NaN()
	return Estimate{Value: v, Low: none, High: none, N: n, Student: Interval{v, none, none}}
}

// Mean estimates the mean of xs, one value a block, by Student's t. Values
// that are NaN or infinite are left out. It is for what adds up, such as the parts of
// a sum; a few values that lie far off move it much: see [Center].
func Mean(xs []float64) Estimate {
	xs = finite(xs)
	switch len(xs) {
	case 0:
		return Nothing()
	case 1:
		return Point(xs[0])
	}
	mean, deviation := stat.MeanStdDev(xs, nil)
	n := float64(len(xs))
	err := stat.StdErr(deviation, n)
	half := quantileT(n-1) * err
	return Estimate{
		Value: mean, Low: mean - half, High: mean + half, N: len(xs), Student: Interval{mean, mean - half, mean + half},
		from: &sample{center: mean, error: err, freedom: n - 1, onto: same},
	}
}

func finite(xs []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(xs), func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}

// OneMinus estimates 1 − ratio from one positive ratio a block, as [GeoCenter] does
// the ratio: swapping numerator and denominator then gives the mirrored answer,
// which a mean of ratios does not.
//
// Note: a bootstrap over blocks was rejected. Below some 20 blocks its
// percentile interval covers visibly less than it says.
func OneMinus(ratios []float64) Estimate {
	e := Center(logs(ratios))
	// Note: expm1 keeps the digits of a small tax, which 1 − exp would lose.
	tax := func(log float64) float64 { return -math.Expm1(log) }
	return Estimate{
		Value: tax(e.Value), Low: tax(e.High), High: tax(e.Low), N: e.N,
		Student: Interval{tax(e.Student.Value), tax(e.Student.High), tax(e.Student.Low)},
		from:    e.from.then(func(v float64) float64 { return logOf(1 - v) }, true),
	}
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
