package kernel

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A sheaf is a table with every cell ready to print. The first column is text,
// and so are those named in words; all others are numbers.
type sheaf struct {
	title  string
	header []string
	rows   [][]string
	words  map[int]bool
	notes  []string // what must be said below it
}

// sheaves returns all tables of the results: one a world, the slopes, the verdicts.
func (r *Results) sheaves(a *Analysis) (list []sheaf) {
	for _, t := range a.Worlds {
		if len(t.Rows) > 0 {
			list = append(list, r.worldSheaf(t))
		}
	}
	if len(a.Slopes) > 0 {
		list = append(list, slopeSheaf(a.Slopes))
	}
	return append(list, verdictSheaf(a.Verdicts))
}

func (r *Results) worldSheaf(t Table) sheaf {
	s := sheaf{
		title: worldTitle(t.Measured),
		header: []string{"back end", "M agent-steps/s", "ns/boid", "sort", "force", "integrate",
			"× scalar", "× SSE2", "× limit", "× ceiling"},
		notes: append(t.notes(), r.limitNotes(t)...),
	}
	for _, row := range t.Rows {
		s.rows = append(s.rows, row.cells())
	}
	return s
}

func (row Row) cells() []string {
	return []string{
		row.Backend.Name, number(1e3 / row.NS.Value), plusMinus(row.NS),
		value(row.Sort), value(row.Force), value(row.Integrate),
		speedup(row, Scalar), speedup(row, SSE2), value(row.OfLimit), value(row.OfCeiling),
	}
}

// speedup is how many times as fast a row is as another back end.
func speedup(row Row, base string) string {
	switch {
	case row.Backend.Name == base:
		return "1"
	case base == Scalar:
		return plusMinus(row.ToScalar)
	}
	return plusMinus(row.ToSSE2)
}

func worldTitle(w Measured) string {
	_, neighbours := w.company()
	where := "in space"
	if w.Dimensions == 2 {
		where = "in the plane"
	}
	return fmt.Sprintf("%s: %s boids %s, %s neighbours each", w.Name, fixed(float64(w.Boids), 0), where, number(neighbours))
}

// notes says what the table rests on.
func (t Table) notes() []string {
	candidates, _ := t.company()
	w := t.Measured
	edges := []string{}
	for axis := range w.Dimensions {
		edges = append(edges, number(float64(w.Edges[axis])/float64(w.Radius)))
	}
	notes := []string{fmt.Sprintf("A box of %s radii, %s cells; %s candidates a boid. n = %d rounds, ticks %d to %d.",
		strings.Join(edges, " × "), fixed(float64(w.cellCount()), 0), number(candidates),
		len(w.Rounds), w.Rounds[0].Tick, w.Rounds[len(w.Rounds)-1].Tick)}
	if w.Source != "" {
		notes = append(notes, fmt.Sprintf("After %s; what differs: %s.", w.Source, w.Differences))
	} else if w.Differences != "" {
		notes = append(notes, strings.ToUpper(w.Differences[:1])+w.Differences[1:]+".")
	}
	return notes
}

