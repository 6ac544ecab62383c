// Package grow decides how a run goes on behind its blocks: which groups of cells get
// further blocks, so that the intervals of its comparisons become as narrow as its plan
// wants, furthest first, within a time.
//
// What decides are the widths of intervals and how long blocks take. A width says
// nothing of which arm is dearer, so that no result is steered; that the run stops where
// widths are small is part of what the coverage of its intervals is tested with. The
// rule is part of the plan, the decisions are in its rounds, and both can be
// recomputed from the samples: see [Tally.Next].
package grow

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
)

// fewestPairs is how many blocks both cells of a comparison must have for it to count: a
// cell whose trials fail must not draw all the time to its group.
const fewestPairs = 2

// A Tally keeps what the comparisons of a plan are of. It belongs to one goroutine.
type Tally struct {
	plan experiment.Plan
	// figures are those of the trials that count, by cell and block.
	figures map[int]map[int]map[string]float64
	spent   float64              // in the session
	took    map[string]*duration // by group
}

// A duration is what trials of a group took together.
type duration struct{ seconds, trials float64 }

// New returns an empty tally of a plan.
func New(plan experiment.Plan) *Tally {
	return &Tally{plan: plan, figures: map[int]map[int]map[string]float64{}, took: map[string]*duration{}}
}

// Add takes over the samples of a trial that succeeded. A later attempt replaces an
// earlier one.
func (t *Tally) Add(e experiment.Growing, samples []experiment.Sample) {
	s := samples[0]
	if t.figures[s.Cell] == nil {
		t.figures[s.Cell] = map[int]map[string]float64{}
	}
	t.figures[s.Cell][s.Block] = e.Figures(samples)
}

// Took says how long a trial took, whether it succeeded or not.
func (t *Tally) Took(group string, seconds float64) {
	if t.took[group] == nil {
		t.took[group] = &duration{}
	}
	t.spent += seconds
	t.took[group].seconds += seconds
	t.took[group].trials++
}

// Resumed says what the trials of an earlier start of this session took.
func (t *Tally) Resumed(seconds float64) { t.spent += seconds }

// Next returns the round that follows those that the plan has.
//
// A comparison of n blocks whose interval is w times as wide as is wanted needs about n
// w² blocks. The round lowers the largest w of all groups as far as the time that is
// left allows, but by no more than half of the blocks that a group has, since a width
// of few blocks is uncertain.
func (t *Tally) Next(plan experiment.Plan) experiment.Round {
	t.plan = plan
	r := experiment.Round{Seconds: math.Round(t.spent*1000) / 1000, Groups: t.standings()}
	for i := range r.Groups {
		r.Groups[i].Seconds = math.Round(t.blockSeconds(r.Groups[i].Group)*1000) / 1000
	}
	decide(plan.Growth, &r)
	if r.End != "" {
		t.spent = 0
	}
	return r
}

// standings returns the groups with a comparison and how wide their intervals are.
func (t *Tally) standings() (all []experiment.Standing) {
	for _, c := range t.plan.Growth.Comparisons {
		if t.plan.Cells[c.Cell].Session != t.plan.Session() {
			continue
		}
		name := t.plan.Cells[c.Cell].Group
		i := slices.IndexFunc(all, func(s experiment.Standing) bool { return s.Group == name })
		if i < 0 {
			i = len(all)
			all = append(all, experiment.Standing{Group: name, Blocks: t.plan.BlocksOf(name)})
		}
		// Note: five digits, so that another machine's logarithms give the same.
		all[i].Width = max(all[i].Width, math.Round(t.width(c)*1e4)/1e4)
	}
	return all
}

// width returns the widest interval of a comparison's figures ÷ what is wanted, 0 where
// there is none.
func (t *Tally) width(c experiment.Comparison) (widest float64) {
	ratios := map[string][]float64{}
	blocks := t.figures[c.Cell]
	for block := range t.plan.BlocksOf(t.plan.Cells[c.Cell].Group) {
		with := t.figures[c.With][block]
		for name, v := range blocks[block] {
			if w, ok := with[name]; ok && v > 0 && w > 0 {
				ratios[name] = append(ratios[name], math.Log(v/w))
			}
		}
	}
	for _, logs := range ratios {
		if e := stats.Center(logs); len(logs) >= fewestPairs && e.HasInterval() {
			widest = max(widest, e.Half()/c.Width)
		}
	}
	return widest
}

// blockSeconds is how long a block of a group takes: as long as its trials took on
// average, and before any of this start as the last round says.
func (t *Tally) blockSeconds(group string) float64 {
	cells := 0.0
	for _, c := range t.plan.Cells {
		if c.Group == group {
			cells++
		}
	}
	if d := t.took[group]; d != nil {
		return d.seconds / d.trials * cells
	}
	for _, r := range slices.Backward(t.plan.Rounds) {
		for _, s := range r.Groups {
			if s.Group == group {
				return s.Seconds
			}
		}
	}
	return 0
}

