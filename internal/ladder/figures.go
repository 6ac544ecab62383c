package ladder

import (
	"math"
	"slices"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/report"
)

// figures returns all figures of the report, in order.
func (a *analysis) figures() (all []report.Block) {
	for _, w := range a.worlds {
		all = append(all, a.phaseFigure(w), w.taxFigure())
		if sources := w.sourceFigure(); sources != nil {
			all = append(all, sources)
		}
		if latency := w.latencyFigure(); latency != nil {
			all = append(all, latency)
		}
	}
	for _, worlds := range a.kinds() {
		if len(worlds) < 2 {
			continue // one size shows no scaling
		}
		label, slug := a.rest(worlds[0])
		if label != "" {
			label = ": " + strings.TrimPrefix(label, ", ")
		}
		all = append(all, scalingFigure(worlds, slug, label))
	}
	return all
}

// where is what no number of the report covers, or the browser that all of them are of.
// Every figure says it.
func (w *world) where() string {
	if w.tab {
		return " " + w.browser()
	}
	return " Loopback: no network card is involved."
}

// phaseFigure shows a bar an arm: the shares of the phases in its CPU, and what
// all of it is in absolute terms. Absolute bars would differ by a factor of fifty.
func (a *analysis) phaseFigure(w *world) *report.Figure {
	arms := w.measured()
	bars := &report.Bars{X: "share of CPU time, %", Ends: "total, µs a tick", Share: true}
	names, together := a.phases, ""
	if slices.ContainsFunc(arms, (*arm).joins) {
		behind := slices.Index(names, copytax.Decode.String())
		if behind < 0 {
			behind = len(names)
		}
		names = slices.Insert(slices.Clone(names), behind, joinedPhases)
		together = " " + joinedNote
	}
	for _, name := range names {
		bars.Parts = append(bars.Parts, report.Part{Name: name, Colour: report.PhaseColour(name)})
	}
	for _, one := range arms {
		bar := report.Bar{Label: label(one.name), Text: report.Interval(one.cpu.Times(perMicro)), Values: make([]float64, len(names))}
		for p, e := range one.phase {
			bar.Values[slices.Index(names, one.drawnAs(a.phases[p]))] += e.Value * perMicro
		}
		bars.Rows = append(bars.Rows, bar)
	}
	return &report.Figure{
		Name: "phases-" + w.slug, Data: "phases", Title: "Where the CPU time goes: " + w.label,
		Subtitle: "Share of each phase in the CPU time of a tick, all roles together, and its total",
		Caption: "Bars are shares of the sum of phases, means over blocks. Residual is the collector, the scheduler and servers at work during " +
			"other phases. Blocked time is not CPU time; a spin is, as wait." + together + " Here " + w.closureNote(arms) + w.where(),
		Bars: bars,
	}
}

// joinedPhases are drawn as one where a library does not tell them apart.
const joinedPhases = "send+wait+receive"

const joinedNote = "Over HTTP send, wait and receive are one: net/http reports a request as written before it is."

// joins reports whether the arm's carrier is HTTP.
func (a *arm) joins() bool { return strings.HasPrefix(a.transport, "http+") }

// drawnAs returns the part of the arm's bar that a phase is in.
func (a *arm) drawnAs(phase string) string {
	switch phase {
	case copytax.Send.String(), copytax.Wait.String(), copytax.Receive.String():
		if a.joins() {
			return joinedPhases
		}
	}
	return phase
}

// taxFigure shows the three taxes of each arm as dots with whiskers, and their
// values beside them.
func (w *world) taxFigure() *report.Figure {
	world := "compute"
	if w.display.draws() {
		world = "(compute + draw)"
	}
	plot := &report.Intervals{Panels: []report.Panel{
		w.panel("additive", "1 − "+world+" ÷ all CPU", math.NaN(), func(a *arm) tax { return a.additive }),
		w.panel("differential", "1 − CPU(direct) ÷ CPU", w.floor, func(a *arm) tax { return a.differential }),
		w.panel("latency, p50", "1 − p50(direct) ÷ p50", w.latencyFloor["p50"], func(a *arm) tax { return a.latencyTax["p50"] }),
	}}
	for _, a := range w.arms {
		plot.Rows = append(plot.Rows, label(a.name))
	}
	return &report.Figure{
		Name: "taxes-" + w.slug, Data: "taxes", Title: "The copy tax, three ways: " + w.label,
		Subtitle: "Share of the cost that is not the world, %; below 0: cheaper than direct",
		Caption:  w.taxNote(plot.Panels) + w.where(), Intervals: plot,
	}
}