// limitNotes says what the limits are made of.
func (r *Results) limitNotes(t Table) []string {
	var parts []string
	seen := map[string]bool{}
	for _, row := range t.Rows {
		if row.OfLimit.N == 0 || row.Backend.Crew {
			continue
		}
		part := number(row.Limit.ALU) + " with " + lanes(r.width(row.Backend))
		if !seen[part] {
			seen[part] = true
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return []string{"No limits: the machine was not calibrated, which takes the native worker."}
	}
	return []string{fmt.Sprintf("Limit, ns a boid on one thread: arithmetic %s; transfers %s at the bandwidth of %s.",
		strings.Join(parts, ", "), number(soloMemory(t.Rows)), t.Rows[0].Limit.Source)}
}

// lanes writes a width.
func lanes(n int) string {
	if n == 1 {
		return "1 lane"
	}
	return fmt.Sprintf("%d lanes", n)
}

// soloMemory is the limit of transfers for one thread.
func soloMemory(rows []Row) float64 {
	longest := 0.0
	for _, row := range rows {
		longest = max(longest, row.Limit.Memory) // that of several threads is a part of it
	}
	return longest
}

func slopeSheaf(slopes []Slope) sheaf {
	s := sheaf{
		title:  "How the time of a step grows with the number of boids",
		header: []string{"back end", "series", "boids", "worlds", "exponent", "95% interval"},
		words:  map[int]bool{1: true},
		notes:  []string{"1 is linear: a boid costs the same in a world of any size."},
	}
	for _, l := range slopes {
		s.rows = append(s.rows, []string{
			l.Backend, l.Series, short(l.From) + " to " + short(l.To), fmt.Sprint(l.Exponent.N),
			fixed(l.Exponent.Value, 3), fixed(l.Exponent.Low, 3) + " to " + fixed(l.Exponent.High, 3),
		})
	}
	return s
}

func verdictSheaf(list []Verdict) sheaf {
	s := sheaf{
		title:  fmt.Sprintf("The claim: %s", claim),
		header: []string{"world", "fast", "slow", "times as fast", "95% interval", "verdict"},
		words:  map[int]bool{1: true, 2: true, 5: true},
		notes: []string{conclude(list), fmt.Sprintf("Supported: all of the interval is at %d or above (more than %d supports the claim too); "+
			"refuted: all of it is below %d; unresolved otherwise. One thread on both sides.", claimLow, claimHigh, claimLow)},
	}
	for _, v := range list {
		interval := none
		if v.Speedup.HasInterval() {
			interval = fixed(v.Speedup.Low, 2) + " to " + fixed(v.Speedup.High, 2)
		}
		s.rows = append(s.rows, []string{v.World, v.Fast, v.Slow, fixed(v.Speedup.Value, 2), interval, v.Verdict})
	}
	return s
}

// Terminal writes all tables to w, and below them what is missing from them.
func Terminal(w io.Writer, r *Results) error {
	var b strings.Builder
	for _, s := range r.sheaves(Analyze(r)) {
		fmt.Fprintf(&b, "%s\n", s.title)
		if len(s.rows) > 0 {
			fmt.Fprintf(&b, "%s\n", s.plain())
		}
		fmt.Fprintf(&b, "%s\n\n", strings.Join(s.notes, "\n"))
	}
	for _, line := range columnNotes() {
		fmt.Fprintln(&b, line)
	}
	for _, note := range r.notes() {
		fmt.Fprintln(&b, note)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write tables: %w", err)
	}
	return nil
}

// columnNotes explains the columns of a world's table.
func columnNotes() []string {
	return []string{
		"± is half a 95% interval, brackets give both ends of a wide one (Student's t over rounds, of logarithms). sort, force and integrate are ns a boid.",
		"× scalar and × SSE2: times as fast as these, paired by round. × limit: ns/boid as a multiple of what arithmetic and transfers allow at best.",
		"× ceiling: force as a multiple of what the same code takes a candidate on one cell that stays in the nearest cache.",
	}
}

// plain renders the table with lines for a terminal.
func (s sheaf) plain() string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.AppendHeader(tableRow(s.header))
	columns := make([]table.ColumnConfig, len(s.header))
	for i := range columns {
		columns[i] = table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight}
		if s.isText(i) {
			columns[i].Align, columns[i].AlignHeader = text.AlignLeft, text.AlignLeft
		}
	}
	w.SetColumnConfigs(columns)
	for _, row := range s.rows {
		w.AppendRow(tableRow(row))
	}
	return w.Render()
}

func (s sheaf) isText(column int) bool { return column == 0 || s.words[column] }

func tableRow(texts []string) table.Row {
	row := make(table.Row, len(texts))
	for i, t := range texts {
		row[i] = t
	}
	return row
}

// markdown renders the table with columns that are aligned in the source too.
func (s sheaf) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n\n", s.title)
	if len(s.rows) > 0 {
		s.writeRows(&b)
	}
	fmt.Fprintf(&b, "%s\n", strings.Join(s.notes, " "))
	return b.String()
}

func (s sheaf) writeRows(b *strings.Builder) {
	widths := make([]int, len(s.header))
	for _, row := range append([][]string{s.header}, s.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	s.writeRow(b, s.header, widths)
	for i, w := range widths {
		if s.isText(i) {
			b.WriteString("|" + strings.Repeat("-", w+2))
		} else {
			b.WriteString("|" + strings.Repeat("-", w+1) + ":")
		}
	}
	b.WriteString("|\n")
	for _, row := range s.rows {
		s.writeRow(b, row, widths)
	}
	b.WriteString("\n")
}

func (s sheaf) writeRow(b *strings.Builder, row []string, widths []int) {
	for i, cell := range row {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if s.isText(i) {
			b.WriteString("| " + cell + pad + " ")
		} else {
			b.WriteString("| " + pad + cell + " ")
		}
	}
	b.WriteString("|\n")
}

// notes returns what the tables leave out, a sentence a note.
func (r *Results) notes() (notes []string) {
	if !r.Complete {
		notes = append(notes, "The run is not complete: it was ended before the last world.")
	}
	for _, f := range r.Failures {
		notes = append(notes, fmt.Sprintf("Failed: %s on %s: %s.", f.Backend, f.World, f.Reason))
	}
	for _, m := range r.Missing {
		notes = append(notes, fmt.Sprintf("Unavailable here: %s: %s.", m.Backend, strings.TrimSuffix(m.Reason, ".")))
	}
	for _, w := range r.Warnings {
		notes = append(notes, fmt.Sprintf("Warning: %s.", w))
	}
	return notes
}