// decide fills in how many blocks each group gets, or why none does.
func decide(g *experiment.Growth, r *experiment.Round) {
	left := g.Seconds - r.Seconds
	aim := aimOf(g, r.Groups, left)
	order := make([]int, len(r.Groups))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.Groups[b].Width, r.Groups[a].Width) })
	given, wanting := 0, false
	for _, i := range order {
		s := &r.Groups[i]
		lacking := math.Ceil(lack(g, *s, aim))
		wanting = wanting || lack(g, *s, 1) > 0
		s.More = min(int(lacking), max(1, s.Blocks/2))
		if s.Seconds > 0 {
			s.More = max(0, min(s.More, int(left/s.Seconds)))
		}
		left -= float64(s.More) * s.Seconds
		given += s.More
	}
	switch {
	case given > 0:
	case wanting:
		r.End = experiment.TimeUp
	default:
		r.End = experiment.Narrow
	}
}

// aimOf returns the least width, in what is wanted, that all groups can have in the time.
func aimOf(g *experiment.Growth, groups []experiment.Standing, left float64) float64 {
	cost := func(aim float64) (sum float64) {
		for _, s := range groups {
			sum += lack(g, s, aim) * s.Seconds
		}
		return sum
	}
	low, high := 1.0, 1.0
	for _, s := range groups {
		high = max(high, s.Width)
	}
	if cost(low) <= left {
		return low
	}
	for range 40 {
		if middle := (low + high) / 2; cost(middle) <= left {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// lack is how many blocks a group lacks until its width is aim.
func lack(g *experiment.Growth, s experiment.Standing, aim float64) float64 {
	if s.Width <= aim {
		return 0
	}
	need := float64(s.Blocks) * (s.Width*s.Width/(aim*aim) - 1)
	return max(0, min(need, float64(g.MostBlocks-s.Blocks)))
}

// Counted returns the samples of each trial that counted when the rounds were decided, in
// their order: those of the last try of the first attempt, if it succeeded. Failed trials
// are run again behind the last round.
func Counted(samples experiment.Samples) (trials []experiment.Samples) {
	first := samples.Keep(func(s experiment.Sample) bool { return s.Attempt == 0 })
	for _, tries := range experiment.Groups(first, func(s experiment.Sample) int { return s.Trial }) {
		last := tries[len(tries)-1]
		if last.Error == "" {
			trials = append(trials, tries.Keep(func(s experiment.Sample) bool { return s.Repeat == last.Repeat }))
		}
	}
	return trials
}

// Verify returns an error unless the rounds of a plan follow from its growth and all
// samples that are recorded. figures returns nil for an experiment that is not known.
func Verify(plan experiment.Plan, samples experiment.Samples, figures func(experiment string) experiment.Growing) error {
	if plan.Growth == nil {
		if len(plan.Rounds) > 0 {
			return fmt.Errorf("the plan has %d rounds, and no growth", len(plan.Rounds))
		}
		return nil
	}
	trials := Counted(samples)
	before, t := plan, New(plan)
	for n, round := range plan.Rounds {
		before.Rounds = plan.Rounds[:n]
		if before.Ended() {
			return fmt.Errorf("round %d behind one that ended the run", n)
		}
		until := len(before.Order())
		for len(trials) > 0 && trials[0][0].Trial < until {
			e := figures(trials[0][0].Of.Experiment)
			if e == nil {
				return nil // what its figures are is not known here
			}
			t.Add(e, trials[0])
			trials = trials[1:]
		}
		if err := t.follows(before, round); err != nil {
			return fmt.Errorf("round %d: %w", n, err)
		}
	}
	return nil
}

// follows checks a round by all but the time, which only the run knows.
func (t *Tally) follows(before experiment.Plan, round experiment.Round) error {
	t.plan = before
	want := experiment.Round{Seconds: round.Seconds, Groups: t.standings()}
	if len(want.Groups) != len(round.Groups) {
		return fmt.Errorf("it has %d groups, want %d", len(round.Groups), len(want.Groups))
	}
	for i, s := range round.Groups {
		w := &want.Groups[i]
		if s.Group != w.Group || s.Blocks != w.Blocks || s.Width != w.Width {
			return fmt.Errorf("group %q has %d blocks and a width of %v: the samples make it %q, %d and %v", s.Group, s.Blocks, s.Width, w.Group, w.Blocks, w.Width)
		}
		w.Seconds = s.Seconds
	}
	if decide(before.Growth, &want); !reflect.DeepEqual(want, round) {
		return fmt.Errorf("it is %+v, and the rule makes it %+v", round, want)
	}
	return nil
}
