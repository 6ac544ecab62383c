package ladder

import (
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// A growth is what a profile wants of the intervals of its taxes, and the time that it
// has for them.
type growth struct {
	seconds, tab float64 // that a run may take, and how much more with arms in a tab
	most         int     // blocks of a group
	// near is wanted of half the interval of the A/A pair of the baseline, as a share of
	// the cost, by the number of boids from which on; others of its group may be wider.
	near []widthFrom
	far  float64 // of all other arms
	// heavy adds A/A pairs of two further arms.
	heavy bool
	// apart gives each far transport a baseline of its own; else they share one, which takes
	// less time.
	apart bool
}

type widthFrom struct {
	boids int
	width float64
}

const (
	// wider is how much wider the interval of another arm may be than that of the A/A pair.
	wider = 1.5
	// nearRung is the last rung whose tax is a few per cent, so that one per cent matters:
	// raw bytes through the operating system.
	nearRung = 5
	// spinWidth is wanted of arms that spin: what they burn hangs on who else is there.
	spinWidth = 0.03
)

// quickGrowth sees a tax of a few per cent.
func quickGrowth() growth {
	return growth{seconds: 80, tab: 28, most: 60, near: []widthFrom{{0, 0.05}, {1_000, 0.03}, {100_000, 0.05}}, far: 0.10}
}

// standardGrowth sees one per cent.
func standardGrowth() growth {
	return growth{seconds: 870, most: 240, near: []widthFrom{{0, 0.015}, {1_000, 0.007}, {100_000, 0.02}}, far: 0.03, heavy: true, apart: true}
}

// again returns the arm once more.
func (a side) again() side {
	a.name += again
	a.info.Summary = "the same once more: how far two equal arms lie apart"
	return a
}

// isNear reports whether an arm is measured in one group with the baseline and its like,
// and not beside a baseline of its own.
func (a side) isNear() bool { return a.info.Rung <= nearRung }

// hasTax reports whether an arm can be compared with a baseline.
func (a side) hasTax() bool {
	return a.placement == copytax.Everywhere(copytax.Go) || a.placement == inTab
}

// twice adds second halves of A/A pairs, each next to its first: of the last near arm,
// and of the far arm in the middle, whose noise is not the baseline's. Their place among
// the rungs chooses them, before anything is measured.
func (g growth) twice(arms []side) []side {
	if !g.heavy {
		return arms
	}
	var near, far []string
	for _, a := range arms {
		switch _, is := isAgain(a.name); {
		case is || !a.hasTax() || a.transport == Baseline || a.info.Spins || a.placement == inTab:
		case a.isNear():
			near = append(near, a.name)
		default:
			far = append(far, a.name)
		}
	}
	for _, names := range [][]string{near[max(0, len(near)-1):], far[len(far)/2 : min(len(far)/2+1, len(far))]} {
		for _, name := range names {
			at := slices.IndexFunc(arms, func(a side) bool { return a.name == name && a.placement != inTab })
			arms = slices.Insert(slices.Clone(arms), at+1, arms[at].again())
		}
	}
	return arms
}

// groupOf names the group of an arm's cell: all near arms of a condition are one, and
// each far transport is one with a baseline of its own, so that no pair lies far apart, or
// all of them are.
func (g growth) groupOf(a side, c experiment.Cell) string {
	switch {
	case a.isNear():
		return placeAndSeed(c) + " near"
	case g.apart:
		return placeAndSeed(c) + " " + a.transport
	}
	return placeAndSeed(c) + " far"
}

// placeAndSeed is what the cells of a group have in common besides.
func placeAndSeed(c experiment.Cell) string {
	return conditionOf(c) + " " + factorSeed + "=" + c.Factors[factorSeed]
}

// grouped puts the cells into their groups, each with a baseline.
func (g growth) grouped(cells []experiment.Cell, arms []side) (out []experiment.Cell) {
	base, has := map[string]experiment.Cell{}, map[string]bool{}
	for _, c := range cells {
		if c.Factors[experiment.Arm] == Baseline {
			base[placeAndSeed(c)] = c
		}
	}
	for _, c := range cells {
		c.Group = g.groupOf(sideOf(c, arms), c)
		if b, ok := base[placeAndSeed(c)]; ok && !has[c.Group] {
			b.Group, has[c.Group] = c.Group, true
			out = append(out, b)
		}
		if c.Factors[experiment.Arm] != Baseline {
			out = append(out, c)
		}
	}
	return out
}

// sideOf returns the arm of a cell.
func sideOf(c experiment.Cell, arms []side) side {
	p, _ := placementOf(c)
	return arms[slices.IndexFunc(arms, func(a side) bool { return a.name == c.Factors[experiment.Arm] && a.placement == p })]
}

// of returns how a plan grows: by the tax of each arm over the baseline, and by A/A pairs.
// A plan with a rate does not grow, since its trials have a length in time.
func (g growth) of(cells []experiment.Cell, arms []side) *experiment.Growth {
	out := &experiment.Growth{Seconds: g.seconds, MostBlocks: g.most}
	if slices.ContainsFunc(cells, isInTab) {
		out.Seconds += g.tab
	}
	for i, c := range cells {
		config, err := configOf(c)
		if err != nil || config.Rate > 0 {
			return nil
		}
		a, against := sideOf(c, arms), Baseline
		if of, is := isAgain(a.name); is {
			against = of
		}
		with := slices.IndexFunc(cells, func(o experiment.Cell) bool { return o.Group == c.Group && o.Factors[experiment.Arm] == against })
		if with >= 0 && with != i && a.hasTax() {
			out.Comparisons = append(out.Comparisons, experiment.Comparison{Cell: i, With: with, Width: g.width(a, config.Boids)})
		}
	}
	if len(out.Comparisons) == 0 {
		return nil
	}
	return out
}

// width is what is wanted of an arm among so many boids.
func (g growth) width(a side, boids int) (width float64) {
	if !a.isNear() {
		return g.far
	}
	for _, from := range g.near {
		if boids >= from.boids {
			width = from.width
		}
	}
	if a.transport != Baseline {
		width *= wider
	}
	if a.info.Spins {
		width = max(width, spinWidth)
	}
	return width
}

// Figures implements [experiment.Growing]: taxes are of the CPU, and of the median latency.
func (l *Ladder) Figures(samples []experiment.Sample) map[string]float64 {
	figures := map[string]float64{"cpu": experiment.Samples(samples).Sum(cpuMetric)}
	for _, s := range samples {
		if h := s.Histograms[latencyMetric]; h != nil {
			figures["p50"] = h.Statistics()["p50"]
		}
	}
	return figures
}
