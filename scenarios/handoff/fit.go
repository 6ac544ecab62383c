package handoff

import (
	"maps"
	"math"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// elasticity estimates by how many percent f grows for a payload that is one
// percent larger: the slope of its logarithm over that of the size, by least
// squares in every block for itself, then the mean over blocks. Blocks that lack
// the smallest or the largest size are left out.
func elasticity(samples experiment.Samples, f func(experiment.Sample) float64) stats.Estimate {
	all := core.Levels(samples, bytesFactor)
	if len(all) < 2 {
		return stats.Nothing()
	}
	blocks := map[experiment.Moment]map[float64]float64{}
	for _, s := range samples {
		if blocks[s.Moment()] == nil {
			blocks[s.Moment()] = map[float64]float64{}
		}
		if v := f(s); v > 0 { // not so for NaN
			blocks[s.Moment()][float64(bytesOf(s))] = v
		}
	}
	var slopes []float64
	for _, of := range blocks {
		if of[float64(all[0])] > 0 && of[float64(all[len(all)-1])] > 0 {
			sizes := slices.Sorted(maps.Keys(of))
			var values []float64
			for _, n := range sizes {
				values = append(values, of[n])
			}
			slopes = append(slopes, stats.Slope(sizes, values))
		}
	}
	slices.Sort(slopes) // blocks come in no order; rounding must not depend on it
	return stats.Mean(slopes)
}

// bytesOf is the size of a sample's payload.
func bytesOf(s experiment.Sample) int { return core.Int(s, bytesFactor) }

// beside returns a function for the value of another sample of the same block: of
// the one among samples of which a factor is the size of the payload.
func beside(samples experiment.Samples, factor string, f func(experiment.Sample) float64) func(experiment.Sample) float64 {
	type key struct {
		experiment.Moment
		bytes int
	}
	values := map[key]float64{}
	for _, s := range samples {
		values[key{s.Moment(), core.Int(s, factor)}] = f(s)
	}
	return func(s experiment.Sample) float64 {
		if v, ok := values[key{s.Moment(), bytesOf(s)}]; ok {
			return v
		}
		return math.NaN()
	}
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
