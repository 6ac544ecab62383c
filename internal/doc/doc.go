// Package doc turns what experiments say of a run into documents: a page with
// figures and tables in a folder, tables on a terminal, one JSON object.
//
// All of them are made of one [Document], so that they cannot tell different
// numbers. It computes no number but how many blocks there were, and draws
// nothing: package figure does. The same document gives the same bytes, so that it
// holds no time but the run's. Start at [New], then at [Write], [Terminal] or [JSON].
package doc

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/internal/store"
)

// A Document is the report on a run.
type Document struct {
	Run     string   // name
	State   string   // of the run, as its manifest says
	Header  []string // paragraphs: what was run, on what machine, with which program
	Command string
	Seal    string
	Parts   []Part
	Notes   []string // what the parts leave out, and warnings: a sentence each
}

// A Part is what one experiment says.
type Part struct {
	Name, Summary string
	Blocks        string // that a figure rests on, as "9 to 10 blocks"
	Basis         string // what the caption of every figure ends in: machine, failures
	Report        *report.Report
}

// New returns the document on a run. Of the parts it fills Blocks and Basis,
// and says in a copy of their reports which plugins tables and figures are of.
func New(run store.Manifest, results *experiment.Results, parts []Part) *Document {
	d := &Document{
		Run: results.Name, State: string(run.State), Header: header(run, results), Seal: run.Seal,
		Command: report.OneLine(strings.Join(run.Command, " ")), Parts: slices.Clone(parts), Notes: notes(run, results),
	}
	for i := range d.Parts {
		of := results.Of(d.Parts[i].Name)
		d.Parts[i].Blocks, d.Parts[i].Basis = blocksOf(of), basis(of)
		if r := d.Parts[i].Report; r != nil {
			d.Parts[i].Report = creditsOf(results.Plan, d.Parts[i].Name).credited(r)
		}
	}
	return d
}

func header(run store.Manifest, r *experiment.Results) []string {
	const minute = "2006-01-02 15:04 UTC"
	ended := "not finished"
	if !run.Finished.IsZero() {
		ended = "finished " + run.Finished.UTC().Format(minute)
	}
	return []string{
		fmt.Sprintf("%s; %s profile, seed %d, %s of %s in random order, started %s, %s.", strings.Join(r.Plan.Experiments, ", "), r.Plan.Profile,
			r.Plan.Seed, blocksIn(r.Plan), plural(len(r.Plan.Cells), "trial"), run.Created.UTC().Format(minute), ended),
		fmt.Sprintf("%s. copytax %s.", MachineOf(r), run.Version.Copytax),
	}
}

