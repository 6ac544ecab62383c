package doc

import (
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
)

// Every table and figure that shows an arm of a plugin says whose it is, and no other.
func TestPluginsAreCredited(t *testing.T) {
	run, results := madeUp()
	of := func(factor, value, module string) experiment.Level {
		l := experiment.Level{Factor: factor, Value: value}
		l.Credit([]experiment.Module{{Path: experiment.Tree}, {Path: module, Version: "v0.1.0", Sum: "h1:" + value + "="}})
		return l
	}
	results.Plan.Levels = []experiment.Level{of(experiment.Arm, "tcp2+raw", "example.com/tcp2"), of(experiment.ExperimentFactor, "signal", "example.com/signal"), {Factor: experiment.Arm, Value: "direct"}}
	const tcp2, signal = "tcp2+raw is of example.com/tcp2 v0.1.0 h1:tcp2+raw=.", "signal is of example.com/signal v0.1.0 h1:signal=."
	table := func(name string) *report.Table {
		return &report.Table{Columns: report.Columns("transport"), Rows: [][]report.Cell{report.Row(name)}, Notes: []string{"n."}}
	}
	bars := func(label string) *report.Figure {
		return &report.Figure{Name: "f", Caption: "n\u00a0=\u00a03.", Bars: &report.Bars{Rows: []report.Bar{{Label: label}}}}
	}
	for _, c := range []struct {
		part   string
		table  *report.Table
		figure *report.Figure
		want   []string
	}{
		{"flock", table("tcp2+raw"), bars("tcp2+raw"), []string{tcp2}},
		{"flock", table("≈ tcp2+raw (A/A)"), bars("tcp2+raw (A/A)"), []string{tcp2}},
		{"flock", table("tcp2+raw:packed"), bars("direct"), nil},
		{"signal", table("spin"), bars("spin"), []string{signal}},
	} {
		in := &report.Report{Sections: []report.Section{{Blocks: []report.Block{c.table, c.figure}}}}
		d := New(run, results, []Part{{Name: c.part, Report: in}})
		blocks := d.Parts[0].Report.Sections[0].Blocks
		if got := blocks[0].(*report.Table).Notes[1:]; !slices.Equal(got, c.want) {
			t.Errorf("%s, table of %s: got notes %q, want %q", c.part, c.table.Rows[0][0].Text, got, c.want)
		}
		want := strings.TrimSpace("n\u00a0=\u00a03. " + strings.Join(c.want, " "))
		if got := blocks[1].(*report.Figure).Caption; got != want {
			t.Errorf("%s, figure of %s: got caption %q, want %q", c.part, c.figure.Bars.Rows[0].Label, got, want)
		}
		if len(c.table.Notes) != 1 || c.figure.Caption != "n\u00a0=\u00a03." {
			t.Errorf("the report itself was changed: %q, %q", c.table.Notes, c.figure.Caption)
		}
	}
}
