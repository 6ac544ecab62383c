package doc

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/copytax/copytax/experiment/report"
)

// Terminal writes the brief tables of a document and its verdicts to w, and below
// them what is missing from them.
func Terminal(w io.Writer, d *Document) error {
	var b strings.Builder
	for _, p := range d.Parts {
		each(p, func(t *report.Table) {
			if t.Brief {
				writePlain(&b, t)
			}
		})
	}
	for _, p := range d.Parts {
		each(p, func(v report.Verdicts) {
			if len(v) > 0 {
				writePlain(&b, verdictTable(p.Name+": verdicts", v))
			}
		})
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
	if len(t.Rows) > 0 {
		fmt.Fprintln(b, plain(t))
	}
	for _, note := range t.Notes {
		fmt.Fprintln(b, note)
	}
	fmt.Fprintln(b)
}

func plain(t *report.Table) string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	var head table.Row
	var columns []table.ColumnConfig
	for i, c := range t.Columns {
		head = append(head, c.Name)
		align := text.AlignRight
		if c.Text {
			align = text.AlignLeft
		}
		columns = append(columns, table.ColumnConfig{Number: i + 1, Align: align, AlignHeader: align})
	}
	w.AppendHeader(head)
	w.SetColumnConfigs(columns)
	for _, row := range t.Rows {
		var cells table.Row
		for _, c := range row {
			cells = append(cells, report.OneLine(c.Text))
		}
		w.AppendRow(cells)
	}
	return w.Render()
}

// writeTable writes a table as Markdown, with columns that are aligned in the
// source too.
func writeTable(b *strings.Builder, t *report.Table) {
	if t.Title != "" {
		fmt.Fprintf(b, "\n**%s**\n", t.Title)
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
	rows := [][]string{nil}
	for _, c := range t.Columns {
		rows[0] = append(rows[0], cellText(c.Name))
	}
	for _, from := range t.Rows {
		var row []string
		for _, c := range from {
			row = append(row, cellText(c.Text))
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(t.Columns))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for i, row := range rows {
		writeRow(b, t.Columns, widths, row)
		if i == 0 {
			writeRule(b, t.Columns, widths)
		}
	}
}

// cellText keeps a text from breaking the table that it stands in.
func cellText(s string) string { return strings.ReplaceAll(report.OneLine(s), "|", `\|`) }

func writeRow(b *strings.Builder, columns []report.Column, widths []int, row []string) {
	for i, cell := range row {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if columns[i].Text {
			b.WriteString("| " + cell + pad + " ")
		} else {
			b.WriteString("| " + pad + cell + " ")
		}
	}
	b.WriteString("|\n")
}

func writeRule(b *strings.Builder, columns []report.Column, widths []int) {
	for i, w := range widths {
		if columns[i].Text {
			b.WriteString("|" + strings.Repeat("-", w+2))
		} else {
			b.WriteString("|" + strings.Repeat("-", w+1) + ":")
		}
	}
	b.WriteString("|\n")
}
