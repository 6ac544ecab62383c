package render

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/internal/store"
)

// A GaugeReport is what one gauge says of a run's samples.
type GaugeReport struct {
	Name    string `json:"scenario"`
	Summary string `json:"summary"`
	gauge.Report
}

// Gauges writes the report on a run of gauges to dir, as Render does for one of
// roles: each curve as SVG and PNG, and an index with all tables and verdicts.
// What lies behind them is in the run's samples.
func Gauges(results *store.Results, reports []GaugeReport, dir string) error {
	files, err := gaugeFiles(results, reports)
	if err != nil {
		return fmt.Errorf("report on %s: %w", results.Dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("report on %s: %w", results.Dir, err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.content, 0o644); err != nil {
			return fmt.Errorf("report on %s: %w", results.Dir, err)
		}
	}
	return removeOthers(dir, files, regexp.MustCompile(`^gauge-[0-9a-z-]+\.(svg|png)$`))
}

func gaugeFiles(results *store.Results, reports []GaugeReport) ([]document, error) {
	fonts := newTypeface()
	var files []document
	for _, r := range reports {
		for i, c := range r.Curves {
			f := gaugeFigure(fonts, gaugeFigureName(r.Name, i), c)
			svg, err := f.svg(fonts)
			if err != nil {
				return nil, err
			}
			png, err := f.png(fonts, sharpness*pixelsPerInch)
			if err != nil {
				return nil, err
			}
			files = append(files, document{f.name + ".svg", svg}, document{f.name + ".png", png})
		}
	}
	return append(files, document{IndexName, []byte(gaugeIndex(results, reports))}), nil
}

func gaugeFigureName(scenario string, i int) string { return fmt.Sprintf("gauge-%s-%d", scenario, i+1) }

// gaugeIndex returns the report's index.md.
func gaugeIndex(results *store.Results, reports []GaugeReport) string {
	var b strings.Builder
	m := results.Manifest
	fmt.Fprintf(&b, "# Report on run %s\n\n", filepath.Base(filepath.Clean(results.Dir)))
	fmt.Fprintf(&b, "The hub by itself: %s. %s profile, seed %d, %d blocks of %d cells in random order, each in fresh processes, started %s.\n",
		strings.ReplaceAll(m.Plan.Scenario, ",", ", "), m.Plan.Profile, m.Plan.Seed, m.Plan.Blocks, len(m.Plan.Cells), m.Created.Format("2006-01-02 15:04 UTC"))
	fmt.Fprintf(&b, "%s. copytax %s.\n\n", machineOf(m), m.Version.Copytax)
	fmt.Fprintf(&b, "    %s\n\n", oneLine(strings.Join(m.Command, " ")))
	b.WriteString("This folder is made from the results alone: the same results give the same bytes. Intervals, in brackets, are 95% over blocks, " +
		"ratios are paired by block. All histograms are in the run's samples.jsonl, in the encoding of HdrHistogram.\n")
	for _, r := range reports {
		writeGauge(&b, r)
	}
	b.WriteString("\n## What is missing, and warnings\n\n")
	notes := gaugeNotes(results)
	if len(notes) == 0 {
		b.WriteString("Nothing: every cell of the plan was measured.\n")
	}
	for _, note := range notes {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	return b.String()
}

func writeGauge(b *strings.Builder, r GaugeReport) {
	fmt.Fprintf(b, "\n## %s\n\n%s.\n", r.Name, strings.TrimSuffix(r.Summary, "."))
	if len(r.Verdicts) > 0 {
		fmt.Fprintf(b, "\n%s", verdictTable(r.Verdicts).markdown())
	}
	for i, c := range r.Curves {
		name := gaugeFigureName(r.Name, i)
		fmt.Fprintf(b, "\n![%s](%s.png)\n", c.Title, name)
	}
	for _, t := range r.Tables {
		fmt.Fprintf(b, "\n%s", Summary{Title: t.Title, Header: t.Columns, Rows: t.Rows, Notes: []string{t.Note}}.markdown())
	}
}

func verdictTable(verdicts []gauge.Verdict) Summary {
	t := Summary{Title: "Verdicts", Header: []string{"claim", "measured", "holds"}}
	for _, v := range verdicts {
		t.Rows = append(t.Rows, []string{v.Claim, v.Measured, v.Holds})
	}
	return t
}

// gaugeNotes returns what the tables of a run of gauges leave out.
func gaugeNotes(results *store.Results) []string {
	var notes []string
	m := results.Manifest
	if m.State != store.Complete {
		notes = append(notes, fmt.Sprintf("The run is not complete: %d of %d measurements are recorded.", len(results.Gauged), m.Plan.Blocks*len(m.Plan.Cells)))
	}
	for _, s := range results.Gauged {
		if s.Error != "" {
			notes = append(notes, fmt.Sprintf("Failed: %s %s in block %d: %s", s.Scenario, s.Cell, s.Block, oneLine(s.Error)))
		}
	}
	for _, u := range m.Plan.Missing() {
		notes = append(notes, fmt.Sprintf("Unavailable here: %s: %s", u.Transport, oneLine(u.Reason)))
	}
	for _, w := range m.Warnings {
		notes = append(notes, "Warning: "+oneLine(w))
	}
	return notes
}

// GaugesTerminal writes verdicts and tables to w for a terminal.
func GaugesTerminal(w io.Writer, results *store.Results, reports []GaugeReport) error {
	var b strings.Builder
	for _, r := range reports {
		for _, t := range r.Tables {
			fmt.Fprintf(&b, "%s\n%s\n%s\n\n", t.Title, Summary{Header: t.Columns, Rows: t.Rows}.plain(), t.Note)
		}
	}
	for _, r := range reports {
		if len(r.Verdicts) > 0 {
			fmt.Fprintf(&b, "%s: verdicts\n%s\n\n", r.Name, verdictTable(r.Verdicts).plain())
		}
	}
	for _, note := range gaugeNotes(results) {
		fmt.Fprintln(&b, note)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// GaugesJSON writes what the gauges say to w as one JSON object. Points of a
// curve that cannot be drawn are left out.
func GaugesJSON(w io.Writer, results *store.Results, reports []GaugeReport) error {
	reports = slices.Clone(reports)
	for i := range reports {
		curves := slices.Clone(reports[i].Curves)
		for k := range curves {
			curves[k] = finite(curves[k])
		}
		reports[i].Curves = curves
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	err := e.Encode(struct {
		Run    string        `json:"run"`
		State  store.State   `json:"state"`
		Gauges []GaugeReport `json:"gauges"`
		Notes  []string      `json:"notes"`
	}{results.Dir, results.Manifest.State, reports, append([]string{}, gaugeNotes(results)...)})
	if err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}
