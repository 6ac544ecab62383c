package physics

import (
	"maps"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// Report implements [experiment.Experiment].
func (*physics) Report(r *experiment.Results) (*report.Report, error) {
	a, err := analyze(r)
	if err != nil {
		return nil, err
	}
	comparisons, slopes := a.comparisons(), a.slopes()
	out := &report.Report{Data: []report.Data{a.data(), speedupData(comparisons), growthData(slopes)}}
	browsers := a.inBrowsers()
	if len(browsers) > 0 {
		out.Data = append(out.Data, browserData(browsers))
	}
	add := func(title string, blocks ...report.Block) {
		if len(blocks) > 0 {
			out.Sections = append(out.Sections, report.Section{Title: title, Blocks: blocks})
		}
	}
	add("The claim", report.Verdicts{conclude(comparisons)}, comparisonTable(comparisons))
	var worlds []report.Block
	if len(a.worlds) > 0 {
		worlds = append(worlds, a.figure())
	}
	for _, w := range a.worlds {
		worlds = append(worlds, a.worldTable(w))
	}
	add("In a browser", a.browserBlocks(browsers)...)
	add("What a boid costs", append(worlds, columnNotes())...)
	add("Growth", filled(slopeTable(slopes))...)
	add("The back ends", a.backendList())
	add("The machine", filled(a.constantTable(), a.ceilingTable())...)
	return out, nil
}

// filled returns the tables that have a row.
func filled(tables ...*report.Table) (blocks []report.Block) {
	for _, t := range tables {
		if len(t.Rows) > 0 {
			blocks = append(blocks, t)
		}
	}
	return blocks
}

// figure draws the world that says most: 100,000 boids with 8 neighbours, or else
// the first with the most back ends.
func (a *analysis) figure() *report.Figure {
	best := slices.MaxFunc(a.worlds, func(a, b *measured) int { return a.weight() - b.weight() })
	bars := &report.Bars{X: "ns a boid", Ends: "step, ns a boid", Parts: []report.Part{
		{Name: "sort", Colour: report.Orange}, {Name: "force", Colour: report.Blue}, {Name: "integration", Colour: report.Green},
	}}
	undivided := slices.ContainsFunc(best.rows, func(r row) bool { return r.Shader })
	if undivided {
		bars.Parts = append(bars.Parts, report.Part{Name: "step, undivided", Colour: report.Grey})
	}
	for _, r := range best.rows {
		values := []float64{r.sort.Value, r.force.Value, r.integrate.Value}
		switch {
		case r.Shader:
			values = []float64{0, 0, 0, r.step.Value}
		case undivided:
			values = append(values, 0)
		}
		bars.Rows = append(bars.Rows, report.Bar{Label: r.Name, Values: values, Text: report.Interval(r.step)})
	}
	return &report.Figure{
		Name: Name, Data: Name, Bars: bars,
		Title:    "What a boid costs: " + best.title(),
		Subtitle: "Nanoseconds a boid and step, by back end; shorter is faster",
		Caption: "Parts are means over blocks; the number is the geometric mean of the whole step with its 95% interval. " +
			"A tick that renumbers the boids, one in 60, is not timed.",
	}
}

// weight is how much a world says.
func (w *measured) weight() int {
	if w.Name == "3d-8-100k" {
		return len(ladder()) + 1
	}
	return len(w.rows)
}

// data lists all numbers, a line each.
func (a *analysis) data() report.Data {
	d := report.Data{Name: Name, Summary: "what every back end takes on every world, and how that compares", Columns: []report.DataColumn{
		{Name: "world", Meaning: "name of the world"},
		{Name: "boids", Meaning: "number of boids"},
		{Name: "neighbours", Meaning: "mean neighbours of a boid when it was timed"},
		{Name: "backend", Meaning: "name of the back end"},
		{Name: "quantity", Meaning: "step, sort, force and integrate: ns a boid; times_scalar and times_sse2: times as fast as those; " +
			"times_limit: step as a multiple of the least that the machine allows; times_ceiling: force as a multiple of the same code's in the nearest cache"},
		{Name: "value", Meaning: "geometric mean over blocks, and the mean for sort, force, integrate and times_ceiling"},
		{Name: "low", Meaning: "lower end of the 95% interval; empty with one block"},
		{Name: "high", Meaning: "upper end"},
		{Name: "n", Meaning: "blocks that it rests on"},
	}}
	for _, w := range a.worlds {
		for _, r := range w.rows {
			quantities := map[string]stats.Estimate{
				"step": r.step, "sort": r.sort, "force": r.force, "integrate": r.integrate,
				"times_scalar": r.toScalar, "times_sse2": r.toSSE2, "times_limit": r.ofLimit, "times_ceiling": r.ofCeiling,
			}
			for _, name := range slices.Sorted(maps.Keys(quantities)) {
				if e := quantities[name]; e.N > 0 {
					d.Add(w.Name, w.Model.Boids, w.neighbours, r.Name, name, e, e.Low, e.High, e.N)
				}
			}
		}
	}
	return d
}

// intervalColumns stand behind the column of an estimate.
func intervalColumns(n string) []report.DataColumn {
	return []report.DataColumn{
		{Name: "low", Meaning: "lower end of the 95% interval; empty where there is none"},
		{Name: "high", Meaning: "upper end"},
		{Name: "n", Meaning: n},
	}
}

func speedupData(list []comparison) report.Data {
	d := report.Data{Name: "speedups", Summary: "SIMD against JavaScript, one thread on both sides", Columns: append([]report.DataColumn{
		{Name: "world", Meaning: "name of the world"},
		{Name: "fast", Meaning: "back end with SIMD"},
		{Name: "slow", Meaning: "what it is held against"},
		{Name: "times", Meaning: "times as fast, paired by block"},
	}, append(intervalColumns("blocks that it rests on"), report.DataColumn{Name: "verdict", Meaning: "on the claim of ten times or more; all rows are one family"})...)}
	for _, c := range list {
		d.Add(c.world, c.fast, c.slow, c.speedup, c.speedup.Low, c.speedup.High, c.speedup.N, string(c.holds))
	}
	return d
}

func growthData(list []slope) report.Data {
	d := report.Data{Name: "growth", Summary: "how the time of a step grows with the number of boids", Columns: append([]report.DataColumn{
		{Name: "backend", Meaning: "name of the back end"},
		{Name: "series", Meaning: "what the worlds have in common"},
		{Name: "from", Meaning: "boids of the smallest world"},
		{Name: "to", Meaning: "of the largest"},
		{Name: "exponent", Meaning: "k of a time that grows with the k-th power; 1 is linear"},
	}, intervalColumns("worlds that it rests on")...)}
	for _, s := range list {
		d.Add(s.backend, s.series, s.from, s.to, s.exponent, s.exponent.Low, s.exponent.High, s.exponent.N)
	}
	return d
}
