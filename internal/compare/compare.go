// Package compare says of two runs which of their cells got dearer, and of two programs.
//
// Runs are of different times, so that their blocks are no pairs: costs of one are held
// against those of the other as two samples. It knows no experiment: what a run is
// compared by is the experiment's to say. It measures nothing of two runs; two programs
// it has measure in turn. Start at [Runs], and for programs at [Builds].
package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
)

// A Verdict is what a comparison finds of a row.
type Verdict string

// The verdicts.
const (
	Differs    Verdict = "differs"    // by more than the margin
	Equivalent Verdict = "equivalent" // by less than the margin
	Unresolved Verdict = "unresolved" // the blocks leave both open
	// Incomparable rows are those of costs that depend on the machine, of two machines.
	Incomparable Verdict = "not comparable"
)

// level is the most that the chance of any wrong verdict in a comparison may be.
const level = 1 - stats.Confidence

// A Row is one cost of one cell in both runs.
type Row struct {
	Old, New experiment.Cost
	Ratio    stats.Estimate // new ÷ old; of taxes that of cost ÷ floor
	// P is the chance of a finding as clear as this one, or clearer, if it is wrong,
	// adjusted for the number of rows; 1 where there is none, NaN if incomparable.
	P       float64
	Verdict Verdict
	Worse   bool // it differs, and new is the dearer one
}

// A Comparison is what there is to say of two runs.
type Comparison struct {
	Margin           float64 // a share: 0.03 is 3%
	Rows             []Row
	OnlyOld, OnlyNew []string // cells
	Notes            []string // a sentence each
}

// Worse returns the rows that got worse by more than the margin.
func (c *Comparison) Worse() []Row {
	return slices.DeleteFunc(slices.Clone(c.Rows), func(r Row) bool { return !r.Worse })
}

// costs compares two lists of costs. Machines are the same if two runs' absolute costs
// can be compared.
func (c *Comparison) costs(old, new []experiment.Cost, sameMachine bool) {
	strict := ambiguous(old) || ambiguous(new)
	if strict {
		c.Notes = append(c.Notes, "One of the runs has cells that differ in nothing but seed, length or browser: these must be equal here.")
	}
	before := map[string]experiment.Cost{}
	for _, o := range old {
		before[key(o, strict)] = o
	}
	after, apart := map[string]bool{}, map[string]bool{}
	for _, n := range new {
		after[key(n, strict)] = true
		o, ok := before[key(n, strict)]
		if !ok {
			c.OnlyNew = append(c.OnlyNew, cellName(n))
			continue
		}
		c.Rows = append(c.Rows, c.row(o, n, sameMachine))
		for _, note := range variedNotes(o, n) {
			if !apart[note] {
				apart[note] = true
				c.Notes = append(c.Notes, note)
			}
		}
	}
	for _, o := range old {
		if !after[key(o, strict)] {
			c.OnlyOld = append(c.OnlyOld, cellName(o))
		}
	}
	c.OnlyOld, c.OnlyNew = slices.Compact(c.OnlyOld), slices.Compact(c.OnlyNew)
	c.decide()
}

// key is what must be equal for two costs to be compared.
func key(c experiment.Cost, strict bool) string {
	k := c.Metric + "\n" + c.Name + "\n" + c.Cell.Condition()
	if strict {
		k += "\n" + c.Varied.Condition()
	}
	return k
}

// ambiguous reports whether two costs of one run are alike but for what may vary.
func ambiguous(costs []experiment.Cost) bool {
	seen := map[string]bool{}
	for _, c := range costs {
		if seen[key(c, false)] {
			return true
		}
		seen[key(c, false)] = true
	}
	return false
}

func cellName(c experiment.Cost) string { return c.Arm + ", " + c.World }

// variedNotes says what was set otherwise in two cells that are compared.
func variedNotes(o, n experiment.Cost) (notes []string) {
	for name, was := range o.Varied {
		if is := n.Varied[name]; is != was {
			notes = append(notes, fmt.Sprintf("%s: the factor %s was %q, and is %q.", n.World, name, was, is))
		}
	}
	for name, is := range n.Varied {
		if _, ok := o.Varied[name]; !ok {
			notes = append(notes, fmt.Sprintf("%s: the factor %s is new, and %q.", n.World, name, is))
		}
	}
	slices.Sort(notes)
	return notes
}

// row compares one cost. Its P is not yet adjusted.
func (c *Comparison) row(old, new experiment.Cost, sameMachine bool) Row {
	r := Row{Old: old, New: new, Verdict: Incomparable, P: math.NaN()}
	if !old.Floored && !sameMachine {
		r.Ratio = stats.Nothing()
		return r
	}
	var shift stats.Shift
	r.Ratio, shift = stats.Ratio(old.Values, new.Values)
	margin := math.Log1p(c.Margin)
	up, down := shift.Above(margin), shift.Below(-margin)
	inside := max(shift.Below(margin), shift.Above(-margin)) // two one-sided tests
	// Of these findings one at most is right, and a wrong one lies on one side of the
	// truth or on the other: hence twice.
	r.P = min(1, 2*min(up, down, inside))
	r.Verdict, r.Worse = Equivalent, false
	if min(up, down) < inside {
		r.Verdict, r.Worse = Differs, up < down
	}
	return r
}

// decide adjusts the rows' probabilities for their number, and takes back what is not
// certain enough.
func (c *Comparison) decide() {
	var ps []float64
	for _, r := range c.Rows {
		if r.Verdict != Incomparable {
			ps = append(ps, r.P)
		}
	}
	least := math.Inf(1)
	for i, p := 0, stats.Holm(ps); i < len(c.Rows); i++ {
		r := &c.Rows[i]
		if r.Verdict == Incomparable {
			continue
		}
		r.P, p = p[0], p[1:]
		least = min(least, 2*float64(len(ps))*stats.LeastP(len(r.Old.Values), len(r.New.Values)))
		if r.P > level {
			r.Verdict, r.Worse = Unresolved, false
		}
	}
	if len(ps) > 0 && least > level {
		c.Notes = append(c.Notes, fmt.Sprintf("So few blocks cannot resolve any of %d rows together: have more blocks, or compare fewer rows.", len(ps)))
	}
}

// shown is what a table shows of a row's cost: a tax as one, anything else in µs.
func shown(c experiment.Cost) stats.Estimate {
	if !c.Floored {
		return stats.GeoCenter(c.Values).Times(1e-3)
	}
	ratios := make([]float64, len(c.Values))
	for i, v := range c.Values {
		ratios[i] = 1 / v
	}
	return stats.OneMinus(ratios)
}

// Summary says in a line what got worse; empty if nothing did.
func (c *Comparison) Summary() string {
	worse := c.Worse()
	if len(worse) == 0 {
		return ""
	}
	var names []string
	for _, r := range worse {
		names = append(names, fmt.Sprintf("%s of %s (%.3g times)", r.New.Name, cellName(r.New), r.Ratio.Value))
	}
	const most = 3
	more := ""
	if len(names) > most {
		names, more = names[:most], fmt.Sprintf(" and %d more", len(worse)-most)
	}
	return fmt.Sprintf("%d of %d rows got worse by more than %s: %s%s", len(worse), len(c.Rows), percent(c.Margin), strings.Join(names, "; "), more)
}

func percent(share float64) string { return fmt.Sprintf("%.4g%%", 100*share) }
