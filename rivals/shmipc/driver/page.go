package main

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/copytax/copytax/gauge"
)

//go:embed page.md
var pageText string

// page returns the document of a run, in Markdown.
func page(r *record) (string, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return "", err
	}
	view := view{Record: r, Arms: arms, Load: r.load()}
	for _, s := range sizes {
		table, err := tableOf(r, s)
		if err != nil {
			return "", err
		}
		view.Tables = append(view.Tables, table)
	}
	var b strings.Builder
	if err := t.Execute(&b, view); err != nil {
		return "", err
	}
	return b.String(), nil
}

// A view is what the page shows.
type view struct {
	Record *record
	Arms   []arm
	Load   string
	Tables []table
}

func (v view) Date() string { return v.Record.Started.Format("2006-01-02 15:04 MST") }

// Others says how much of the machine everything but the run took.
func (v view) Others() string {
	return fmt.Sprintf("%.2f of %d processors", v.Record.others(), v.Record.Machine.CPU.Usable)
}

// Disturbed reports whether that was too much for figures to be cited.
func (v view) Disturbed() bool { return v.Record.others() > disturbing }

// disturbing is how many processors others may take. A tenth of one is what an
// idle system with its daemons stays below.
const disturbing = 0.1

func (v view) Gap() string { return gauge.FormatNS(float64(v.Record.GapNS)) }

// A table is one size.
type table struct {
	Title    string
	HandOffs int // a round
	WarmUp   int
	Rows     [][]string
	Failures []string
}

func tableOf(r *record, s size) (table, error) {
	t := table{Title: gauge.FormatBytes(s.bytes), HandOffs: s.handOffs, WarmUp: s.warmUp}
	for _, a := range arms {
		row, err := rowOf(r, a, t.Title)
		if err != nil {
			return table{}, err
		}
		t.Rows = append(t.Rows, row)
		if _, failed := r.of(a.Name, t.Title); failed > 0 {
			t.Failures = append(t.Failures, fmt.Sprintf("%s failed in %d rounds", a.Name, failed))
		}
	}
	return t, nil
}

func rowOf(r *record, a arm, bytes string) ([]string, error) {
	mine, _ := r.of(a.Name, bytes)
	row := []string{"`" + a.Name + "`", a.waits}
	all, err := gauge.Merge(seen(mine))
	if err != nil {
		return nil, err
	}
	if all == nil {
		return append(row, "not measured: "+r.reason(a.Name), "", "", "", "", "", "", ""), nil
	}
	for _, ns := range []int64{all.P50NS, all.P99NS, all.P999NS, all.MaxNS} {
		row = append(row, gauge.FormatNS(float64(ns)))
	}
	whole, err := gauge.Merge(used(mine))
	if err != nil {
		return nil, err
	}
	row = append(row, gauge.FormatNS(float64(whole.P50NS)), gauge.FormatNS(gauge.Geomean(seen(mine), cpuNS).Value))
	switch a.beside {
	case "":
		return append(row, "–", "–"), nil
	case a.Name:
		return append(row, "1", "1"), nil
	}
	ours, _ := r.of(a.beside, bytes)
	return append(row,
		gauge.Ratio(seen(mine), seen(ours), gauge.P50NS).String(),
		gauge.Ratio(used(mine), used(ours), gauge.P50NS).String()), nil
}

// reason says why an arm has no sample.
func (r *record) reason(arm string) string {
	for _, c := range r.Cells {
		if c.Arm == arm && c.Unavailable != "" {
			return c.Unavailable
		}
	}
	return "every round failed"
}
