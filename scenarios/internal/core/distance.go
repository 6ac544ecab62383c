package core

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/copytax/copytax/gauge"
)

// A Distance is what the ruler has shown before and after a measurement, in ns;
// zero where it was not laid.
type Distance struct{ Before, After float64 }

const (
	beforeValue = "cores_apart_before_ns"
	afterValue  = "cores_apart_after_ns"
	alike       = 1.5 // by how much two distances may differ and count as one
)

// Note puts the distance among a sample's values, if there is one.
func (d Distance) Note(s *gauge.Sample) {
	if d == (Distance{}) {
		return
	}
	if s.Values == nil {
		s.Values = map[string]float64{}
	}
	s.Values[beforeValue], s.Values[afterValue] = d.Before, d.After
}

func distanceOf(s gauge.Sample) (Distance, bool) {
	before, ok1 := s.Values[beforeValue]
	after, ok2 := s.Values[afterValue]
	return Distance{before, after}, ok1 && ok2
}

// usual is the median of all distances, NaN if there are none.
func usual(samples []gauge.Sample) float64 {
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
// host's moves, and more of theirs are left out: Tables shows how many.
func Usual(samples []gauge.Sample) (kept []gauge.Sample) {
	at := usual(samples)
	for _, s := range samples {
		if d, ok := distanceOf(s); !ok || d.is(at) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (d Distance) is(at float64) bool {
	return max(d.Before, d.After) <= alike*at && min(d.Before, d.After) >= at/alike
}

// Tables shows how far apart the cores were, and what Usual leaves out. It is
// empty if no sample has a distance.
func Tables(samples []gauge.Sample) []gauge.Table {
	t := gauge.Table{
		Title:   "How far apart the two cores were: a bare word from one to the other, one way",
		Columns: []string{"distance", "measurements", "share", "in this report"},
		Note: "Taken by the same loop before and after each measurement. A virtual machine's host moves its processors between the cores of the " +
			"machine, and times between near and far ones are of two machines: only the measurements of the usual distance are shown above. " +
			"The others are in samples.jsonl.",
	}
	at := usual(samples)
	var kept, near, far, moved []float64
	arms, left := []string{}, map[string][2]int{} // left out, of all
	for _, s := range samples {
		d, ok := distanceOf(s)
		mean := math.Sqrt(d.Before * d.After)
		if n, seen := left[s.Arm]; ok {
			if !seen {
				arms = append(arms, s.Arm)
			}
			if n[1]++; !d.is(at) {
				n[0]++
			}
			left[s.Arm] = n
		}
		switch {
		case !ok:
		case d.is(at):
			kept = append(kept, mean)
		case max(d.Before, d.After) > alike*min(d.Before, d.After):
			moved = append(moved, mean)
		case mean < at:
			near = append(near, mean)
		default:
			far = append(far, mean)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	total := len(kept) + len(near) + len(far) + len(moved)
	for _, row := range []struct {
		name  string
		of    []float64
		shown string
	}{{"nearer", near, "no"}, {"usual", kept, "yes"}, {"farther", far, "no"}, {"changed meanwhile", moved, "no"}} {
		if len(row.of) == 0 {
			continue
		}
		slices.Sort(row.of)
		name := row.name
		if name != "changed meanwhile" {
			name = fmt.Sprintf("%s, %s to %s", name, gauge.FormatNS(row.of[0]), gauge.FormatNS(row.of[len(row.of)-1]))
		}
		t.Rows = append(t.Rows, []string{name, fmt.Sprint(len(row.of)), fmt.Sprintf("%.0f%%", 100*float64(len(row.of))/float64(total)), row.shown})
	}
	slices.Sort(arms)
	for i, arm := range arms {
		arms[i] = fmt.Sprintf("%s %d of %d", arm, left[arm][0], left[arm][1])
	}
	t.Note += " Left out, by arm: " + strings.Join(arms, ", ") + "."
	return []gauge.Table{t}
}
