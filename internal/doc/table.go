package doc

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/copytax/copytax/experiment/report"
)

// Terminal writes the brief tables of a document and its verdicts to w, and below
// them what is missing from them.
func Terminal(w io.Writer, d *Document) error {
	var b strings.Builder
	for _, t := range each[*report.Table](d.Parts...) {
		if t.Brief {
			writePlain(&b, t)
		}
	}
	for p, v := range each[report.Verdicts](d.Parts...) {
		if len(v) > 0 {
			writePlain(&b, verdictTable(p.Name+": verdicts", v))
		}
	}
	for _, note := range d.notes() {
		fmt.Fprintln(&b, note)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

func verdictTable(title string, verdicts report.Verdicts) *report.Table {
	t := &report.Table{Title: title, Columns: []report.Column{{Name: "claim", Text: true}, {Name: "measured", Text: true}, {Name: "verdict", Text: true}}}
	for _, v := range verdicts {
		t.Rows = append(t.Rows, report.Row(v.Claim, v.Measured, string(v.Holds)))
	}
	return t
}

// writePlain writes a table with lines for a terminal, its title and its notes.
func writePlain(b *strings.Builder, t *report.Table) {
	fmt.Fprintln(b, t.Title)
	for _, warning := range t.Warnings {
		fmt.Fprintln(b, plain(warning))
	}
	if len(t.Rows) > 0 {
		writeBox(b, t)
	}
	for _, note := range t.Notes {
		fmt.Fprintln(b, plain(note))
	}
	fmt.Fprintln(b)
}

// plain is a text on a terminal, which has no type for what a page sets as code.
func plain(s string) string { return strings.ReplaceAll(s, "`", "") }

func writeBox(b *strings.Builder, t *report.Table) {
	rows := padded(t, func(s string) string { return plain(report.OneLine(s)) })
	rule := func(left, cross, right string) {
		lines := mapped(rows[0], func(head string) string { return strings.Repeat("─", utf8.RuneCountInString(head)+2) })
		fmt.Fprintln(b, left+strings.Join(lines, cross)+right)
	}
	rule("┌", "┬", "┐")
	for i, row := range rows {
		fmt.Fprintf(b, "│ %s │\n", strings.Join(row, " │ "))
		if i == 0 {
			rule("├", "┼", "┤")
		}
	}
	rule("└", "┴", "┘")
}

// writeTable writes a table as Markdown, with columns that are aligned in the
// source too.
func writeTable(b *strings.Builder, t *report.Table) {
	if t.Title != "" {
		fmt.Fprintf(b, "\n**%s**\n", t.Title)
	}
	for _, warning := range t.Warnings {
		fmt.Fprintf(b, "\n> %s\n", warning)
	}
	if len(t.Rows) > 0 {
		b.WriteString("\n")
		writeRows(b, t)
	}
	if len(t.Notes) > 0 {
		fmt.Fprintf(b, "\n%s\n", strings.Join(t.Notes, " "))
	}
}

func writeRows(b *strings.Builder, t *report.Table) {
	rows := padded(t, func(s string) string { return strings.ReplaceAll(report.OneLine(s), "|", `\|`) })
	for i, row := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			writeRule(b, t.Columns, row)
		}
	}
}

func writeRule(b *strings.Builder, columns []report.Column, heads []string) {
	for i, head := range heads {
		rule := strings.Repeat("-", utf8.RuneCountInString(head)+2)
		if !columns[i].Text {
			rule = rule[1:] + ":"
		}
		b.WriteString("|" + rule)
	}
	b.WriteString("|\n")
}

// padded returns the heads and the cells of a table, row by row, each as wide as
// its column. Escape keeps a text from breaking the table that it stands in.
func padded(t *report.Table, escape func(string) string) [][]string {
	rows := [][]string{mapped(t.Columns, func(c report.Column) string { return escape(c.Name) })}
	for _, cells := range t.Rows {
		rows = append(rows, mapped(cells, func(c report.Cell) string { return escape(c.Text) }))
	}
	for i, c := range t.Columns {
		width := 0
		for _, row := range rows {
			width = max(width, utf8.RuneCountInString(row[i]))
		}
		if c.Text {
			width = -width // to the left
		}
		for _, row := range rows {
			row[i] = fmt.Sprintf("%*s", width, row[i])
		}
	}
	return rows
}
