package ladder

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// An analysis is everything that a report shows. It rests on every trial that
// succeeded, those of a block that was cut short included.
type analysis struct {
	phases  []string
	worlds  []*world // by number of boids, then neighbours, then mode, then rate
	trials  []*trial // in the order of running
	dropped []dropped
	outlays []cost // beside the roles
}

// A world is all arms with one config: what can be compared.
type world struct {
	condition string // of its cells: see conditionOf
	config    copytax.Config
	label     string // for titles: "10,000 boids", and notes
	slug      string // for names of files: "10000"
	tab       bool   // all roles are in a tab
	display   display
	arms      []*arm // with a successful trial; by rank, then in the order of the plan
	floor     float64
	// latencyFloor is by key of the statistic. A floor is what the A/A pair differs
	// by although it is the same: the largest absolute bound of its interval. It is
	// NaN without such a pair of at least two blocks.
	latencyFloor map[string]float64
}

// analyze computes the numbers of a run. It fails when there is no complete
// block, or when no trial succeeded.
func analyze(r *experiment.Results) (*analysis, error) {
	a := &analysis{phases: phasesOf(r.Samples), outlays: outlaysOf(r.Samples)}
	var err error
	if a.trials, err = fold(r.Samples, a.phases); err != nil {
		return nil, err
	}
	complete := r.CompleteBlocks()
	switch {
	case len(a.trials)+len(r.Failures) == 0:
		return nil, errors.New("no trial is recorded")
	case complete == 0 && !r.Complete:
		return nil, fmt.Errorf("no complete block: the first needs %d trials, %d trials are recorded in all",
			len(r.Plan.Cells), len(a.trials)+len(r.Failures))
	case len(a.trials) == 0:
		return nil, fmt.Errorf("all %d trials failed, the first because: %s", len(r.Failures), r.Failures[0].Reason)
	}
	for _, trials := range experiment.Groups(a.trials, func(t *trial) string { return t.world }) {
		w := &world{condition: trials[0].world, config: trials[0].config}
		lost, err := w.fill(trials, len(a.phases), r.Plan)
		if err != nil {
			return nil, err
		}
		a.worlds, a.dropped = append(a.worlds, w), append(a.dropped, lost...)
	}
	slices.SortStableFunc(a.worlds, func(a, b *world) int {
		return cmp.Or(cmp.Compare(a.config.Boids, b.config.Boids), cmp.Compare(a.config.Neighbours, b.config.Neighbours), cmp.Compare(a.config.Mode, b.config.Mode),
			cmp.Compare(a.config.Rate, b.config.Rate), cmp.Compare(framesOf(a.config), framesOf(b.config)), cmp.Compare(a.place(), b.place()))
	})
	a.nameWorlds()
	return a, nil
}

// fill summarizes the arms of a world and compares them with each other. It returns
// the pairs that have one half only.
func (w *world) fill(all []*trial, phases int, plan experiment.Plan) (lost []dropped, err error) {
	trials := map[string][]*trial{}
	for _, t := range all {
		trials[t.arm] = append(trials[t.arm], t)
	}
	for _, one := range armsOf(plan, all[0].world) {
		if one.trials = trials[one.name]; len(one.trials) > 0 {
			w.arms = append(w.arms, one)
		}
		if err := one.summarize(phases); err != nil {
			return nil, err
		}
		w.tab, w.display = w.tab || one.placement == inTab, one.display
		for _, d := range one.compare(trials) {
			d.world = w
			lost = append(lost, d)
		}
	}
	w.judge()
	return lost, nil
}

// armsOf returns the plan's arms with a condition, by rank.
func armsOf(plan experiment.Plan, condition string) (arms []*arm) {
	floor := copytax.Everywhere(copytax.Go)
	for _, c := range plan.Cells {
		known := func(a *arm) bool { return a.name == c.Factors[experiment.Arm] }
		if conditionOf(c) != condition || slices.ContainsFunc(arms, known) { // the baseline is in every group
			continue
		}
		f := c.Factors
		level, _ := plan.Level(experiment.Arm, f[experiment.Arm])
		placement, _ := placementOf(c) // where it means nothing its trials have said so
		arms = append(arms, &arm{
			name: f[experiment.Arm], transport: f[factorTransport], rank: level.Rank, placement: placement, display: displayOf(c),
		})
		if f[experiment.Arm] == Baseline {
			floor = placement
		}
	}
	for _, a := range arms {
		a.foreign = a.placement != floor
	}
	slices.SortStableFunc(arms, func(a, b *arm) int { return cmp.Compare(a.rank, b.rank) })
	return arms
}

