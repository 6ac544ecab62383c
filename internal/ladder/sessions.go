package ladder

import (
	"fmt"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
)

// A run of several sessions is as many runs, each with a seed of its own: what differs
// from one to the next (the world, the order, the hour, what the machine was at) is the
// same for all blocks of one. Its estimates are over the centres of the sessions, so that
// their intervals hold what differs between runs. N is then the number of sessions.

// perSession returns the centre of the values of each session, or the values themselves
// where all are of one. seeds are those of the values.
func perSession(values []float64, seeds []uint64) []float64 {
	if isOne(seeds) {
		return values
	}
	type value struct {
		v    float64
		seed uint64
	}
	all := make([]value, len(values))
	for i, v := range values {
		all[i] = value{v, seeds[i]}
	}
	var centers []float64
	for _, session := range experiment.Groups(all, func(v value) uint64 { return v.seed }) {
		var xs []float64
		for _, v := range session {
			xs = append(xs, v.v)
		}
		centers = append(centers, center(xs).Value)
	}
	return centers
}

// partsPerSession is perSession of the parts of a sum.
func partsPerSession(rows [][]float64, seeds []uint64) [][]float64 {
	if isOne(seeds) {
		return rows
	}
	var centers [][]float64
	for _, seed := range distinct(seeds) {
		var own [][]float64
		for i, row := range rows {
			if seeds[i] == seed {
				own = append(own, row)
			}
		}
		var row []float64
		parts, _ := stats.Parts(own)
		for _, e := range parts {
			row = append(row, e.Value)
		}
		centers = append(centers, row)
	}
	return centers
}

func isOne(seeds []uint64) bool { return len(distinct(seeds)) < 2 }

// distinct returns the seeds in the order of their sessions.
func distinct(seeds []uint64) []uint64 {
	return slices.Compact(slices.Sorted(slices.Values(seeds)))
}

// seeds returns those of trials.
func seeds(trials []*trial) []uint64 {
	all := make([]uint64, len(trials))
	for i, t := range trials {
		all[i] = t.config.Seed
	}
	return all
}

// seedsOfPairs returns those of the first halves, which are those of the second.
func seedsOfPairs(pairs [][2]*trial) []uint64 {
	all := make([]uint64, len(pairs))
	for i, p := range pairs {
		all[i] = p[0].config.Seed
	}
	return all
}

// sessions returns of how many the world is.
func (w *world) sessions() int {
	most := 0
	for _, a := range w.arms {
		most = max(most, len(distinct(seeds(a.trials))))
	}
	return most
}

// inSessions says that blocks are those of several sessions.
func (w *world) inSessions(blocks string) string {
	if n := w.sessions(); n > 1 {
		return fmt.Sprintf("%d sessions, of which intervals are, with %s together", n, blocks)
	}
	return blocks
}
