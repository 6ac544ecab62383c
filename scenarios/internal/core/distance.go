package core

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
)

// A Distance is what the ruler has shown before and after a measurement, in ns;
// zero where it was not laid.
type Distance struct{ Before, After float64 }

const (
	beforeMetric = "cores_apart_before_ns"
	afterMetric  = "cores_apart_after_ns"
	alike        = 1.5 // by how much two distances may differ and count as one
)

// Note puts the distance among a sample's metrics, if there is one.
func (d Distance) Note(metrics map[string]float64) {
	if d != (Distance{}) {
		metrics[beforeMetric], metrics[afterMetric] = d.Before, d.After
	}
}

func distanceOf(s experiment.Sample) (Distance, bool) {
	before, ok1 := s.Metrics[beforeMetric]
	after, ok2 := s.Metrics[afterMetric]
	return Distance{before, after}, ok1 && ok2
}

// usual is the median of all distances, NaN if there are none.
func usual(samples experiment.Samples) float64 {
	var all []float64
	for _, s := range samples {
		if d, ok := distanceOf(s); ok {
			all = append(all, d.Before, d.After)
		}
	}
	if len(all) == 0 {
		return math.NaN()
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// Usual returns the samples that were measured while the cores were as far
// apart as in most, before and after, and those that have no distance. The
// ruler is the same for every arm, but arms that take longer see more of the
// host's moves, and more of theirs are left out: DistanceTables shows how many.
func Usual(samples experiment.Samples) experiment.Samples {
	at := usual(samples)
	return samples.Keep(func(s experiment.Sample) bool {
		d, ok := distanceOf(s)
		return !ok || d.against(at) == asUsual
	})
}

// What a distance is against the usual one.
const (
	nearer = iota
	asUsual
	farther
	changed // meanwhile
	distanceKinds
)

func (d Distance) against(at float64) int {
	near, far := min(d.Before, d.After), max(d.Before, d.After)
	switch {
	case far <= alike*at && near >= at/alike:
		return asUsual
	case far > alike*near:
		return changed
	case d.mean() < at:
		return nearer
	}
	return farther
}

func (d Distance) mean() float64 { return math.Sqrt(d.Before * d.After) }

// DistanceTables shows how far apart the cores were, and what Usual leaves out. It
// is empty if no sample has a distance.
func DistanceTables(samples experiment.Samples) []*report.Table {
	at := usual(samples)
	var kinds [distanceKinds][]float64
	for _, s := range samples {
		if d, ok := distanceOf(s); ok {
			kinds[d.against(at)] = append(kinds[d.against(at)], d.mean())
		}
	}
	if len(kinds[asUsual]) == 0 {
		return nil
	}
	t := &report.Table{
		Title:   "How far apart the two cores were: a bare word from one to the other, one way",
		Columns: report.Columns("distance", "measurements", "share", "in this report"),
		Notes: []string{"Taken by the same loop before and after each measurement. A virtual machine's host moves its processors between the cores of the " +
			"machine, and times between near and far ones are of two machines: only the measurements of the usual distance are shown above. " +
			"The others are in samples.jsonl. Left out, by arm: " + leftOut(samples, at) + "."},
	}
	total := len(slices.Concat(kinds[:]...))
	for kind, means := range kinds {
		if len(means) > 0 {
			share := fmt.Sprintf("%.0f%%", 100*float64(len(means))/float64(total))
			t.Rows = append(t.Rows, report.Row(distanceName(kind, means), fmt.Sprint(len(means)), share, map[bool]string{true: "yes", false: "no"}[kind == asUsual]))
		}
	}
	return []*report.Table{t}
}

func distanceName(kind int, means []float64) string {
	if kind == changed {
		return "changed meanwhile"
	}
	name := [...]string{nearer: "nearer", asUsual: "usual", farther: "farther"}[kind]
	return fmt.Sprintf("%s, %s to %s", name, report.Duration(slices.Min(means)), report.Duration(slices.Max(means)))
}

// leftOut says how many of each arm's measurements Usual leaves out.
func leftOut(samples experiment.Samples, at float64) string {
	all, left := map[string]int{}, map[string]int{}
	for _, s := range samples {
		if d, ok := distanceOf(s); ok {
			all[s.Factor(experiment.Arm)]++
			if d.against(at) != asUsual {
				left[s.Factor(experiment.Arm)]++
			}
		}
	}
	var words []string
	for _, arm := range slices.Sorted(maps.Keys(all)) {
		words = append(words, fmt.Sprintf("%s %d of %d", arm, left[arm], all[arm]))
	}
	return strings.Join(words, ", ")
}
