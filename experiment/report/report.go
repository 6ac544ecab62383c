// Package report is the vocabulary of documents: what an experiment says of its
// samples, before anybody has decided how it looks.
//
// A [Report] holds sections of text, tables, figures and verdicts, and the data
// behind them. Terminal, Markdown, JSON, CSV and pictures are made of it by
// others, all of the same values. This package draws nothing; what it formats are
// numbers, by one rule for the whole project. Start at [Report] and at [Number].
package report

import "github.com/copytax/copytax/experiment/stats"

// A Report is what the samples of one experiment mean.
type Report struct {
	Sections []Section
	Data     []Data
	// Notes say what the report leaves out beside failed trials and warnings, which
	// are the run's to tell: a sentence each.
	Notes []string
}

// A Section is a part of a report under a heading.
type Section struct {
	Title  string // empty for none
	Blocks []Block
}

// A Block is one thing of a section: a Paragraph, a List, a *Table, a *Figure or
// Verdicts.
type Block interface{ block() }

// A Paragraph is running text in Markdown.
type Paragraph string

// A List is points of running text.
type List []string

// Verdicts are claims and what was found of them.
type Verdicts []Verdict

func (Paragraph) block() {}
func (List) block()      {}
func (*Table) block()    {}
func (*Figure) block()   {}
func (Verdicts) block()  {}

// A Verdict is a claim and what was found of it.
type Verdict struct {
	Claim    string        `json:"claim"`
	Measured string        `json:"measured"`
	Holds    stats.Holding `json:"holds"`
	// Test is what Holds comes from, for who judges it as one of a family: see
	// [Verdicts.Judge]. Nil where Holds is all that is known.
	Test stats.Test `json:"-"`
}

// Judge fills in Holds of the verdicts that have a test, as one family: see
// [stats.Judge]. It returns the same verdicts.
func (all Verdicts) Judge() Verdicts {
	var tests []stats.Test
	for _, v := range all {
		if v.Test != nil {
			tests = append(tests, v.Test)
		}
	}
	holds := stats.Judge(tests...)
	for i := range all {
		if all[i].Test != nil {
			all[i].Holds, holds = holds[0], holds[1:]
		}
	}
	return all
}

// A Table is rows of cells. Each row has as many as there are columns.
type Table struct {
	Title   string
	Columns []Column
	Rows    [][]Cell
	// Warnings stand above it: what a reader must know before any number.
	Warnings []string
	Notes    []string // what must be said below it
	Brief    bool     // shown on a terminal
}

// A Column is the head of a table's column. Numbers are aligned to the right.
type Column struct {
	Name string
	Text bool // words, aligned to the left
}

// Columns returns a column of words and behind it columns of numbers.
func Columns(first string, others ...string) []Column {
	all := []Column{{Name: first, Text: true}}
	for _, name := range others {
		all = append(all, Column{Name: name})
	}
	return all
}

// A Cell is one value: as a reader sees it, and as a program reads it.
type Cell struct {
	Text  string
	Value *stats.Estimate // nil where the cell is words
}

// Data is a table for programs: a CSV file with numbers in full precision. A cell
// is text, an integer, a bool, a float64, or a stats.Estimate, which stands in the file
// as its value; NaN and nil are an empty field.
type Data struct {
	Name    string // of the file, without .csv
	Summary string // one line
	Columns []DataColumn
	Rows    [][]any
}

// A DataColumn is a column of a CSV file with what it means, unit included.
type DataColumn struct{ Name, Meaning string }

// Add appends a row.
func (d *Data) Add(cells ...any) { d.Rows = append(d.Rows, cells) }
