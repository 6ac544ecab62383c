package doc

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/store"
)

var update = flag.Bool("update", false, "write the goldens under testdata anew")

var nan = math.NaN()

// madeUp returns the results of a run of two experiments with a trial that failed.
func madeUp() (store.Manifest, *experiment.Results) {
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	run := store.Manifest{
		State: "complete", Created: at, Finished: at.Add(11 * time.Minute), Command: []string{"copytax", "run", "--all"},
		Version: store.Version{Copytax: "v0.0.0-test"}, Seal: "0123abcd", Warnings: []string{"the clock\njumped"},
	}
	r := &experiment.Results{
		Name: "made-up", Complete: true, Go: "go1.26.8",
		Machine: json.RawMessage(`{"os":"linux","arch":"amd64","cpu":{"model":"Made-up CPU 9000","usable":2},"virtual":{"hypervisor":"KVM"}}`),
		Plan: experiment.Plan{
			Experiments: []string{"flock", "signal"}, Profile: "standard", Seed: 7, Blocks: 3,
			Cells: []experiment.Cell{
				{Experiment: "flock", Factors: experiment.Factors{"arm": "direct", "boids": "100"}},
				{Experiment: "signal", Factors: experiment.Factors{"arm": "spin"}},
			},
			Unavailable: []experiment.Unavailable{{What: "shm:huge", Reason: "no huge pages\nare reserved"}},
		},
	}
	for block := range 3 {
		for cell, c := range r.Plan.Cells {
			n := 2*block + cell
			if n == 2 {
				trial := experiment.Trial{Number: n, Block: block, Cell: cell, Of: c}
				r.Failures = append(r.Failures, experiment.Failure{Trial: trial, Reason: "engine: killed\nby signal 9"})
				continue
			}
			h, _ := experiment.FromSeries([]int64{90, 100, 2000 + int64(block)})
			r.Samples = append(r.Samples, experiment.Sample{
				Trial: n, Block: block, Cell: cell, Worker: "viewer", Of: c, Metrics: map[string]float64{"wall_ns": 1e6 + 1e4*float64(block)},
				Histograms: map[string]*experiment.Histogram{"latency_ns": h},
			})
		}
	}
	return run, r
}

