package core

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

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

// Int is a factor that is a whole number, 0 if it is none.
func Int(s experiment.Sample, factor string) int {
	n, err := strconv.Atoi(s.Factor(factor))
	if err != nil {
		return 0
	}
	return n
}

// Levels returns the numbers that a factor has among samples, in order.
func Levels(samples experiment.Samples, factor string) []int {
	levels := map[int]bool{}
	for _, s := range samples {
		levels[Int(s, factor)] = true
	}
	return slices.Sorted(maps.Keys(levels))
}

// At returns the samples of which a factor is a number.
func At(samples experiment.Samples, factor string, n int) experiment.Samples {
	return samples.Where(factor, strconv.Itoa(n))
}

// Series estimates f at every level of a factor. What rests on a single block is
// drawn without an interval.
func Series(name string, samples experiment.Samples, factor string, f func(experiment.Sample) float64) report.Series {
	s := report.Series{Name: name}
	for _, n := range Levels(samples, factor) {
		e := experiment.Center(At(samples, factor, n), f)
		if e.N == 0 {
			continue
		}
		if !e.HasInterval() {
			e.Low, e.High = e.Value, e.Value
		}
		s.X, s.Y = append(s.X, float64(n)), append(s.Y, e.Value)
		s.Low, s.High = append(s.Low, e.Low), append(s.High, e.High)
	}
	return s
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

// Percentiles returns the median latency and the 99th percentile.
func Percentiles() []Quantity { return []Quantity{{"latency_p50_ns", P50}, {"latency_p99_ns", P99}} }

// estimates returns the geometric means of a gauge's quantities over blocks, a row
// for each quantity of each cell that has it. The factors are columns as well.
func (d Definition[P]) estimates(samples experiment.Samples) report.Data {
	data := report.Data{Name: "gauge-" + d.Name, Summary: "estimates over blocks, a row a cell and quantity", Columns: append(slices.Clone(d.Factors),
		report.DataColumn{Name: "quantity", Meaning: "what is estimated; its name ends in its unit"},
		report.DataColumn{Name: "value", Meaning: "geometric mean over blocks"},
		report.DataColumn{Name: "low", Meaning: "lower end of its 95% interval"},
		report.DataColumn{Name: "high", Meaning: "upper end"},
		report.DataColumn{Name: "blocks", Meaning: "blocks that it rests on"})}
	cells := map[int]experiment.Samples{}
	for _, s := range samples {
		cells[s.Cell] = append(cells[s.Cell], s)
	}
	for _, number := range slices.Sorted(maps.Keys(cells)) {
		for _, q := range d.Quantities {
			e := experiment.Center(cells[number], q.Of)
			if e.N == 0 {
				continue
			}
			var row []any
			for _, f := range d.Factors {
				row = append(row, cells[number][0].Factor(f.Name))
			}
			data.Add(append(row, q.Name, e, e.Low, e.High, e.N)...)
		}
	}
	return data
}
