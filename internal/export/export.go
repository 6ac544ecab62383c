// Package export writes the samples of a run for other programs: every number as
// a row of its own, with the factors of its cell beside it.
//
// It estimates nothing. [CSV] leaves nothing out: a failed trial is a row with its
// reason. [Benchfmt] writes successful trials for benchstat. Start at [CSV].
package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
)

// Columns are those of every row before the factors, and behind them.
var (
	identity = []string{"run", "experiment", "trial", "block", "attempt", "repeat", "counts", "worker"}
	group    = "group" // behind them, where any cell is of one
	value    = []string{"metric", "value", "void", "error"}
)

// CSV writes long rows to w under a header: who measured, the factors of the cell
// (a column each, empty where a cell lacks one; named factor_NAME where the name
// is taken), the name of the metric and its value in full precision. Histograms are
// rows of their statistics, as latency_ns.p50, and what the machine was like around a
// trial is of the worker "trial", as environment.others_fraction. All attempts of a
// trial are there, and void tries too; counts says which are of the last one.
func CSV(w io.Writer, r *store.Results) error {
	factors := factorNames(r.Manifest.Plan)
	out := csv.NewWriter(w)
	header := slices.Clone(identity)
	grouped := hasGroups(r.Manifest.Plan)
	if grouped {
		header = append(header, group)
	}
	for _, name := range factors {
		header = append(header, column(name))
	}
	if err := out.Write(append(header, value...)); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	for i, s := range r.Samples {
		if err := write(out, func(worker string) []string { return key(r, i, worker, grouped, factors) }, s); err != nil {
			return fmt.Errorf("export trial %d: %w", s.Trial, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func hasGroups(p experiment.Plan) bool {
	return slices.ContainsFunc(p.Cells, func(c experiment.Cell) bool { return c.Group != "" })
}

func factorNames(p experiment.Plan) []string {
	names := map[string]bool{}
	for _, c := range p.Cells {
		for name := range c.Factors {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// column keeps a factor from taking the name of another column.
func column(factor string) string {
	if factor == group || slices.Contains(identity, factor) || slices.Contains(value, factor) {
		return "factor_" + factor
	}
	return factor
}

// key returns the cells that start a row of a sample, by its index.
func key(r *store.Results, i int, worker string, grouped bool, factors []string) []string {
	s := r.Samples[i]
	row := []string{r.Name(), s.Of.Experiment, strconv.Itoa(s.Trial), strconv.Itoa(s.Block), strconv.Itoa(s.Attempt),
		strconv.Itoa(s.Repeat), strconv.FormatBool(r.Counts(i)), worker}
	if grouped {
		row = append(row, s.Of.Group)
	}
	for _, name := range factors {
		row = append(row, s.Of.Factors[name])
	}
	return row
}

// write writes the rows of one sample, of the environment first, then metrics, then
// histograms, each by name.
func write(out *csv.Writer, key func(worker string) []string, s experiment.Sample) error {
	row := func(worker, metric string, v float64) error {
		return out.Write(append(key(worker), metric, strconv.FormatFloat(v, 'f', -1, 64), s.Void, ""))
	}
	if s.Environment != nil {
		figures := s.Environment.Figures()
		for _, name := range slices.Sorted(maps.Keys(figures)) {
			if err := row(experiment.Whole, "environment."+name, figures[name]); err != nil {
				return err
			}
		}
	}
	if s.Error != "" {
		return out.Write(append(key(s.Worker), "", "", "", s.Error))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		if err := row(s.Worker, name, s.Metrics[name]); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Histograms)) {
		statistics := s.Histograms[name].Statistics()
		for _, statistic := range slices.Sorted(maps.Keys(statistics)) {
			if err := row(s.Worker, name+"."+statistic, statistics[statistic]); err != nil {
				return err
			}
		}
	}
	return nil
}
