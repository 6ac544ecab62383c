package doc

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/copytax/copytax/experiment/report"
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
		Name     string      `json:"name"`
		Title    string      `json:"title"`
		Subtitle string      `json:"subtitle"`
		Caption  string      `json:"caption"`
		Data     string      `json:"data,omitempty"` // name of the CSV file behind it
		X        string      `json:"x,omitempty"`
		Y        string      `json:"y,omitempty"`
		Parts    []string    `json:"parts,omitempty"` // of each row's values
		Marks    []string    `json:"marks,omitempty"` // of each row's values
		Rows     []jsonRow   `json:"rows,omitempty"`
		Panels   []jsonPanel `json:"panels,omitempty"`
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

func numbers(vs []float64) []number {
	out := make([]number, len(vs))
	for i, v := range vs {
		out[i] = number(v)
	}
	return out
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
	out := jsonTable{Title: t.Title, Columns: []string{}, Rows: [][]jsonCell{}, Notes: append([]string{}, t.Notes...)}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, c.Name)
	}
	for _, from := range t.Rows {
		row := []jsonCell{}
		for _, c := range from {
			cell := jsonCell{Text: c.Text}
			if e := c.Value; e != nil {
				cell.jsonEstimate = &jsonEstimate{number(e.Value), number(e.Low), number(e.High), e.N}
			}
			row = append(row, cell)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func jsonOfFigure(f *report.Figure) jsonFigure {
	out := jsonFigure{Name: f.Name, Title: f.Title, Subtitle: f.Subtitle, Caption: f.Caption, Data: f.Data}
	switch {
	case f.Lines != nil:
		out.X, out.Y = f.Lines.X.Label, f.Lines.Y.Label
		for _, s := range f.Lines.Series {
			out.Rows = append(out.Rows, jsonRow{Label: s.Name, X: numbers(s.X), Y: numbers(s.Y), Low: numbers(s.Low), High: numbers(s.High)})
		}
	case f.Bars != nil:
		out.X, out.Parts = f.Bars.X, partNames(f.Bars)
		for _, b := range f.Bars.Rows {
			out.Rows = append(out.Rows, jsonRow{Label: b.Label, Values: numbers(b.Values)})
		}
	case f.Densities != nil:
		out.X, out.Marks = f.Densities.X, f.Densities.Marks
		for _, d := range f.Densities.Rows {
			row := jsonRow{Label: d.Label, Values: numbers(d.Marks)}
			for _, b := range d.Buckets {
				row.Buckets = append(row.Buckets, [2]number{number(b[0]), number(b[1])})
			}
			out.Rows = append(out.Rows, row)
		}
	case f.Intervals != nil:
		out.Panels = jsonOfPanels(f.Intervals)
	}
	return out
}

func jsonOfPanels(p *report.Intervals) (panels []jsonPanel) {
	for _, from := range p.Panels {
		panel := jsonPanel{Name: from.Name, Floor: number(from.Floor), Dots: []jsonDot{}}
		for i, d := range from.Dots {
			panel.Dots = append(panel.Dots, jsonDot{p.Rows[i], d.Text, number(d.Value), number(d.Low), number(d.High), d.Hollow})
		}
		panels = append(panels, panel)
	}
	return panels
}
