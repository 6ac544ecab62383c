package ladder

import (
	"fmt"
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// The parts of a trial's CPU that a differential tax is divided among. They add up to it.
const (
	moving  = iota // the transport's own phases
	working        // compute, and draw where there is a picture
	resting        // all else: residual, meter, other phases, and what closure leaves
	parts
)

// sourceNames are those of the parts in tables and files.
var sourceNames = [parts]string{"transport", "compute", "rest"}

// partOf returns the part that a phase belongs to.
func partOf(phase string) int {
	switch phase {
	case copytax.Encode.String(), copytax.Copy.String(), copytax.Send.String(), copytax.Wait.String(), copytax.Receive.String(), copytax.Decode.String():
		return moving
	case copytax.Compute.String(), drawPhase:
		return working
	}
	return resting
}

// divide fills the trial's sources. Whatever is in neither of the first two parts is the
// rest, so that they add up exactly.
func (t *trial) divide(phases []string) {
	for p, name := range phases {
		t.sources[partOf(name)] += t.phase[p]
	}
	t.sources[resting] = t.cpu - t.sources[moving] - t.sources[working]
}

// sourcesOf estimates where a differential tax comes from: in each pair, how much more of
// a part the arm has than the baseline, over the arm's CPU. In a pair these add up to
// 1 − CPU(direct) ÷ CPU(T), and so do the estimates to tax.
func sourcesOf(pairs [][2]*trial) (sources []stats.Estimate, tax stats.Estimate) {
	rows := make([][]float64, len(pairs))
	for i, p := range pairs {
		for part := range parts {
			rows[i] = append(rows[i], (p[1].sources[part]-p[0].sources[part])/p[1].cpu)
		}
	}
	return stats.Parts(partsPerSession(rows, seedsOfPairs(pairs)))
}

// sourceColumns are what a table of sources shows, in turn.
var sourceColumns = [parts]string{"its own phases", "compute made dearer", "the rest"}

// sourceTable shows a row an arm, nil where none has a differential tax.
func (w *world) sourceTable() *report.Table {
	t := &report.Table{
		Title:   "Parts of the differential tax: " + w.label,
		Columns: report.Columns("transport", append(sourceColumns[:], "together")...),
		Notes:   []string{"Shares of the transport's CPU. Values of a row add up, but for rounding."},
	}
	for _, a := range w.measured() {
		if len(a.sources) == 0 {
			continue
		}
		row := []report.Cell{report.Words(label(a.name))}
		for _, e := range append(a.sources[:parts:parts], a.tax) {
			row = append(row, report.PercentCell(e))
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// sourceFigure shows the same as dots with whiskers: a part can be below zero, which a bar
// cannot show.
func (w *world) sourceFigure() *report.Figure {
	plot := &report.Intervals{}
	formulas := [parts]string{"encode … decode", "compute − that of direct", "residual, meter, closure"}
	for part := range parts {
		plot.Panels = append(plot.Panels, report.Panel{Name: sourceColumns[part], Formula: formulas[part], Floor: math.NaN()})
	}
	for _, a := range w.measured() {
		if len(a.sources) == 0 {
			continue
		}
		plot.Rows = append(plot.Rows, label(a.name))
		for part, e := range a.sources {
			p := &plot.Panels[part]
			p.Dots = append(p.Dots, report.Dot{Value: e.Value, Low: e.Low, High: e.High, Text: report.Percent(e), Hollow: e.Holds(0)})
		}
	}
	if len(plot.Rows) == 0 {
		return nil
	}
	return &report.Figure{
		Name: "sources-" + w.slug, Data: "sources", Title: "Where the differential tax comes from: " + w.label,
		Subtitle: "How much more of each part a transport has than direct, % of its CPU",
		Caption:  "Means over blocks, trimmed by their sum: the three add up to a differential tax that may differ a little from the one of the taxes. Hollow marks: the interval holds zero." + beyondNote(plot.Panels) + w.where(), Intervals: plot,
	}
}

// sourceSection is the tables of all worlds, without blocks where there is none.
func (a *analysis) sourceSection() (s report.Section) {
	s.Title = "Where the differential tax comes from"
	for _, w := range a.worlds {
		if t := w.sourceTable(); t != nil {
			s.Blocks = append(s.Blocks, t)
		}
	}
	if len(s.Blocks) > 0 {
		s.Blocks = append([]report.Block{report.Paragraph(sourceText)}, s.Blocks...)
	}
	return s
}

const sourceText = "CPU that a transport has and direct has not, divided by the transport's CPU. **Its own phases** are encode, copy, send, wait, " +
	"receive and decode. **Compute made dearer** is the world's work, the same under every transport, taking longer: caches that other cores or " +
	"copies have emptied, or work of the transport in the wrong phase. **The rest** is the residual, the meter, and what the phases miss. " +
	"In each block the three add up to 1 − CPU(direct) ÷ CPU, exactly. Over blocks they are means trimmed by that sum, the fifth of the blocks at " +
	"either end left out, so that they still add up; their sum may differ a little from the differential tax of the summary, which is a centre of logarithms."

// sourceData is the same for programs.
func (a *analysis) sourceData() report.Data {
	return a.perArm("sources", "where the differential tax comes from", append(
		columns("source", "transport: encode, copy, send, wait, receive, decode; compute: that of the world, and draw; rest: residual, meter, other phases and what the phases miss; all: their sum"),
		estimated("value", "how much more of it the arm has than direct, as a share of the arm's CPU; mean over blocks without the fifth at either end by the sum")...,
	), func(one *arm, add func(...any)) {
		for part, e := range one.sources {
			add(sourceNames[part], e)
		}
		if len(one.sources) > 0 {
			add("all", one.tax)
		}
	})
}

// computeSource says in words what part of an arm's tax is compute.
func (a *arm) computeSource() string {
	return fmt.Sprintf("%s of its CPU is compute made dearer, of %s in all", report.Percent(a.sources[working]), report.Percent(a.tax))
}
