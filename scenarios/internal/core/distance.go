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

func distanceOf(s experiment.Sample) Distance {
	return Distance{s.Metric(beforeMetric), s.Metric(afterMetric)}
}

// measured returns the samples that have a distance, and the median of all
// distances, NaN if there are none.
func measured(samples experiment.Samples) (experiment.Samples, float64) {
	known := samples.Keep(func(s experiment.Sample) bool { return !math.IsNaN(distanceOf(s).mean()) })
	all := slices.Concat(known.Values(experiment.Metric(beforeMetric)), known.Values(experiment.Metric(afterMetric)))
	if len(all) == 0 {
		return nil, math.NaN()
	}
	slices.Sort(all)
	return known, all[len(all)/2]
}

// Usual returns the samples that were measured while the cores were as far
// apart as in most, before and after, and those that have no distance. The
// ruler is the same for every arm, but arms that take longer see more of the
// host's moves, and more of theirs are left out: DistanceTables shows how many.
func Usual(samples experiment.Samples) experiment.Samples {
	_, at := measured(samples)
	return samples.Keep(func(s experiment.Sample) bool {
		d := distanceOf(s)
		return math.IsNaN(d.mean()) || d.against(at) == asUsual
	})
}

// What a distance is against the usual one.
const (
	nearer  = "nearer"
	asUsual = "usual"
	farther = "farther"
	changed = "changed meanwhile"
)

func (d Distance) against(at float64) string {
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
	known, at := measured(samples)
	if len(known) == 0 {
		return nil
	}
	means, all, left := map[string][]float64{}, map[string]int{}, map[string]int{}
	for _, s := range known {
		d, arm := distanceOf(s), s.Factor(experiment.Arm)
		kind := d.against(at)
		means[kind] = append(means[kind], d.mean())
		all[arm]++
		if kind != asUsual {
			left[arm]++
		}
	}
	var leftOut []string
	for _, arm := range slices.Sorted(maps.Keys(all)) {
		leftOut = append(leftOut, fmt.Sprintf("%s %d of %d", arm, left[arm], all[arm]))
	}
	t := &report.Table{
		Title:   "How far apart the two cores were: a bare word from one to the other, one way",
		Columns: report.Columns("distance", "measurements", "share", "in this report"),
		Notes: []string{"Taken by the same loop before and after each measurement. A virtual machine's host moves its processors between the cores of the " +
			"machine, and times between near and far ones are of two machines: only the measurements of the usual distance are shown above. " +
			"The others are in samples.jsonl. Left out, by arm: " + strings.Join(leftOut, ", ") + "."},
	}
	for _, kind := range []string{nearer, asUsual, farther, changed} {
		if of := means[kind]; len(of) > 0 {
			share := fmt.Sprintf("%.0f%%", 100*float64(len(of))/float64(len(known)))
			shown := map[bool]string{true: "yes", false: "no"}[kind == asUsual]
			t.Rows = append(t.Rows, report.Row(between(kind, of), fmt.Sprint(len(of)), share, shown))
		}
	}
	return []*report.Table{t}
}

// between names a kind of distances, with the least and the greatest.
func between(kind string, means []float64) string {
	if kind == changed {
		return kind
	}
	return fmt.Sprintf("%s, %s to %s", kind, report.Duration(slices.Min(means)), report.Duration(slices.Max(means)))
}
