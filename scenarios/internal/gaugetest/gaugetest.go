// Package gaugetest lets the tests of a gauge measure cells and look at its report.
package gaugetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// Measure measures one cell and fails the test if that fails, or if the sample
// lacks what it owes.
func Measure(t *testing.T, e experiment.Experiment, c experiment.Cell) experiment.Sample {
	t.Helper()
	s, err := Try(t, e, c)
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	duty := e.Duties(experiment.Plan{}, c)[0]
	for _, name := range duty.Metrics {
		if _, ok := s.Metrics[name]; !ok || s.Worker != duty.Worker {
			t.Errorf("%v: the sample of %s has no metric %s, which it owes", c, s.Worker, name)
		}
	}
	return s
}

// Try measures one cell.
func Try(t *testing.T, e experiment.Experiment, c experiment.Cell) (experiment.Sample, error) {
	t.Helper()
	l, ctx := labtest.New(t)
	session, err := e.Open(ctx, l, []experiment.Cell{c})
	if err != nil {
		return experiment.Sample{}, err
	}
	samples, err := session.Measure(ctx, experiment.Trial{Of: c})
	if err != nil {
		return experiment.Sample{}, err
	}
	samples[0].Of = c
	return samples[0], session.Close()
}

// CheckTables fails the test if a row has not a text for each column, or shows
// what is no number as one.
func CheckTables(t *testing.T, tables []*report.Table) {
	t.Helper()
	for _, table := range tables {
		for _, row := range table.Rows {
			texts := Texts(row)
			if len(row) != len(table.Columns) || slices.Contains(texts, "") || strings.Contains(strings.Join(texts, " "), "NaN") {
				t.Errorf("%q: row %q under %d columns", table.Title, texts, len(table.Columns))
			}
		}
	}
}

// Texts returns what a row shows.
func Texts(row []report.Cell) []string {
	texts := make([]string, len(row))
	for i, cell := range row {
		texts[i] = cell.Text
	}
	return texts
}

// Findings returns what a gauge says of samples, which must not fail.
func Findings(t *testing.T, e experiment.Experiment, samples experiment.Samples) core.Findings {
	t.Helper()
	found, err := e.(interface {
		Findings(experiment.Samples) (core.Findings, error)
	}).Findings(samples)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
