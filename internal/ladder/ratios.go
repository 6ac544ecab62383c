package ladder

import (
	"slices"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// ratioData holds every arm against every one below it on the ladder, of the same
// placement, paired by the moment: what a change of transport is worth, whatever the
// baseline.
func (a *analysis) ratioData() report.Data {
	below := map[*arm][]*arm{}
	for _, w := range a.worlds {
		arms := slices.DeleteFunc(w.measured(), (*arm).skips)
		for i, one := range arms {
			below[one] = slices.DeleteFunc(slices.Clone(arms[:i]), func(other *arm) bool { return other.placement != one.placement })
		}
	}
	return a.perArm("ratios", "an arm against another", slices.Concat(
		columns("over", "the arm that it is divided by", "statistic", "what is divided: cpu, or the p50 of the latency"),
		estimated("times", "how often it costs what the other costs, paired by block"),
	), func(one *arm, add func(...any)) {
		for _, other := range below[one] {
			pairs, _ := pair(other.trials, one.trials, "")
			add(other.name, "cpu", ratioOf(pairs, processCPU))
			add(other.name, "p50", ratioOf(pairs, func(t *trial) float64 { return statisticOf(t.latency, "p50") }))
		}
	})
}

// ratioOf estimates the cost of the second half of pairs over that of the first.
func ratioOf(pairs [][2]*trial, cost func(*trial) float64) stats.Estimate {
	ratios := make([]float64, len(pairs))
	for i, p := range pairs {
		ratios[i] = cost(p[1]) / cost(p[0])
	}
	return stats.GeoCenter(perSession(ratios, seedsOfPairs(pairs)))
}
