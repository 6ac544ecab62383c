package doc

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// Select returns a document of nothing but one figure, and a table of what it
// plots for a terminal. An error lists the figures that there are.
func Select(d *Document, name string) (*Document, error) {
	var names []string
	for p, f := range each[*report.Figure](d.Parts...) {
		if f.Name == name {
			f = p.captioned(f)
			return d.of(p.Name, f, plotted(f)), nil
		}
		names = append(names, f.Name)
	}
	return nil, fmt.Errorf("figure %q: there is none of that name%s", name, list(names))
}

// Metric returns a document of nothing but one metric of all samples, or one
// histogram: a row a cell and worker, means over blocks. An error lists the names
// that there are.
func Metric(d *Document, results *experiment.Results, name string) (*Document, error) {
	names, heads, of := map[string]bool{}, []string{"mean"}, []func(experiment.Sample) float64{experiment.Metric(name)}
	for _, s := range results.Samples {
		for metric := range s.Metrics {
			names[metric] = true
		}
		for histogram := range s.Histograms {
			names[histogram] = true
		}
		if s.Histograms[name] != nil {
			heads, of = []string{"p50", "p99"}, []func(experiment.Sample) float64{experiment.P50(name), experiment.P99(name)}
		}
	}
	if !names[name] {
		return nil, fmt.Errorf("metric %q: no sample has one of that name%s", name, list(slices.Sorted(maps.Keys(names))))
	}
	columns := append(report.Columns("cell"), report.Columns("worker", append(heads, "n")...)...)
	table := &report.Table{Title: name, Brief: true, Columns: columns, Rows: metricRows(results.Samples, of)}
	return d.of(strings.Join(results.Plan.Experiments, ","), table), nil
}

// metricRows returns a row for each cell and worker that has a value of every
// function.
func metricRows(samples experiment.Samples, of []func(experiment.Sample) float64) (rows [][]report.Cell) {
	samples = slices.Clone(samples)
	slices.SortStableFunc(samples, func(a, b experiment.Sample) int { return a.Cell - b.Cell })
	type key struct {
		cell   int
		worker string
	}
	for _, group := range experiment.Groups(samples, func(s experiment.Sample) key { return key{s.Cell, s.Worker} }) {
		row, n := report.Row(group[0].Of.Experiment+" "+group[0].Of.String(), group[0].Worker), 0
		for _, f := range of {
			e := stats.Mean(group.Values(f))
			row, n = append(row, report.IntervalCell(e)), e.N
		}
		if n > 0 {
			rows = append(rows, append(row, report.Words(fmt.Sprint(n))))
		}
	}
	return rows
}

// of returns a document on the same run with one part and no notes.
func (d *Document) of(name string, blocks ...report.Block) *Document {
	one := *d
	one.Parts, one.Notes = []Part{{Name: name, Report: &report.Report{Sections: []report.Section{{Blocks: blocks}}}}}, nil
	return &one
}

func list(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ": there are " + strings.Join(names, ", ")
}

// plotted returns the table of what a figure plots.
func plotted(f *report.Figure) *report.Table {
	t := &report.Table{Title: f.Title, Notes: []string{f.Caption}, Brief: true}
	switch {
	case f.Lines != nil:
		t.Columns = report.Columns("series", f.Lines.X.Label, f.Lines.Y.Label)
		for _, s := range f.Lines.Series {
			t.Rows = append(t.Rows, pointRows(s)...)
		}
	case f.Bars != nil:
		t.Columns = report.Columns("", append(mapped(f.Bars.Parts, partName), f.Bars.Ends)...)
		t.Rows = mapped(f.Bars.Rows, func(b report.Bar) []report.Cell { return append(valueRow(b.Label, b.Values), report.Words(b.Text)) })
	case f.Densities != nil:
		t.Columns = report.Columns("", f.Densities.Marks...)
		t.Rows = mapped(f.Densities.Rows, func(d report.Density) []report.Cell { return valueRow(d.Label, d.Marks) })
	case f.Intervals != nil:
		t.Columns = report.Columns("")
		t.Rows = mapped(f.Intervals.Rows, func(label string) []report.Cell { return report.Row(label) })
		for _, p := range f.Intervals.Panels {
			t.Columns = append(t.Columns, report.Column{Name: p.Name})
			for i, d := range p.Dots {
				t.Rows[i] = append(t.Rows[i], report.Words(d.Text))
			}
		}
	}
	return t
}

func pointRows(s report.Series) (rows [][]report.Cell) {
	for i := range s.X {
		e := stats.Point(s.Y[i])
		if len(s.Low) > 0 {
			e = stats.Estimate{Value: s.Y[i], Low: s.Low[i], High: s.High[i], N: 2}
		}
		rows = append(rows, []report.Cell{report.Words(s.Name), report.Words(report.Plain(s.X[i])), report.IntervalCell(e)})
	}
	return rows
}

func valueRow(label string, values []float64) []report.Cell {
	cells := mapped(values, func(v float64) report.Cell { return report.ValueCell(stats.Point(v)) })
	return append(report.Row(label), cells...)
}
