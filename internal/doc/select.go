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
	var chosen *Document
	var names []string
	for _, p := range d.Parts {
		each(p, func(f *report.Figure) {
			names = append(names, f.Name)
			if f.Name == name {
				f = p.captioned(f)
				chosen = d.of(Part{Name: p.Name, Report: &report.Report{Sections: []report.Section{{Blocks: []report.Block{f, plotted(f)}}}}})
			}
		})
	}
	if chosen == nil {
		return nil, fmt.Errorf("figure %q: there is none of that name%s", name, list(names))
	}
	return chosen, nil
}

// Metric returns a document of nothing but one metric of all samples, or one
// histogram: a row a cell and worker, means over blocks. An error lists the names
// that there are.
func Metric(d *Document, results *experiment.Results, name string) (*Document, error) {
	table, names := &report.Table{Title: name, Brief: true}, map[string]bool{}
	of := []func(experiment.Sample) float64{experiment.Metric(name)}
	table.Columns = append(report.Columns("cell"), report.Column{Name: "worker", Text: true}, report.Column{Name: "mean"}, report.Column{Name: "n"})
	for _, s := range results.Samples {
		for metric := range s.Metrics {
			names[metric] = true
		}
		for histogram := range s.Histograms {
			if names[histogram] = true; histogram == name {
				of = []func(experiment.Sample) float64{experiment.P50(name), experiment.P99(name)}
				table.Columns = append(table.Columns[:2], report.Column{Name: "p50"}, report.Column{Name: "p99"}, report.Column{Name: "n"})
			}
		}
	}
	if !names[name] {
		return nil, fmt.Errorf("metric %q: no sample has one of that name%s", name, list(slices.Sorted(maps.Keys(names))))
	}
	table.Rows = metricRows(results, of)
	return d.of(Part{Name: strings.Join(results.Plan.Experiments, ","), Report: &report.Report{Sections: []report.Section{{Blocks: []report.Block{table}}}}}), nil
}

// metricRows returns a row for each cell and worker that has a value of every
// function.
func metricRows(results *experiment.Results, of []func(experiment.Sample) float64) (rows [][]report.Cell) {
	type key struct {
		cell   int
		worker string
	}
	groups, order := map[key]experiment.Samples{}, []key{}
	for _, s := range results.Samples {
		k := key{s.Cell, s.Worker}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s)
	}
	slices.SortStableFunc(order, func(a, b key) int { return a.cell - b.cell })
	for _, k := range order {
		row, n := report.Row(groups[k][0].Of.Experiment+" "+groups[k][0].Of.String(), k.worker), 0
		for _, f := range of {
			e := stats.Mean(groups[k].Values(f))
			row, n = append(row, report.IntervalCell(e)), e.N
		}
		if n > 0 {
			rows = append(rows, append(row, report.Words(fmt.Sprint(n))))
		}
	}
	return rows
}

// of returns a document on the same run with one part and no notes.
func (d *Document) of(p Part) *Document {
	one := *d
	one.Parts, one.Notes = []Part{p}, nil
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
		t.Columns = report.Columns("")
		for _, p := range f.Bars.Parts {
			t.Columns = append(t.Columns, report.Column{Name: p.Name})
		}
		t.Columns = append(t.Columns, report.Column{Name: f.Bars.Ends})
		for _, b := range f.Bars.Rows {
			t.Rows = append(t.Rows, append(valueRow(b.Label, b.Values), report.Words(b.Text)))
		}
	case f.Densities != nil:
		t.Columns = report.Columns("", f.Densities.Marks...)
		for _, d := range f.Densities.Rows {
			t.Rows = append(t.Rows, valueRow(d.Label, d.Marks))
		}
	case f.Intervals != nil:
		t.Columns = report.Columns("")
		for _, p := range f.Intervals.Panels {
			t.Columns = append(t.Columns, report.Column{Name: p.Name})
		}
		for i, label := range f.Intervals.Rows {
			row := report.Row(label)
			for _, p := range f.Intervals.Panels {
				row = append(row, report.Words(p.Dots[i].Text))
			}
			t.Rows = append(t.Rows, row)
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
	row := report.Row(label)
	for _, v := range values {
		row = append(row, report.ValueCell(stats.Point(v)))
	}
	return row
}
