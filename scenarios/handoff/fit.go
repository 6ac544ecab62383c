package handoff

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/copytax/copytax/gauge"
)

// elasticity estimates by how many percent f grows for a payload that is one
// percent larger: the slope of its logarithm over that of the size, by least
// squares in every block for itself, then the mean over blocks with an interval
// by Student's t. Blocks that lack the smallest or the largest size are left out.
func elasticity(samples []gauge.Sample, f func(gauge.Sample) float64) gauge.Estimate {
	all := sizesOf(samples)
	blocks := map[int]map[int]float64{}
	for _, s := range samples {
		if blocks[s.Block] == nil {
			blocks[s.Block] = map[int]float64{}
		}
		if v := f(s); v > 0 { // not so for NaN
			blocks[s.Block][bytesOf(s)] = v
		}
	}
	var slopes []float64
	for _, b := range blocks {
		if len(all) > 1 && b[all[0]] > 0 && b[all[len(all)-1]] > 0 {
			slopes = append(slopes, slope(b))
		}
	}
	slices.Sort(slopes) // blocks come in no order; rounding must not depend on it
	return mean(slopes)
}

// slope is that of the logarithm of a value over that of the size.
func slope(of map[int]float64) float64 {
	var x, y []float64
	for _, n := range slices.Sorted(maps.Keys(of)) {
		x = append(x, math.Log(float64(n)))
		y = append(y, math.Log(of[n]))
	}
	_, beta := stat.LinearRegression(x, y, nil, false)
	return beta
}

func mean(values []float64) gauge.Estimate {
	e := gauge.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN(), Blocks: len(values)}
	if len(values) == 0 {
		return e
	}
	var deviation float64
	e.Value, deviation = stat.MeanStdDev(values, nil)
	if n := float64(len(values)); n > 1 {
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1 + gauge.Confidence) / 2)
		half := t * stat.StdErr(deviation, n)
		e.Low, e.High = e.Value-half, e.Value+half
	}
	return e
}

// within says whether an estimate lies between -limit and limit.
func within(e gauge.Estimate, limit float64) string {
	switch {
	case !e.HasInterval():
		return "unresolved"
	case e.Low > -limit && e.High < limit:
		return "yes"
	case e.Low >= limit || e.High <= -limit:
		return "no"
	}
	return "unresolved"
}

// bytesOf is the size of a sample's payload.
func bytesOf(s gauge.Sample) int {
	n, err := strconv.Atoi(s.Params[bytesParam])
	if err != nil {
		return 0 // no cell of this scenario
	}
	return n
}

// sizesOf returns the sizes among samples, in order.
func sizesOf(samples []gauge.Sample) []int {
	var all []int
	for _, s := range samples {
		all = append(all, bytesOf(s))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// value returns a function for one of a sample's values, NaN where it has none.
func value(name string) func(gauge.Sample) float64 {
	return func(s gauge.Sample) float64 {
		if v, ok := s.Values[name]; ok {
			return v
		}
		return math.NaN()
	}
}

// rate returns a function for the bytes a second of touching a payload in the
// time that a value names.
func rate(name string) func(gauge.Sample) float64 {
	ns := value(name)
	return func(s gauge.Sample) float64 { return float64(bytesOf(s)) / ns(s) * 1e9 }
}

// quotient returns a function for one value over another of the same sample.
func quotient(above, below func(gauge.Sample) float64) func(gauge.Sample) float64 {
	return func(s gauge.Sample) float64 { return above(s) / below(s) }
}

// bestRate returns a function for the rate of the quickest of some kernels.
func bestRate(of []kernel) func(gauge.Sample) float64 {
	return func(s gauge.Sample) float64 {
		best := math.NaN()
		for _, k := range of {
			if r := value(k.name + bytesPerSecond)(s); !(r <= best) {
				best = r
			}
		}
		return best
	}
}
