package doc

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/copytax/copytax/experiment/report"
)

// Markdown returns the page of a report: index.md, which links to all its other
// files.
func Markdown(d *Document) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Report on run %s\n\n%s\n", d.Run, strings.Join(d.Header, "\n"))
	if d.Command != "" {
		fmt.Fprintf(&b, "\n    %s\n", d.Command)
	}
	b.WriteString("\nThis folder is made from the results alone: the same results give the same bytes.")
	if d.Seal != "" {
		fmt.Fprintf(&b, " Their seal is `%s`.", d.Seal)
	}
	b.WriteString("\n")
	for _, p := range d.Parts {
		writePart(&b, p, len(d.Parts) > 1)
	}
	b.WriteString("\n## What is missing, and warnings\n\n")
	notes := d.notes()
	if len(notes) == 0 {
		b.WriteString("Nothing: every trial of the plan succeeded, and nothing was unavailable.\n")
	}
	for _, note := range notes {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	return []byte(b.String())
}

// writePart writes what an experiment says, under a heading of its own if there
// are several.
func writePart(b *strings.Builder, p Part, named bool) {
	level := "##"
	if named {
		fmt.Fprintf(b, "\n## %s\n", p.Name)
		level = "###"
	}
	if p.Summary != "" {
		fmt.Fprintf(b, "\n%s\n", sentence(p.Summary))
	}
	for _, section := range p.Report.Sections {
		if section.Title != "" {
			fmt.Fprintf(b, "\n%s %s\n", level, section.Title)
		}
		for _, block := range section.Blocks {
			writeBlock(b, block)
		}
	}
	if len(p.Report.Data) > 0 {
		fmt.Fprintf(b, "\n%s Data\n\n", level)
	}
	for _, data := range p.Report.Data {
		fmt.Fprintf(b, "- [%s.csv](%s.csv): %s.\n", data.Name, data.Name, strings.TrimSuffix(data.Summary, "."))
	}
}

// sentence makes a paragraph of a summary, with a capital and a full stop.
func sentence(summary string) string {
	first, size := utf8.DecodeRuneInString(summary)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(summary[size:], ".") + "."
}

func writeBlock(b *strings.Builder, block report.Block) {
	switch v := block.(type) {
	case report.Paragraph:
		fmt.Fprintf(b, "\n%s\n", v)
	case report.List:
		b.WriteString("\n")
		for _, point := range v {
			fmt.Fprintf(b, "- %s\n", point)
		}
	case *report.Table:
		writeTable(b, v)
	case *report.Figure:
		writeFigure(b, v)
	case report.Verdicts:
		if len(v) > 0 {
			writeTable(b, verdictTable("Verdicts", v))
		}
	}
}

func writeFigure(b *strings.Builder, f *report.Figure) {
	alt := strings.NewReplacer("[", `\[`, "]", `\]`).Replace(report.OneLine(f.Title))
	fmt.Fprintf(b, "\n![%s](%s.png)\n\n[SVG](%s.svg)", alt, f.Name, f.Name)
	if f.Data != "" {
		fmt.Fprintf(b, ", [data](%s.csv)", f.Data)
	}
	b.WriteString("\n")
}