// madeUpParts has a block of every kind, numbers that do not exist, and texts that
// could break a table.
func madeUpParts() []Part {
	e := stats.Estimate{Value: 1620, Low: 1595, High: 1645, N: 3}
	table := &report.Table{
		Title: "100 boids", Columns: append(report.Columns("transport", "CPU µs/tick", "latency tax"), report.Column{Name: "why", Text: true}),
		Rows: [][]report.Cell{
			{report.Words("direct"), report.IntervalCell(e), report.PercentCell(stats.Nothing()).As("reference"), report.Words("a | b")},
			{report.Words("unix+raw"), report.ValueCell(stats.Point(2)), report.PercentCell(stats.Estimate{Value: 0.5, Low: -0.25, High: 0.8, N: 3}), report.Words("two\nlines")},
		},
		Warnings: []string{"A/A failure: direct differs from itself."},
		Notes:    []string{"n = 3 blocks.", "≈: equivalent to direct."}, Brief: true,
	}
	hidden := &report.Table{Columns: report.Columns("constant", "value"), Rows: [][]report.Cell{report.Row("addN", "8")}}
	flock := &report.Report{
		Sections: []report.Section{
			{Title: "Summary", Blocks: []report.Block{table, hidden}},
			{Title: "Figures", Blocks: []report.Block{
				&report.Figure{Name: "phases-100", Title: "Where [it] goes", Subtitle: "Share", Caption: "Bars.", Data: "phases", Bars: &report.Bars{
					X: "share, %", Ends: "total", Share: true, Parts: []report.Part{{Name: "compute", Colour: report.PhaseColour("compute")}, {Name: "send", Colour: report.PhaseColour("send")}},
					Rows: []report.Bar{{Label: "direct", Values: []float64{99, nan}, Text: "1,620 ± 25"}}}},
				&report.Figure{Name: "taxes-100", Title: "Taxes", Data: "phases", Intervals: &report.Intervals{Rows: []string{"direct", "unix+raw"}, Panels: []report.Panel{{
					Name: "additive", Formula: "1 − c", Floor: nan, Dots: []report.Dot{{Value: nan, Low: nan, High: nan, Text: "reference"}, {Value: 0.5, Low: -0.2, High: 0.8, Text: "50 [−20, 80]%", Hollow: true}}}}}},
				&report.Figure{Name: "latency-100", Title: "Latency", Densities: &report.Densities{X: "latency, µs", Ends: "p50", Marks: []string{"p50", "max"},
					Rows: []report.Density{{Label: "direct", Buckets: [][2]float64{{1, 10}, {2, 5}}, Marks: []float64{1, nan}, Text: "1"}}}},
			}},
			{Title: "What the numbers mean", Blocks: []report.Block{report.Paragraph("**CPU** is all of it."), report.List{"one", "two"}}},
		},
		Data: []report.Data{{Name: "phases", Summary: "CPU time by phase", Columns: []report.DataColumn{{Name: "arm", Meaning: "the transport"}, {Name: "cpu_us_per_tick", Meaning: "CPU time, µs"},
			{Name: "n", Meaning: "blocks"}, {Name: "alike", Meaning: "equivalent | to direct"}}, Rows: [][]any{{"direct", 0.1 + 0.2, 3, false}, {"unix, raw", nan, nil, true}}}},
		Notes: []string{"Pair dropped: twin\nin block 0."},
	}
	signal := &report.Report{Sections: []report.Section{{Blocks: []report.Block{
		report.Verdicts{{Claim: "under 10 µs", Measured: "90 ns", Holds: stats.Supported}}, report.Verdicts{},
		&report.Figure{Name: "signal-1", Title: "How soon", Lines: &report.Lines{X: report.Axis{Label: "payload, bytes", Log: true}, Y: report.Axis{Label: "latency, ns", Log: true},
			Series: []report.Series{{Name: "spin", X: []float64{64, 4096}, Y: []float64{90, nan}, Low: []float64{-1, nan}, High: []float64{99, nan}}}}},
	}}}}
	return []Part{{Name: "flock", Summary: "the whole system", Report: flock}, {Name: "signal", Summary: "wakes.", Report: signal}}
}

func document() *Document {
	run, results := madeUp()
	return New(run, results, madeUpParts())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update makes it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what it was: look at it, and if it is better run go test -update; got\n%s", path, got)
	}
}

func written(t *testing.T, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldens(t *testing.T) {
	d := document()
	one := document()
	one.Parts, one.Notes = one.Parts[1:], nil
	golden(t, IndexName, Markdown(d))
	golden(t, "one-part.md", Markdown(one))
	golden(t, "terminal.txt", written(t, func(b *bytes.Buffer) error { return Terminal(b, d) }))
	golden(t, "report.json", written(t, func(b *bytes.Buffer) error { return JSON(b, d) }))
	golden(t, "data-reference.md", DataReference(d.Parts))
	csv, err := CSV(d.Parts[0].Report.Data[0])
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "phases.csv", csv)
}

// No output says NaN, and what JSON writes is JSON.
func TestNoNaN(t *testing.T) {
	d := document()
	raw := written(t, func(b *bytes.Buffer) error { return JSON(b, d) })
	all := append(append(append([]byte{}, raw...), Markdown(d)...), written(t, func(b *bytes.Buffer) error { return Terminal(b, d) })...)
	if !json.Valid(raw) || bytes.Contains(all, []byte("NaN")) {
		t.Errorf("valid JSON: %v; or there is a NaN:\n%s", json.Valid(raw), all)
	}
	var empty bytes.Buffer
	if err := JSON(&empty, &Document{}); err != nil || bytes.Contains(empty.Bytes(), []byte("null")) {
		t.Errorf("of nothing: got %s (%v), want empty lists", empty.String(), err)
	}
}