// blocksIn says how many blocks the cells of a plan have.
func blocksIn(p experiment.Plan) string {
	most := p.Blocks
	for _, r := range p.Rounds {
		for _, s := range r.Groups {
			most = max(most, s.Blocks+s.More)
		}
	}
	if most > p.Blocks {
		return fmt.Sprintf("%d to %s", p.Blocks, plural(most, "block"))
	}
	return plural(p.Blocks, "block")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// MachineOf returns the machine of a run in a few words, of what its fingerprint
// holds of them.
func MachineOf(r *experiment.Results) string {
	var m machine.Info
	_ = json.Unmarshal(r.Machine, &m) // what another version wrote in another way is left out
	if m.CPU.Model == "" {
		return "Machine: see the manifest"
	}
	words := []string{m.CPU.Model}
	if m.CPU.Usable > 0 {
		words = append(words, plural(m.CPU.Usable, "logical processor"))
	}
	if m.Virtual.Hypervisor != "" {
		words = append(words, "virtual machine ("+m.Virtual.Hypervisor+")")
	}
	if m.OS != "" {
		words = append(words, strings.Trim(m.OS+"/"+m.Arch, "/"))
	}
	return strings.Join(append(words, r.Go), ", ")
}

// basis says of what machine the figures of an experiment are, and how many trials
// gave no numbers in the end.
func basis(r *experiment.Results) string {
	text, lost := MachineOf(r)+".", map[int]bool{}
	for _, f := range r.Failures {
		if !f.Mended {
			lost[f.Number] = true
		}
	}
	if len(lost) > 0 {
		text += fmt.Sprintf(" Failed and left out: %s.", plural(len(lost), "trial"))
	}
	return text
}

// blocksOf returns the number of blocks that the cells of an experiment rest on, as
// a range where trials failed.
func blocksOf(r *experiment.Results) string {
	fewest, most := math.MaxInt, 0
	for _, cell := range experiment.Groups(r.Samples, func(s experiment.Sample) int { return s.Cell }) {
		n := len(experiment.Groups(cell, func(s experiment.Sample) int { return s.Block }))
		fewest, most = min(fewest, n), max(most, n)
	}
	if fewest < most {
		return fmt.Sprintf("%d to %s", fewest, plural(most, "block"))
	}
	return plural(most, "block")
}

// notes returns what the parts of a run leave out, and its warnings.
func notes(run store.Manifest, r *experiment.Results) (all []string) {
	if !r.Complete {
		complete := r.CompleteBlocks()
		text := fmt.Sprintf("The run is not complete: %d of %s are.", complete, plural(r.Plan.Blocks, "block"))
		if complete >= r.Plan.Blocks && r.Plan.Growth != nil {
			text = "The run is not complete: it had not ended narrowing its intervals."
		}
		all = append(all, text)
	}
	for _, f := range r.Failures {
		note := fmt.Sprintf("Failed: %s, %s in block %d: %s", f.Of.Experiment, f.Of, f.Block, report.OneLine(f.Reason))
		if f.Mended {
			note += " (a later attempt succeeded)"
		}
		all = append(all, note)
	}
	all = append(all, surroundings(r)...)
	for _, u := range r.Plan.Missing() {
		all = append(all, fmt.Sprintf("Unavailable here: %s: %s", u.What, report.OneLine(u.Reason)))
	}
	for _, w := range run.Warnings {
		all = append(all, "Warning: "+report.OneLine(w))
	}
	return all
}

// notes returns the notes on the run and those of its parts.
func (d *Document) notes() []string {
	all := slices.Clone(d.Notes)
	for _, p := range d.Parts {
		for _, note := range p.Report.Notes {
			all = append(all, report.OneLine(note))
		}
	}
	return all
}

// each returns all blocks of one type in the parts, in their order.
func each[B report.Block](parts ...Part) iter.Seq2[Part, B] {
	return func(yield func(Part, B) bool) {
		for _, p := range parts {
			for _, section := range p.Report.Sections {
				for _, block := range section.Blocks {
					if b, ok := block.(B); ok && !yield(p, b) {
						return
					}
				}
			}
		}
	}
}

// captioned returns a figure with all that its caption says.
func (p Part) captioned(f *report.Figure) *report.Figure {
	whole := *f
	said := slices.DeleteFunc([]string{f.Caption, p.rests(f), p.Basis}, func(s string) bool { return s == "" })
	whole.Caption = strings.Join(said, " ")
	return &whole
}

// rests says how many blocks a figure rests on, nothing if its own caption does.
func (p Part) rests(f *report.Figure) string {
	switch {
	case p.Blocks == "" || strings.Contains(f.Caption, "n\u00a0="):
		return ""
	case hasIntervals(f):
		return "n\u00a0=\u00a0" + p.Blocks + "; 95% intervals over blocks."
	}
	return "n\u00a0=\u00a0" + p.Blocks + "."
}

// hasIntervals reports whether a number that a figure draws, or writes beside its
// bars, has one.
func hasIntervals(f *report.Figure) bool {
	return slices.ContainsFunc(plotted(f).Rows, func(row []report.Cell) bool {
		return slices.ContainsFunc(row[1:], func(c report.Cell) bool { return strings.ContainsAny(c.Text, "±[") })
	})
}
