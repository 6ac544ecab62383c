package core

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// TimeCell shows a time in ns without its interval.
func TimeCell(e stats.Estimate) report.Cell {
	return report.IntervalCell(e).As(report.Duration(e.Value))
}

// SpreadTime formats a time in ns as "105 ns ±3%".
func SpreadTime(e stats.Estimate) string { return report.Duration(e.Value) + Spread(e) }

// SpreadTimeCell shows a time by [SpreadTime].
func SpreadTimeCell(e stats.Estimate) report.Cell { return report.IntervalCell(e).As(SpreadTime(e)) }

// Spread is the larger side of an interval as a share of the value, " ±3%"; empty
// where there is no interval. Tables of many times and rates are read by it.
func Spread(e stats.Estimate) string {
	if !e.HasInterval() {
		return ""
	}
	return fmt.Sprintf(" ±%.0f%%", 100*(max(e.High/e.Value, e.Value/e.Low)-1))
}

// AddPoint appends an estimate to a series, if there is one. That of a single block
// is drawn without an interval.
func AddPoint(s *report.Series, x float64, e stats.Estimate) {
	if e.N == 0 {
		return
	}
	if !e.HasInterval() {
		e.Low, e.High = e.Value, e.Value
	}
	s.X, s.Y = append(s.X, x), append(s.Y, e.Value)
	s.Low, s.High = append(s.Low, e.Low), append(s.High, e.High)
}

// A Quantity is something that is estimated in each cell. Its name ends in its unit.
type Quantity struct {
	Name string
	Of   func(experiment.Sample) float64
}

// Metrics returns quantities that are metrics.
func Metrics(names ...string) (all []Quantity) {
	for _, name := range names {
		all = append(all, Quantity{name, experiment.Metric(name)})
	}
	return all
}

// Estimates returns the geometric means of quantities over blocks, a row for each
// quantity of each cell that has it. The factors are columns as well.
func Estimates(name string, samples experiment.Samples, factors []report.DataColumn, quantities ...Quantity) report.Data {
	data := report.Data{Name: name, Summary: "estimates over blocks, a row a cell and quantity", Columns: append(slices.Clone(factors),
		report.DataColumn{Name: "quantity", Meaning: "what is estimated; its name ends in its unit"},
		report.DataColumn{Name: "value", Meaning: "geometric mean over blocks"},
		report.DataColumn{Name: "low", Meaning: "lower end of its 95% interval"},
		report.DataColumn{Name: "high", Meaning: "upper end"},
		report.DataColumn{Name: "blocks", Meaning: "blocks that it rests on"})}
	for _, cell := range byCell(samples) {
		for _, q := range quantities {
			e := experiment.Geomean(cell, q.Of)
			if e.N == 0 {
				continue
			}
			var row []any
			for _, f := range factors {
				row = append(row, cell[0].Factor(f.Name))
			}
			data.Add(append(row, q.Name, e.Value, e.Low, e.High, e.N)...)
		}
	}
	return data
}

// byCell parts samples by their cells, in the order of the plan.
func byCell(samples experiment.Samples) (cells []experiment.Samples) {
	samples = slices.Clone(samples)
	slices.SortStableFunc(samples, func(a, b experiment.Sample) int { return cmp.Compare(a.Cell, b.Cell) })
	for i, s := range samples {
		if i == 0 || s.Cell != samples[i-1].Cell {
			cells = append(cells, nil)
		}
		cells[len(cells)-1] = append(cells[len(cells)-1], s)
	}
	return cells
}