// panel shows one tax of all arms.
func (w *world) panel(name, formula string, floor float64, of func(*arm) tax) report.Panel {
	p := report.Panel{Name: name, Formula: formula, Floor: floor}
	for _, a := range w.arms {
		t := of(a)
		p.Dots = append(p.Dots, report.Dot{Value: t.Value, Low: t.Low, High: t.High, Text: a.text(t), Hollow: t.doubtful()})
	}
	return p
}

// taxNote explains the marks that the figure uses, and no others.
func (w *world) taxNote(panels []report.Panel) string {
	note := w.floorText()
	if !math.IsNaN(w.floor) {
		note += " It is the grey band."
	}
	hollow := false
	for _, p := range panels {
		for _, dot := range p.Dots {
			hollow = hollow || dot.Hollow
		}
	}
	if hollow {
		note += " Hollow marks: not known to differ from direct."
	}
	if foreign := w.foreignNote(); foreign != "" {
		note += " " + foreign
	}
	return note + beyondNote(panels)
}

// beyondNote explains the triangle, if there is one.
func beyondNote(panels []report.Panel) string {
	for _, p := range panels {
		if slices.ContainsFunc(p.Dots, func(d report.Dot) bool { return d.Value < -1 || d.Low < -1 }) {
			return " A triangle at the left edge: the value, or the end of its interval, lies beyond it."
		}
	}
	return ""
}

// latencyFigure shows a row an arm: the density of all its ticks, and its
// quantiles. It is nil when no latency was measured.
func (w *world) latencyFigure() *report.Figure {
	plot := &report.Densities{X: "latency, µs", Ends: "p50 / p99, µs", Marks: []string{"p50", "p90", "p99", "p99.9", "max"}}
	for _, a := range w.measured() {
		if !(a.latency["p50"].Value > 0) {
			continue
		}
		at := func(key string) float64 { return positive(a.latency[key].Value * perMicro) }
		plot.Rows = append(plot.Rows, report.Density{
			Label: label(a.name), Buckets: a.buckets, Text: report.Number(at("p50")) + " / " + report.Number(at("p99")),
			Marks: []float64{at("p50"), at("p90"), at("p99"), at("p999"), positive(a.most * perMicro)},
		})
	}
	if len(plot.Rows) == 0 {
		return nil
	}
	return &report.Figure{
		Name: "latency-" + w.slug, Data: "latency", Title: "Latency: " + w.label,
		Subtitle: w.latencyText() + ", µs, logarithmic",
		Caption: "Filled: density of the logarithm over all ticks of all blocks, each row to its own height, smoothed. Marks: means over blocks " +
			"of each trial's quantile; the cross is the largest of all ticks of all blocks, and no mean. A trial has " + w.ticks() + w.where(),
		Densities: plot,
	}
}

// latencyText says between which two moments the latency lies.
func (w *world) latencyText() string {
	from := "the policy being published"
	if w.config.Rate > 0 {
		from = "when the tick was due"
	}
	return "From " + from + " to the viewer having used the frame"
}

// positive returns v, and NaN for what a logarithmic axis cannot show.
func positive(v float64) float64 {
	if v > 0 {
		return v
	}
	return math.NaN()
}

// scalingFigure shows CPU a tick against the number of boids, a series an arm.
func scalingFigure(worlds []*world, slug, name string) *report.Figure {
	lines := &report.Lines{
		X: report.Axis{Label: "boids", Log: true}, Y: report.Axis{Label: "CPU µs a tick", Log: true}, Apart: true, Guides: true, Tall: true,
	}
	for _, w := range worlds {
		for _, a := range w.measured() {
			i := slices.IndexFunc(lines.Series, func(s report.Series) bool { return s.Name == label(a.name) })
			if i < 0 {
				i = len(lines.Series)
				lines.Series = append(lines.Series, report.Series{Name: label(a.name)})
			}
			s, e := &lines.Series[i], a.cpu.Times(perMicro)
			s.X, s.Y = append(s.X, float64(w.config.Boids)), append(s.Y, e.Value)
			s.Low, s.High = append(s.Low, e.Low), append(s.High, e.High)
		}
	}
	return &report.Figure{
		Name: "scaling" + slug, Data: "costs", Title: "What a tick costs as the world grows" + name,
		Subtitle: "CPU time a tick of all roles, µs, against the number of boids; both logarithmic",
		Caption: "Marks: means over blocks; whiskers: their intervals, where these are larger than the marks. Dots between marks lead the eye: " +
			"nothing was measured there. The series are shifted sideways a little so that they can be told apart." + worlds[0].where(),
		Lines: lines,
	}
}
