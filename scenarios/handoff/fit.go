package handoff

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
)

// elasticity estimates by how many percent f grows for a payload that is one
// percent larger: the slope of its logarithm over that of the size, by least
// squares in every block for itself, then the mean over blocks. Blocks that lack
// the smallest or the largest size are left out.
func elasticity(samples experiment.Samples, f func(experiment.Sample) float64) stats.Estimate {
	all := sizesOf(samples)
	if len(all) < 2 {
		return stats.Nothing()
	}
	blocks := map[int]map[float64]float64{}
	for _, s := range samples {
		if blocks[s.Block] == nil {
			blocks[s.Block] = map[float64]float64{}
		}
		if v := f(s); v > 0 { // not so for NaN
			blocks[s.Block][float64(bytesOf(s))] = v
		}
	}
	var slopes []float64
	for _, of := range blocks {
		if of[float64(all[0])] > 0 && of[float64(all[len(all)-1])] > 0 {
			slopes = append(slopes, slope(of))
		}
	}
	slices.Sort(slopes) // blocks come in no order; rounding must not depend on it
	return stats.Mean(slopes)
}

// slope is that of the logarithm of a value over that of the size.
func slope(of map[float64]float64) float64 {
	sizes := slices.Sorted(maps.Keys(of))
	values := make([]float64, len(sizes))
	for i, n := range sizes {
		values[i] = of[n]
	}
	return stats.Slope(sizes, values)
}

// bytesOf is the size of a sample's payload.
func bytesOf(s experiment.Sample) int {
	n, err := strconv.Atoi(s.Factor(bytesFactor))
	if err != nil {
		return 0 // no cell of this experiment
	}
	return n
}

// sizesOf returns the sizes among samples, in order.
func sizesOf(samples experiment.Samples) []int {
	var all []int
	for _, s := range samples {
		all = append(all, bytesOf(s))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// rate returns a function for the bytes a second of touching a payload in the
// time that a metric names.
func rate(name string) func(experiment.Sample) float64 {
	ns := experiment.Metric(name)
	return func(s experiment.Sample) float64 { return float64(bytesOf(s)) / ns(s) * 1e9 }
}

// quotient returns a function for one value over another of the same sample.
func quotient(above, below func(experiment.Sample) float64) func(experiment.Sample) float64 {
	return func(s experiment.Sample) float64 { return above(s) / below(s) }
}

// bestRate returns a function for the rate of the quickest of some loops.
func bestRate(of []loop) func(experiment.Sample) float64 {
	return func(s experiment.Sample) float64 {
		best := math.NaN()
		for _, l := range of {
			if r := s.Metric(l.name + bytesPerSecond); !(r <= best) {
				best = r
			}
		}
		return best
	}
}