// bound is what an interval is away from zero at most.
func bound(t tax) float64 { return math.Max(math.Abs(t.Low), math.Abs(t.High)) }

// judge finds the floor of noise and gives the taxes their verdicts.
func (w *world) judge() {
	w.floor, w.latencyFloor = math.NaN(), map[string]float64{}
	for _, s := range taxed() {
		w.latencyFloor[s.key] = math.NaN()
	}
	for _, a := range w.arms {
		if a.name != AA {
			continue
		}
		w.floor = bound(a.differential)
		for key, t := range a.latencyTax {
			w.latencyFloor[key] = bound(t)
		}
	}
	w.compare(func(a *arm) tax { return a.differential }, func(a *arm, t tax) { a.differential = t }, w.floor)
	for _, s := range taxed() {
		w.compare(func(a *arm) tax { return a.latencyTax[s.key] }, func(a *arm, t tax) { a.latencyTax[s.key] = t }, w.latencyFloor[s.key])
	}
}

// compare gives one tax of every arm its verdict: all arms of the world are one family.
func (w *world) compare(of func(*arm) tax, set func(*arm, tax), floor float64) {
	var family []stats.Estimate
	for _, a := range w.arms {
		family = append(family, of(a).Estimate)
	}
	for i, verdict := range stats.Compare(family) {
		t := of(w.arms[i])
		t.floor, t.verdict = floor, verdict
		set(w.arms[i], t)
	}
}

// measured returns the arms without the second halves of A/A pairs.
func (w *world) measured() []*arm {
	return slices.DeleteFunc(slices.Clone(w.arms), func(a *arm) bool {
		_, is := isAgain(a.name)
		return is
	})
}

// kinds groups the worlds that differ in nothing but size and length.
func (a *analysis) kinds() [][]*world {
	return experiment.Groups(a.worlds, func(w *world) string { return w.kind() + w.pace() + w.place() })
}

// isPaced reports whether any world has a rate: without one nothing is said of paces.
func (a *analysis) isPaced() bool {
	return slices.ContainsFunc(a.worlds, func(w *world) bool { return w.config.Rate > 0 })
}

// hasTab reports whether any world is in a tab: without one nothing is said of places.
func (a *analysis) hasTab() bool {
	return slices.ContainsFunc(a.worlds, func(w *world) bool { return w.tab })
}

// place is where a world runs, empty for the operating system's processes.
func (w *world) place() string { return placeName(w.tab, w.display) }

// kind names a world by all but its size and its pace.
func (w *world) kind() string {
	return fmt.Sprintf("%d neighbours, %s", w.config.Neighbours, strings.ReplaceAll(string(w.config.Mode), "-", " "))
}

// nameWorlds names each by its size, and by the rest where that differs.
func (a *analysis) nameWorlds() {
	taken := map[string]int{}
	for _, w := range a.worlds {
		label, slug := a.rest(w)
		w.label, w.slug = boids(w.config)+" boids"+label, fmt.Sprint(w.config.Boids)+slug
		taken[w.slug]++
		if n := taken[w.slug]; n > 1 { // two configs that differ in their seed or length only
			w.slug += fmt.Sprintf("-%d", n)
			w.label += fmt.Sprintf(" (%d)", n)
		}
	}
}

// labels returns the names of the worlds by their conditions.
func (a *analysis) labels() map[string]string {
	all := map[string]string{}
	for _, w := range a.worlds {
		all[w.condition] = w.label
	}
	return all
}

// rest names a world by all but its size, as far as the run has others: behind a title,
// and in the name of a file. A rate is always said.
func (a *analysis) rest(w *world) (label, slug string) {
	if len(experiment.Groups(a.worlds, (*world).kind)) > 1 {
		label, slug = ", "+w.kind(), fmt.Sprintf("-%d-%s", w.config.Neighbours, w.config.Mode)
	}
	if a.isPaced() {
		label, slug = label+", "+w.pace(), slug+"-"+paceOf(w.config)
		if w.config.Rate > 0 {
			slug += "-" + framesOf(w.config)
		}
	}
	if w.tab {
		label, slug = label+", in a tab"+w.display.label(), slug+"-"+w.place()
	}
	return label, slug
}

// pace says when the ticks of a world begin, and which frames its viewer reads.
func (w *world) pace() string {
	if w.config.Rate == 0 {
		return "lock-step"
	}
	return fmt.Sprintf("%v Hz, %s", w.config.Rate, map[bool]string{true: "latest frame", false: "every frame"}[w.config.Latest])
}

func boids(c copytax.Config) string { return report.Plain(float64(c.Boids)) }
