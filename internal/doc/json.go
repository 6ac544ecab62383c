package doc

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// What JSON writes: one schema for all experiments. A number that does not exist
// is null, never zero.
type (
	jsonDocument struct {
		Run   string     `json:"run"`
		State string     `json:"state"`
		Seal  string     `json:"seal"`
		Parts []jsonPart `json:"parts"`
		Notes []string   `json:"notes"` // failures, what is unavailable, warnings
	}
	jsonPart struct {
		Experiment string           `json:"experiment"`
		Verdicts   []report.Verdict `json:"verdicts"`
		Tables     []jsonTable      `json:"tables"`
		Figures    []jsonFigure     `json:"figures"`
	}
	jsonTable struct {
		Title   string       `json:"title"`
		Columns []string     `json:"columns"`
		Rows    [][]jsonCell `json:"rows"`
		Notes   []string     `json:"notes"`
	}
	jsonCell struct {
		Text string `json:"text"`
		*jsonEstimate
	}
	jsonEstimate struct {
		Value number `json:"value"`
		Low   number `json:"low"`
		High  number `json:"high"`
		N     int    `json:"n"`
	}
	// A jsonFigure is what is plotted. Values are in the unit of their axis, those
	// of panels are shares.
	jsonFigure struct {
		*report.Figure
		X      string      `json:"x,omitempty"`
		Y      string      `json:"y,omitempty"`
		Parts  []string    `json:"parts,omitempty"` // of each row's values
		Marks  []string    `json:"marks,omitempty"` // of each row's values
		Rows   []jsonRow   `json:"rows,omitempty"`
		Panels []jsonPanel `json:"panels,omitempty"`
	}
	jsonRow struct {
		Label   string      `json:"label"`
		X       []number    `json:"x,omitempty"`
		Y       []number    `json:"y,omitempty"`
		Low     []number    `json:"low,omitempty"`
		High    []number    `json:"high,omitempty"`
		Values  []number    `json:"values,omitempty"`
		Buckets [][2]number `json:"buckets,omitempty"` // upper edge and count
	}
	jsonPanel struct {
		Name  string    `json:"name"`
		Floor number    `json:"floor"`
		Dots  []jsonDot `json:"dots"`
	}
	jsonDot struct {
		Label  string `json:"label"`
		Text   string `json:"text"`
		Value  number `json:"value"`
		Low    number `json:"low"`
		High   number `json:"high"`
		Hollow bool   `json:"hollow"`
	}
)

// A number is null where there is none.
type number float64

// MarshalJSON writes NaN and infinities as null.
func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func numbers(vs []float64) []number { return mapped(vs, func(v float64) number { return number(v) }) }

// mapped returns f of each value. It is not nil, so that JSON has a list of nothing.
func mapped[A, B any](from []A, f func(A) B) []B {
	to := make([]B, len(from))
	for i, v := range from {
		to[i] = f(v)
	}
	return to
}

// JSON writes a document to w as one JSON object, for a program to read.
func JSON(w io.Writer, d *Document) error {
	out := jsonDocument{Run: d.Run, State: d.State, Seal: d.Seal, Parts: []jsonPart{}, Notes: append([]string{}, d.notes()...)}
	for _, p := range d.Parts {
		part := jsonPart{Experiment: p.Name, Verdicts: []report.Verdict{}, Tables: []jsonTable{}, Figures: []jsonFigure{}}
		for _, v := range each[report.Verdicts](p) {
			part.Verdicts = append(part.Verdicts, v...)
		}
		for _, t := range each[*report.Table](p) {
			part.Tables = append(part.Tables, jsonOfTable(t))
		}
		for _, f := range each[*report.Figure](p) {
			part.Figures = append(part.Figures, jsonOfFigure(p.captioned(f)))
		}
		out.Parts = append(out.Parts, part)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

func jsonOfTable(t *report.Table) jsonTable {
	return jsonTable{
		Title: t.Title, Columns: mapped(t.Columns, func(c report.Column) string { return c.Name }),
		Rows:  mapped(t.Rows, func(row []report.Cell) []jsonCell { return mapped(row, jsonOfCell) }),
		Notes: append(append([]string{}, t.Warnings...), t.Notes...),
	}
}

func jsonOfCell(c report.Cell) jsonCell {
	cell := jsonCell{Text: c.Text}
	if e := c.Value; e != nil {
		cell.jsonEstimate = jsonOfEstimate(*e)
	}
	return cell
}

func jsonOfEstimate(e stats.Estimate) *jsonEstimate {
	return &jsonEstimate{number(e.Value), number(e.Low), number(e.High), e.N}
}

// EstimateJSON returns what JSON writes of an estimate, for objects that are no document.
func EstimateJSON(e stats.Estimate) any { return jsonOfEstimate(e) }

func jsonOfFigure(f *report.Figure) jsonFigure {
	out := jsonFigure{Figure: f}
	switch {
	case f.Lines != nil:
		out.X, out.Y = f.Lines.X.Label, f.Lines.Y.Label
		out.Rows = mapped(f.Lines.Series, func(s report.Series) jsonRow {
			return jsonRow{Label: s.Name, X: numbers(s.X), Y: numbers(s.Y), Low: numbers(s.Low), High: numbers(s.High)}
		})
	case f.Bars != nil:
		out.X, out.Parts = f.Bars.X, mapped(f.Bars.Parts, partName)
		out.Rows = mapped(f.Bars.Rows, func(b report.Bar) jsonRow { return jsonRow{Label: b.Label, Values: numbers(b.Values)} })
	case f.Densities != nil:
		out.X, out.Marks = f.Densities.X, f.Densities.Marks
		out.Rows = mapped(f.Densities.Rows, func(d report.Density) jsonRow {
			buckets := mapped(d.Buckets, func(b [2]float64) [2]number { return [2]number{number(b[0]), number(b[1])} })
			return jsonRow{Label: d.Label, Values: numbers(d.Marks), Buckets: buckets}
		})
	case f.Intervals != nil:
		for _, p := range f.Intervals.Panels {
			panel := jsonPanel{Name: p.Name, Floor: number(p.Floor), Dots: []jsonDot{}}
			for i, d := range p.Dots {
				dot := jsonDot{f.Intervals.Rows[i], d.Text, number(d.Value), number(d.Low), number(d.High), d.Hollow}
				panel.Dots = append(panel.Dots, dot)
			}
			out.Panels = append(out.Panels, panel)
		}
	}
	return out
}

func partName(p report.Part) string { return p.Name }
