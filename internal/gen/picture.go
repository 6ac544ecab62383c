package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/copytax/copytax/zerocopy"
)

const (
	pictureBegins = "<!-- generated: " + command + " -->\n"
	pictureEnds   = "<!-- end of generated -->\n"
)

// withPicture returns a document with picture between its marks.
func withPicture(doc, picture string) (string, error) {
	before, rest, ok := strings.Cut(doc, pictureBegins)
	_, after, closed := strings.Cut(rest, pictureEnds)
	if !ok || !closed {
		return "", errors.New("it has no marks for the picture of the layout")
	}
	return before + pictureBegins + picture + pictureEnds + after, nil
}

// picture renders the three regions: the lines of the control page as a table,
// orders and frames as drawings of an example.
func (l layout) picture() string {
	example := zerocopy.Layout{Boids: 10_000, Slots: 3}
	var b strings.Builder
	fmt.Fprintf(&b, "\n**Control page**, %s bytes: a 64-bit word at the start of each line of %d bytes.\n\n",
		grouped(zerocopy.PageBytes), zerocopy.LineBytes)
	l.lineTable(&b)
	fmt.Fprintf(&b, "\n**Orders and frames** of %s boids and %d slots, layout hash `%#016x`:\n\n```\n",
		grouped(example.Boids), example.Slots, example.Hash())
	drawing{"orders", example.OrdersBytes(), ordersParts(example)}.draw(&b)
	b.WriteByte('\n')
	drawing{"frames", example.FramesBytes(), framesParts(example)}.draw(&b)
	b.WriteString("```\n\n")
	return b.String()
}

func (l layout) lineTable(b *strings.Builder) {
	b.WriteString("| line | byte | word | what it holds |\n|--:|--:|---|---|\n")
	b.WriteString("| 0 | 0 | header | magic, version, kind, layout hash, size |\n")
	for i, v := range l.lines[:len(l.lines)-1] {
		last := int(l.lines[i+1].value) - 1
		at := fmt.Sprint(v.value)
		if last > int(v.value) {
			at = fmt.Sprintf("%d–%d", v.value, last)
		}
		name := strings.ToLower(strings.TrimSuffix(v.name, "_LINE"))
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", at, grouped(int(v.value)*zerocopy.LineBytes), name, v.doc)
	}
}

// A part is what lies in a region from a byte on.
type part struct {
	at, bytes int
	what      string
}

func ordersParts(l zerocopy.Layout) []part {
	return []part{
		{0, zerocopy.HeaderBytes, "header"},
		{l.PolicyOffset(0), l.PolicyOffset(1) - l.PolicyOffset(0), "policies of even epochs"},
		{l.PolicyOffset(1), l.GenomeOffset(0) - l.PolicyOffset(1), "policies of odd epochs, padding"},
		{l.GenomeOffset(0), l.GenomeOffset(1) - l.GenomeOffset(0), "genomes of even generations: 4 columns"},
		{l.GenomeOffset(1), l.OrdersBytes() - l.GenomeOffset(1), "genomes of odd generations, padding"},
	}
}

func framesParts(l zerocopy.Layout) []part {
	parts := []part{{0, zerocopy.HeaderBytes, "header"}}
	for i := range l.Slots {
		end := l.FrameOffset(i + 1)
		what := fmt.Sprintf("slot %d: 8 columns of %s floats", i, grouped(l.FrameBytes()/4/8))
		if i == l.Slots-1 {
			end, what = l.FramesBytes(), what+", padding"
		}
		parts = append(parts, part{l.FrameOffset(i), end - l.FrameOffset(i), what})
	}
	return parts
}

// A drawing is a region as a column of boxes.
type drawing struct {
	name  string
	bytes int
	parts []part
}

func (d drawing) draw(b *strings.Builder) {
	rule := strings.Repeat(" ", 11) + "+" + strings.Repeat("-", 56) + "+\n"
	fmt.Fprintf(b, "%s, %s bytes\n", d.name, grouped(d.bytes))
	for _, p := range d.parts {
		fmt.Fprintf(b, "%s%10s | %-40s%14s |\n", rule, grouped(p.at), p.what, grouped(p.bytes))
	}
	b.WriteString(rule)
}

// grouped returns n with a comma before every three digits.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
