package doc

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
)

// credits say which plugins the things of a report are from.
type credits struct {
	all string            // of the experiment itself, empty for this tree
	by  map[string]string // modules of an arm, by its name
}

func creditsOf(p experiment.Plan, name string) credits {
	c := credits{by: map[string]string{}}
	for _, l := range p.Levels {
		modules := l.Facts[experiment.ModuleFact]
		switch {
		case modules == "":
		case l.Factor == experiment.ExperimentFactor && l.Value == name:
			c.all = name
			c.by[name] = modules
		case l.Factor == experiment.Arm:
			c.by[l.Value] = modules
		}
	}
	return c
}

// credited returns a report whose tables and figures each say of which plugin they
// show something. What they show is found by its name in their words.
func (c credits) credited(r *report.Report) *report.Report {
	if len(c.by) == 0 {
		return r
	}
	out := *r
	out.Sections = slices.Clone(r.Sections)
	for i, s := range out.Sections {
		out.Sections[i].Blocks = slices.Clone(s.Blocks)
		for j, b := range s.Blocks {
			out.Sections[i].Blocks[j] = c.block(b)
		}
	}
	return &out
}

func (c credits) block(b report.Block) report.Block {
	switch v := b.(type) {
	case *report.Table:
		t := *v
		t.Notes = append(slices.Clip(t.Notes), c.lines(tableWords(v))...)
		return &t
	case *report.Figure:
		f := *v
		f.Caption = strings.TrimSpace(f.Caption + " " + strings.Join(c.lines(tableWords(plotted(v))), " "))
		return &f
	}
	return b
}

// lines are a sentence for each name of a plugin among the texts.
func (c credits) lines(texts []string) (lines []string) {
	shown := map[string]bool{c.all: true}
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;()", r) }) {
			shown[word] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.by)) {
		if shown[name] {
			lines = append(lines, fmt.Sprintf("%s is of %s.", name, c.by[name]))
		}
	}
	return lines
}

func tableWords(t *report.Table) (words []string) {
	for _, c := range t.Columns {
		words = append(words, c.Name)
	}
	for _, row := range t.Rows {
		for _, c := range row {
			words = append(words, c.Text)
		}
	}
	return words
}
