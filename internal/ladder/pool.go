package ladder

import (
	"fmt"
	"math"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// needed is how many ticks a quantile takes: three beyond it. With fewer it is the largest
// value or the one next to it, which says nothing of the quantile.
func needed(key string) int {
	switch key {
	case "p99":
		return 300
	case "p999":
		return 3000
	}
	return 1
}

// A pool is the trials of consecutive blocks, whose ticks are taken together because those
// of one are too few for a quantile.
type pool []*trial

// cut returns where pools end so that each has as many ticks as are needed, given how many
// there are a block. What is left at the end belongs to the last pool. It returns none where
// all blocks together have too few.
func cut(ticks []int, need int) (ends []int) {
	sum := 0
	for i, n := range ticks {
		if sum += n; sum >= need {
			ends, sum = append(ends, i+1), 0
		}
	}
	if len(ends) > 0 {
		ends[len(ends)-1] = len(ticks)
	}
	return ends
}

// pools returns the trials by block as pools for a statistic of a histogram. Trials without
// the histogram are in none.
func pools(trials []*trial, histogram, key string) (all []pool) {
	trials = slices.DeleteFunc(byBlock(trials), func(t *trial) bool { return t.histogram(histogram) == nil })
	counts, from := make([]int, len(trials)), 0
	for i, t := range trials {
		counts[i] = int(t.histogram(histogram).Count)
	}
	for _, end := range cut(counts, needed(key)) {
		all, from = append(all, trials[from:end]), end
	}
	return all
}

// byBlock returns the trials in the order of their blocks.
func byBlock(trials []*trial) []*trial {
	return slices.SortedStableFunc(slices.Values(trials), func(a, b *trial) int { return a.block - b.block })
}

// poolPairs is pools of the latencies of both halves of pairs, whose pools are of the same
// blocks.
func poolPairs(pairs [][2]*trial, key string) (all [][2]pool) {
	pairs = slices.SortedStableFunc(slices.Values(pairs), func(a, b [2]*trial) int { return a[0].block - b[0].block })
	pairs = slices.DeleteFunc(pairs, func(p [2]*trial) bool { return p[0].latency == nil || p[1].latency == nil })
	counts, from := make([]int, len(pairs)), 0
	for i, p := range pairs {
		counts[i] = int(min(p[0].latency.Count, p[1].latency.Count))
	}
	for _, end := range cut(counts, needed(key)) {
		var both [2]pool
		for _, p := range pairs[from:end] {
			both[0], both[1] = append(both[0], p[0]), append(both[1], p[1])
		}
		all, from = append(all, both), end
	}
	return all
}

// statistic returns one number of the pool's ticks: that of the trial where it is one, and
// that of the histograms together, which have two significant digits, where it is several.
// A histogram that cannot be read has failed before, in bucketsOf.
func (p pool) statistic(histogram, key string) float64 {
	if len(p) == 1 {
		return statisticOf(p[0].histogram(histogram), key)
	}
	var samples experiment.Samples
	for _, t := range p {
		samples = append(samples, t.roles...)
	}
	merged, err := experiment.Merge(samples, histogram)
	if err != nil {
		return math.NaN()
	}
	return statisticOf(merged, key)
}

// statisticOf returns a number of a histogram, NaN of none. Its p10 is no part of the
// summary, and is the histogram's own.
func statisticOf(h *experiment.Histogram, key string) float64 {
	switch {
	case h == nil:
		return math.NaN()
	case key != "p10":
		return h.Statistics()[key]
	}
	values, err := h.Quantiles(0.1)
	if err != nil {
		return math.NaN()
	}
	return values[0]
}

// quantile estimates a statistic of a histogram over the pools of the arm.
func (a *arm) quantile(histogram, key string) stats.Estimate {
	var xs []float64
	var of []uint64
	for _, session := range experiment.Groups(a.trials, func(t *trial) uint64 { return t.config.Seed }) {
		for _, p := range pools(session, histogram, key) {
			xs, of = append(xs, p.statistic(histogram, key)), append(of, p[0].config.Seed)
		}
	}
	return center(perSession(xs, of))
}

// latencyTaxOf is taxOf of a statistic of the latency.
func latencyTaxOf(pairs [][2]*trial, key string) tax {
	var ratios []float64
	var of []uint64
	for _, session := range experiment.Groups(pairs, func(p [2]*trial) uint64 { return p[0].config.Seed }) {
		for _, p := range poolPairs(session, key) {
			ratios = append(ratios, p[0].statistic(latencyMetric, key)/p[1].statistic(latencyMetric, key))
			of = append(of, p[0][0].config.Seed)
		}
	}
	return taxOfRatios(ratios, of)
}

// pooled returns the columns of an estimate whose blocks may be pools.
func pooled(name, meaning string) []report.DataColumn {
	all := estimated(name, meaning)
	all[3].Meaning += fmt.Sprintf("; of p99 and p99.9 pools of consecutive blocks, which have %s and %s ticks at least; 0 where all blocks together have fewer",
		report.Plain(float64(needed("p99"))), report.Plain(float64(needed("p999"))))
	return all
}

// ticks says how many ticks a trial has, and which quantiles take those of several.
func (w *world) ticks() string {
	text := report.Plain(float64(w.config.Ticks)) + " ticks"
	for _, s := range taxed() {
		need := needed(s.key)
		if w.config.Ticks >= need {
			continue
		}
		if slices.ContainsFunc(w.arms, func(a *arm) bool { return a.latency[s.key].N > 0 }) {
			text += fmt.Sprintf("; %s, which takes %s, is that of pools of %d blocks or more", s.name, report.Plain(float64(need)), (need+w.config.Ticks-1)/w.config.Ticks)
		} else {
			text += fmt.Sprintf("; there is no %s, which takes %s", s.name, report.Plain(float64(need)))
		}
	}
	return text + "."
}
