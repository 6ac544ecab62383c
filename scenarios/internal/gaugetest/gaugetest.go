// Package gaugetest lets the tests of a gauge run its jobs in real processes:
// copies of the test binary.
package gaugetest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// Main is the TestMain of a gauge: it does a job when the test binary was
// started as a worker, and else runs the tests.
func Main(m *testing.M, e experiment.Experiment) {
	if len(os.Args) > 2 && os.Args[1] == lab.WorkerVerb {
		if err := e.Jobs()[os.Args[2]](os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// NewLab returns a lab that ends with the test, and a context that ends two
// minutes from now at the latest.
func NewLab(t *testing.T) (*lab.Lab, context.Context) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l := lab.New(exe)
	t.Cleanup(l.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return l, ctx
}

// Measure measures one cell and fails the test if that fails, or if the sample
// lacks what it owes.
func Measure(t *testing.T, e experiment.Experiment, c experiment.Cell) experiment.Sample {
	t.Helper()
	s, err := Try(t, e, c)
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	duty := e.Duties(c)[0]
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
	l, ctx := NewLab(t)
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

// Cells returns the cells that a profile measures on this machine.
func Cells(t *testing.T, e experiment.Experiment, p experiment.Profile) []experiment.Cell {
	t.Helper()
	plan, err := e.Plan(t.Context(), experiment.Request{Profile: p})
	if err != nil {
		t.Fatal(err)
	}
	return plan.Cells
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

// Shown returns all that a report says as one text, to be compared with another.
func Shown(f core.Findings) string {
	var b strings.Builder
	fmt.Fprintln(&b, f.Verdicts, f.Data)
	for _, t := range f.Tables {
		fmt.Fprintln(&b, t.Title, t.Columns, t.Notes)
		for _, row := range t.Rows {
			fmt.Fprintf(&b, "%q\n", Texts(row))
		}
	}
	for _, figure := range f.Figures {
		fmt.Fprintln(&b, figure.Title, figure.Caption, *figure.Lines)
	}
	return b.String()
}
