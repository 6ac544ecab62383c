package physics

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

func (a *analysis) worldTable(w *measured) *report.Table {
	t := &report.Table{
		Title: w.title(), Brief: true, Notes: append(w.notes(), limitNote(w.rows)),
		Columns: report.Columns("back end", "M agent-steps/s", "ns/boid", "sort", "force", "integrate",
			"× scalar", "× SSE2", "× limit", "× ceiling"),
	}
	for _, r := range w.rows {
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(r.Name), report.ValueCell(stats.Point(1e3 / r.step.Value)), report.IntervalCell(r.step),
			report.ValueCell(r.sort), report.ValueCell(r.force), report.ValueCell(r.integrate),
			r.speedup(scalar, r.toScalar), r.speedup(sse2, r.toSSE2), report.ValueCell(r.ofLimit), report.ValueCell(r.ofCeiling),
		})
	}
	return t
}

// speedup is how many times as fast a row is as another back end.
func (r row) speedup(base string, e stats.Estimate) report.Cell {
	if r.Name == base {
		return report.Words("1")
	}
	return report.IntervalCell(e)
}

func (w *measured) title() string {
	where := "in space"
	if w.Model.Dimensions == 2 {
		where = "in the plane"
	}
	return fmt.Sprintf("%s: %s boids %s, %s neighbours each", w.Name, report.Fixed(float64(w.Model.Boids), 0), where, report.Number(w.neighbours))
}

// notes says what the table rests on.
func (w *measured) notes() []string {
	edges, p := []string{}, w.Model.Policy
	for axis := range w.Model.Dimensions {
		edges = append(edges, report.Number(float64(p.Max[axis]-p.Min[axis])/float64(p.Radius)))
	}
	notes := []string{fmt.Sprintf("A box of %s radii, %s cells; %s candidates a boid. n = %d blocks, ticks %.0f to %.0f.",
		strings.Join(edges, " × "), report.Fixed(float64(w.cellCount()), 0), report.Number(w.candidates),
		len(w.ticks), w.ticks[0], w.ticks[len(w.ticks)-1])}
	switch {
	case w.Source != "":
		notes = append(notes, fmt.Sprintf("After %s; what differs: %s.", w.Source, w.Differences))
	case w.Differences != "":
		notes = append(notes, strings.ToUpper(w.Differences[:1])+w.Differences[1:]+".")
	}
	return notes
}

// limitNote says what the limits are made of.
func limitNote(rows []row) string {
	var parts []string
	memory := 0.0
	for _, r := range rows {
		memory = max(memory, r.limit.memory) // that of several threads is a part of it
		if part := report.Number(r.limit.alu) + " with " + r.lanes(); r.ofLimit.N > 0 && !r.Pooled && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "No limits: the machine was not calibrated, which takes the native worker."
	}
	return fmt.Sprintf("Limit, ns a boid on one thread: arithmetic %s; transfers %s at the bandwidth of %s.",
		strings.Join(parts, ", "), report.Number(memory), rows[0].limit.source)
}

// columnNotes explains the columns of a world's table.
func columnNotes() report.List {
	return report.List{
		"± is half a 95% interval, brackets give both ends of a lopsided one (over blocks, of logarithms). sort, force and integrate are ns a boid.",
		"× scalar and × SSE2: times as fast as these, paired by block. × limit: ns/boid as a multiple of what arithmetic and transfers allow at best.",
		"× ceiling: force as a multiple of what the same code takes a candidate on one cell that stays in the nearest cache.",
	}
}

func slopeTable(slopes []slope) *report.Table {
	t := &report.Table{
		Title: "How the time of a step grows with the number of boids", Brief: true,
		Columns: report.Columns("back end", "series", "boids", "worlds", "exponent", "95% interval"),
		Notes:   []string{"1 is linear: a boid costs the same in a world of any size."},
	}
	t.Columns[1].Text = true
	for _, s := range slopes {
		row := report.Row(s.backend, s.series, report.Count(s.from)+" to "+report.Count(s.to), fmt.Sprint(s.exponent.N))
		t.Rows = append(t.Rows, append(row, ends(s.exponent, 3)...))
	}
	return t
}

// ends returns a value and, in a cell of its own, its interval.
func ends(e stats.Estimate, places int) []report.Cell {
	interval := report.Absent
	if e.HasInterval() {
		interval = report.Fixed(e.Low, places) + " to " + report.Fixed(e.High, places)
	}
	return []report.Cell{report.ValueCell(e).As(report.Fixed(e.Value, places)), report.Words(interval)}
}

func comparisonTable(list []comparison) *report.Table {
	t := &report.Table{
		Title: "The claim: " + claim, Brief: true,
		Columns: report.Columns("world", "fast", "slow", "times as fast", "95% interval", "verdict"),
		Notes: []string{fmt.Sprintf("Supported: at %d or above (more than %d supports the claim too); refuted: below %d; "+
			"unresolved where the interval leaves it open, or the family of all these comparisons does. One thread on both sides.", claimLow, claimHigh, claimLow)},
	}
	for _, column := range []int{1, 2, 5} {
		t.Columns[column].Text = true
	}
	for _, c := range list {
		row := append(report.Row(c.world, c.fast, c.slow), ends(c.speedup, 2)...)
		t.Rows = append(t.Rows, append(row, report.Words(string(c.holds))))
	}
	return t
}

func (a *analysis) backendList() (list report.List) {
	for _, b := range a.backends {
		bits := "the bits of all others"
		switch {
		case b.Shader:
			bits = "bits of its own, held to the oracle in every trial"
		case b.Inexact:
			bits = "bits of its own, compared with nothing"
		}
		list = append(list, fmt.Sprintf("`%s`: %s; %s, %s", b.Name, b.Summary, b.lanes(), bits))
	}
	return list
}

// constantTable shows the constants of the machine.
func (a *analysis) constantTable() *report.Table {
	t := &report.Table{Title: "Constants of the machine, one core", Columns: report.Columns("constant", "value"),
		Notes: []string{"addN, mulN, mixN: float32 operations a nanosecond with N lanes; _gbs: 10⁹ bytes a second."}}
	for _, name := range slices.Sorted(maps.Keys(a.limits.constants)) {
		t.Rows = append(t.Rows, []report.Cell{report.Words(name), report.IntervalCell(a.limits.constants[name])})
	}
	return t
}

// ceilingTable shows the empirical ceilings.
func (a *analysis) ceilingTable() *report.Table {
	t := &report.Table{
		Title:   "Empirical ceilings: the force on one cell that stays in the nearest cache",
		Columns: report.Columns("back end", "ns/candidate", "ns/boid", "candidates a boid", "neighbours a boid"),
		Notes:   []string{"Force alone: no sort, no integration, the same boids again and again."},
	}
	for _, b := range a.backends {
		if price := a.ceiling(b, "force_ns", "candidates"); price.N > 0 {
			t.Rows = append(t.Rows, []report.Cell{
				report.Words(b.Name), report.IntervalCell(price), report.IntervalCell(a.ceiling(b, "force_ns", "boids")),
				report.ValueCell(a.ceiling(b, "candidates", "boids")), report.ValueCell(a.ceiling(b, "neighbours", "boids")),
			})
		}
	}
	return t
}
