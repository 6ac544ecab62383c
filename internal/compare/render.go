package compare

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/doc"
	"github.com/copytax/copytax/internal/store"
)

// Terminal writes a comparison of two runs to w: a table a world, a row a cost.
func (c *Comparison) Terminal(w io.Writer, old, new *store.Results) error {
	var tables []report.Block
	for _, rows := range experiment.Groups(c.Rows, func(r Row) string { return r.New.World }) {
		tables = append(tables, c.table(rows, old, new))
	}
	r := &report.Report{Sections: []report.Section{{Blocks: tables}}, Notes: c.Notes}
	for _, cell := range c.OnlyOld {
		r.Notes = append(r.Notes, fmt.Sprintf("Only in %s: %s.", old.Dir, cell))
	}
	for _, cell := range c.OnlyNew {
		r.Notes = append(r.Notes, fmt.Sprintf("Only in %s: %s.", new.Dir, cell))
	}
	r.Notes = append(r.Notes, c.method())
	return doc.Terminal(w, &doc.Document{Parts: []doc.Part{{Report: r}}})
}

// method says what the numbers are.
func (c *Comparison) method() string {
	return fmt.Sprintf("Ratio: %s. Of a tax it is that of cost ÷ floor. A row differs, or is equivalent, if it does so by more, or less, than %s: "+
		"the chance of any wrong verdict in all rows is 5%% at most (Holm). Intervals are 95%%, each for itself.", stats.ShiftMethod, percent(c.Margin))
}

func (c *Comparison) table(rows []Row, old, new *store.Results) *report.Table {
	t := &report.Table{
		Title: rows[0].New.World + ": " + old.Dir + " and " + new.Dir, Brief: true,
		Columns: []report.Column{{Name: "transport", Text: true}, {Name: "cost", Text: true}, {Name: "old"}, {Name: "new"}, {Name: "new ÷ old"}, {Name: "verdict", Text: true}},
	}
	for i, r := range rows {
		arm := r.New.Arm
		if i > 0 && rows[i-1].New.Arm == arm {
			arm = ""
		}
		cell, unit := report.IntervalCell, ", µs"
		if r.New.Floored {
			cell, unit = report.PercentCell, ""
		}
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(arm), report.Words(r.New.Name + unit), cell(shown(r.Old)), cell(shown(r.New)), report.IntervalCell(r.Ratio), report.Words(r.text()),
		})
	}
	return t
}

// text is a verdict as a table has it.
func (r Row) text() string {
	switch {
	case r.Worse:
		return string(r.Verdict) + ": worse"
	case r.Verdict == Differs:
		return string(r.Verdict) + ": better"
	}
	return string(r.Verdict)
}

// What JSON writes. Costs are in µs, taxes shares.
type (
	jsonComparison struct {
		Old    jsonRun   `json:"old"`
		New    jsonRun   `json:"new"`
		Margin float64   `json:"margin"`
		Worse  int       `json:"worse"`
		Rows   []jsonRow `json:"rows"`
		// Cells that one of the runs has alone.
		OnlyOld []string `json:"only_old"`
		OnlyNew []string `json:"only_new"`
		Notes   []string `json:"notes"`
	}
	jsonRun struct {
		Run     string `json:"run"`
		Seal    string `json:"seal"`
		Copytax string `json:"copytax"`
	}
	jsonRow struct {
		World   string             `json:"world"`
		Arm     string             `json:"arm"`
		Factors experiment.Factors `json:"factors"`
		Metric  string             `json:"metric"`
		Cost    string             `json:"cost"`
		Old     any                `json:"old"`
		New     any                `json:"new"`
		Ratio   any                `json:"ratio"`
		P       *float64           `json:"p"` // by Holm; null where the row is not comparable
		Verdict Verdict            `json:"verdict"`
		Worse   bool               `json:"worse"`
	}
)

// JSON writes a comparison of two runs to w as one JSON object, for a program to read.
func (c *Comparison) JSON(w io.Writer, old, new *store.Results) error {
	run := func(r *store.Results) jsonRun { return jsonRun{r.Name(), r.Manifest.Seal, r.Manifest.Version.Copytax} }
	out := jsonComparison{
		Old: run(old), New: run(new), Margin: c.Margin, Worse: len(c.Worse()), Rows: []jsonRow{},
		OnlyOld: append([]string{}, c.OnlyOld...), OnlyNew: append([]string{}, c.OnlyNew...), Notes: append([]string{}, c.Notes...),
	}
	for _, r := range c.Rows {
		row := jsonRow{
			World: r.New.World, Arm: r.New.Arm, Factors: r.New.Cell, Metric: r.New.Metric, Cost: r.New.Name,
			Old: doc.EstimateJSON(shown(r.Old)), New: doc.EstimateJSON(shown(r.New)), Ratio: doc.EstimateJSON(r.Ratio), Verdict: r.Verdict, Worse: r.Worse,
		}
		if !math.IsNaN(r.P) {
			row.P = &r.P
		}
		out.Rows = append(out.Rows, row)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}
