package render

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/copytax/copytax/internal/stats"
	"github.com/copytax/copytax/internal/store"
)

// A Summary is the summary table of one config: a row an arm, every cell ready
// to print. The first column is text, all others are numbers.
type Summary struct {
	Title  string
	Header []string
	Rows   [][]string
	Notes  []string // what must be said below it
}

// Table returns the summary of the run's config with n boids, the first of
// them if there are several. It fails when the run has no such config, or no
// complete block.
func Table(results *store.Results, n int) (Summary, error) {
	r, err := newReport(results)
	if err != nil {
		return Summary{}, err
	}
	for _, c := range r.chapters {
		if c.Config.Boids == n {
			return r.summary(c), nil
		}
	}
	return Summary{}, fmt.Errorf("report on %s: it has no config with %d boids", results.Dir, n)
}

func (r *report) summary(c *chapter) Summary {
	t := Summary{
		Title:  c.label,
		Header: []string{"transport", "CPU µs/tick", "additive tax", "differential", "p50 µs", "latency tax", "bytes/tick"},
	}
	for _, arm := range withTrials(c.Arms) {
		t.Rows = append(t.Rows, summaryRow(arm))
	}
	t.Notes = append(t.Notes, tableNote(c), floorText(c.Case))
	if anyIndistinct(c) {
		t.Notes = append(t.Notes, "≈: not to be told from direct in this run.")
	}
	if note := nativeNote(c.Case); note != "" {
		t.Notes = append(t.Notes, note)
	}
	return t
}

// nativeNote says why native arms have no tax over direct, and what their engine
// saves beside the same transport; empty without such an arm.
func nativeNote(c stats.Case) string {
	var savings []string
	native := false
	for _, arm := range c.Arms {
		native = native || arm.IsNative()
		if arm.EngineSaving.N > 0 {
			savings = append(savings, fmt.Sprintf("%s %s against %s", arm.Name, percent(arm.EngineSaving), arm.Transport))
		}
	}
	if !native {
		return ""
	}
	note := absent + ": the engine of these arms is native code and that of direct is WebAssembly, " +
		"so that a ratio of the two would compare engines, not transports."
	if len(savings) > 0 {
		note += " CPU that the native engine saves: " + strings.Join(savings, ", ") + "."
	}
	return note
}

func tableNote(c *chapter) string {
	interval := "no intervals, which take two blocks"
	if c.hasIntervals() {
		interval = "± is half a 95% interval (Student's t over blocks), brackets give both ends of a lopsided one"
	}
	return fmt.Sprintf("n = %s; %s; the latency tax is that of the p50; bytes are those on the wire.", blocksOf(c), interval)
}

func summaryRow(arm stats.Arm) []string {
	return []string{
		armLabel(arm.Name),
		plusMinus(arm.CPU, perMicro),
		percent(arm.Additive.Estimate),
		taxCell(arm, arm.Differential),
		plusMinus(arm.Latency[stats.LatencyP50], perMicro),
		taxCell(arm, arm.LatencyTax[stats.LatencyP50]),
		fixed(arm.WireBytes.Value, 0),
	}
}

// taxCell formats a tax that compares with the baseline.
func taxCell(arm stats.Arm, t stats.Tax) string {
	if t.Indistinct {
		return "≈ " + taxText(t, arm.Name)
	}
	return taxText(t, arm.Name)
}

func anyIndistinct(c *chapter) bool {
	for _, arm := range c.Arms {
		if arm.Differential.Indistinct || arm.LatencyTax[stats.LatencyP50].Indistinct {
			return true
		}
	}
	return false
}

// Terminal writes the summary of every config to w, and below them what is
// missing from them.
func Terminal(w io.Writer, results *store.Results) error {
	r, err := newReport(results)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, c := range r.chapters {
		t := r.summary(c)
		fmt.Fprintf(&b, "%s\n%s\n%s\n\n", t.Title, t.plain(), strings.Join(t.Notes, "\n"))
	}
	for _, note := range r.notes() {
		fmt.Fprintln(&b, note)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// plain renders the table with lines for a terminal.
func (t Summary) plain() string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.AppendHeader(cells(t.Header))
	columns := make([]table.ColumnConfig, len(t.Header))
	for i := range columns {
		columns[i] = table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	columns[0].Align, columns[0].AlignHeader = text.AlignLeft, text.AlignLeft
	w.SetColumnConfigs(columns)
	for _, row := range t.Rows {
		w.AppendRow(cells(row))
	}
	return w.Render()
}

func cells(texts []string) table.Row {
	row := make(table.Row, len(texts))
	for i, text := range texts {
		row[i] = text
	}
	return row
}

// Markdown returns the summary of every config as Markdown, as it stands in a
// report's index and in the README.
func Markdown(results *store.Results) (string, error) {
	r, err := newReport(results)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, c := range r.chapters {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(r.summary(c).markdown())
	}
	return b.String(), nil
}

// markdown renders the table with columns that are aligned in the source too.
func (t Summary) markdown() string {
	widths := make([]int, len(t.Header))
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n\n", t.Title)
	writeRow(&b, t.Header, widths)
	for i, w := range widths {
		if i == 0 {
			b.WriteString("|" + strings.Repeat("-", w+2))
		} else {
			b.WriteString("|" + strings.Repeat("-", w+1) + ":")
		}
	}
	b.WriteString("|\n")
	for _, row := range t.Rows {
		writeRow(&b, row, widths)
	}
	fmt.Fprintf(&b, "\n%s\n", strings.Join(t.Notes, " "))
	return b.String()
}

func writeRow(b *strings.Builder, row []string, widths []int) {
	for i, cell := range row {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if i == 0 {
			b.WriteString("| " + cell + pad + " ")
		} else {
			b.WriteString("| " + pad + cell + " ")
		}
	}
	b.WriteString("|\n")
}

// notes returns what the tables of a run leave out, a sentence a note.
func (r *report) notes() []string {
	var notes []string
	m := r.results.Manifest
	if m.State != store.Complete {
		notes = append(notes, fmt.Sprintf("The run is not complete: %d of %d blocks are.", r.Complete, m.Plan.Blocks))
	}
	for _, f := range r.Failures {
		notes = append(notes, fmt.Sprintf("Failed: %s with %s boids in block %d: %s", armLabel(f.Arm), axisNumber(float64(f.Config.Boids)), f.Block, oneLine(f.Reason)))
	}
	for _, d := range r.Dropped {
		notes = append(notes, fmt.Sprintf("Pair dropped: %s with %s boids in block %d: no number of %s.", armLabel(d.Arm), axisNumber(float64(d.Config.Boids)), d.Block, armLabel(d.Missing)))
	}
	for _, u := range m.Plan.Unavailable {
		notes = append(notes, fmt.Sprintf("Unavailable here: %s: %s", u.Transport, oneLine(u.Reason)))
	}
	for _, u := range r.Unclosed() {
		notes = append(notes, "Closure: "+u.String()+".")
	}
	for _, w := range m.Warnings {
		notes = append(notes, "Warning: "+oneLine(w))
	}
	return notes
}

// oneLine keeps a message from breaking the list that it stands in.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