func TestTablesAreAligned(t *testing.T) {
	d := document()
	terminal := written(t, func(b *bytes.Buffer) error { return Terminal(b, d) })
	for _, text := range []string{string(Markdown(d)), string(terminal)} {
		var widths []int
		for line := range strings.Lines(text + "\n\n") {
			if first, _ := utf8.DecodeRuneInString(line); strings.ContainsRune("|│├┌└", first) {
				widths = append(widths, utf8.RuneCountInString(strings.TrimRight(line, "\n")))
				continue
			}
			for i := range widths {
				if widths[i] != widths[0] {
					t.Errorf("got lines of widths %v in one table:\n%s", widths, text)
				}
			}
			widths = nil
		}
	}
}

func TestRowsOfDataAreComplete(t *testing.T) {
	_, err := CSV(report.Data{Name: "x", Columns: make([]report.DataColumn, 2), Rows: [][]any{{1, 2}, {1}}})
	if err == nil || !strings.Contains(err.Error(), "x.csv: row 2 has 1 cells, want 2") {
		t.Errorf("got %v, want that row 2 is short", err)
	}
}

func TestHeaderAndNotes(t *testing.T) {
	run, results := madeUp()
	results.Complete, run.Finished, results.Machine = false, time.Time{}, nil
	results.Failures[0].Mended = true
	d := New(run, results, madeUpParts())
	text := string(Markdown(d))
	for _, want := range []string{"not finished.", "Machine: see the manifest", "3 of 3 blocks are", "(a later attempt succeeded)", "Unavailable here: shm:huge: no huge pages are reserved"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if p := d.Parts[0]; p.Blocks != "2 blocks" || strings.Contains(p.Basis, "Failed") {
		t.Errorf("got %q and %q, want 2 blocks and no failure", p.Blocks, p.Basis)
	}
	results.Samples = results.Samples[:1]
	if got := New(run, results, madeUpParts()).Parts[0].Blocks; got != "1 block" {
		t.Errorf("got %q of one block", got)
	}
}

// A caption says once how many blocks there are, and speaks of intervals where
// there are any.
func TestCaptions(t *testing.T) {
	p := Part{Blocks: "3 blocks", Basis: "Made-up CPU."}
	dots := []report.Dot{{Text: "15 ± 5%"}}
	one := []float64{1}
	for want, f := range map[string]*report.Figure{
		"A. n\u00a0=\u00a03 blocks. Made-up CPU.":                            {Caption: "A.", Densities: &report.Densities{}},
		"n\u00a0=\u00a02 blocks. Made-up CPU.":                               {Caption: "n\u00a0=\u00a02 blocks."},
		"n\u00a0=\u00a03 blocks; 95% intervals over blocks. Made-up CPU.":    {Intervals: &report.Intervals{Rows: []string{""}, Panels: []report.Panel{{Dots: dots}}}},
		"B. n\u00a0=\u00a03 blocks; 95% intervals over blocks. Made-up CPU.": {Caption: "B.", Lines: &report.Lines{Series: []report.Series{{X: one, Y: one, Low: one, High: one}}}},
		"C. n\u00a0=\u00a03 blocks. Made-up CPU.":                            {Caption: "C.", Lines: &report.Lines{Series: []report.Series{{X: one, Y: one}}}},
		"D. n\u00a0=\u00a03 blocks; 95% intervals over blocks. Made-up CPU.": {Caption: "D.", Bars: &report.Bars{Rows: []report.Bar{{Text: "1 ± 2"}}}},
	} {
		if got := p.captioned(f).Caption; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSelect(t *testing.T) {
	d := document()
	var all bytes.Buffer
	for _, name := range []string{"phases-100", "taxes-100", "latency-100", "signal-1"} {
		one, err := Select(d, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(Terminal(&all, one), JSON(&all, one)); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "figures.txt", all.Bytes())
	if _, err := Select(d, "phases"); err == nil || !strings.Contains(err.Error(), "there are phases-100, taxes-100") {
		t.Errorf("got %v, want the names of all figures", err)
	}
}

func TestMetric(t *testing.T) {
	_, results := madeUp()
	var all bytes.Buffer
	for _, name := range []string{"wall_ns", "latency_ns"} {
		one, err := Metric(document(), results, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := Terminal(&all, one); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "metrics.txt", all.Bytes())
	if _, err := Metric(document(), results, "wall"); err == nil || !strings.Contains(err.Error(), "there are latency_ns, wall_ns") {
		t.Errorf("got %v, want the names of all metrics", err)
	}
}
