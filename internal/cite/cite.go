// Package cite says how a run is cited: by its seal, which fixes every byte of it.
//
// It reads nothing but the run's manifest, and cites no run that may still change. Start
// at [Of].
package cite

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/doc"
	"github.com/copytax/copytax/internal/store"
)

// What CITATION.cff says of the software; a test compares.
const (
	author     = "The copytax authors"
	repository = "https://github.com/copytax/copytax"
)

// A Citation is what identifies a run.
type Citation struct {
	run     string
	version string // of the program that made it
	date    time.Time
	what    string // was measured
	machine string
	seal    string
}

// Of returns the citation of a run. An error is a run that is not complete: its seal
// still changes.
func Of(r *store.Results) (*Citation, error) {
	m := r.Manifest
	if m.State != store.Complete {
		return nil, fmt.Errorf("%s is not complete, %s: its seal still changes, so that nobody can cite it: end it by copytax run --resume %s", r.Dir, r.Coverage(), r.Dir)
	}
	return &Citation{
		run: r.Name(), version: m.Version.Copytax, date: m.Created.UTC(), seal: m.Seal, machine: doc.MachineOf(r.Experiment()), what: what(m.Plan),
	}, nil
}

// what says in a few words what a plan measures.
func what(p experiment.Plan) string {
	return fmt.Sprintf("%s; %s profile, seed %d, blocks: %d", strings.Join(p.Experiments, ", "), p.Profile, p.Seed, p.Blocks)
}

const day = "2006-01-02"

func (c *Citation) title() string { return "copytax run " + c.run + " (" + c.what + ")" }

// key is that of a bibliography: it may have no character that means something to BibTeX.
func (c *Citation) key() string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, c.run)
	return "copytax-" + name + "-" + c.seal[:min(len(c.seal), store.ProgramDigits)]
}

// Text is a sentence for a paper without a bibliography.
func (c *Citation) Text() string {
	return fmt.Sprintf("%s, run %s of copytax %s (%s), measured on %s on %s, sealed by BLAKE3 %s, %s.\n",
		author, c.run, c.version, c.what, c.date.Format("2 January 2006"), c.machine, c.seal, repository)
}

// BibTeX is an entry of type misc, which BibTeX and biblatex both know.
func (c *Citation) BibTeX() string {
	var b strings.Builder
	fmt.Fprintf(&b, "@misc{%s,\n", c.key())
	for _, field := range [][2]string{
		{"author", "{" + author + "}"}, {"title", "{" + tex.Replace(c.title()) + "}"},
		{"year", strconv.Itoa(c.date.Year())}, {"month", strconv.Itoa(int(c.date.Month()))}, {"date", c.date.Format(day)},
		{"version", tex.Replace(c.version)}, {"howpublished", `\url{` + repository + "}"}, {"url", repository},
		{"note", "Measured on " + tex.Replace(c.machine) + `; BLAKE3 seal \texttt{` + c.seal + "}"},
	} {
		fmt.Fprintf(&b, "  %-12s = {%s},\n", field[0], field[1])
	}
	return b.String() + "}\n"
}

// tex keeps text from meaning something to TeX.
var tex = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "$", `\$`, "&", `\&`, "#", `\#`, "%", `\%`, "_", `\_`,
	"~", `\textasciitilde{}`, "^", `\textasciicircum{}`)

// CFF is an entry for the references of a CITATION.cff, version 1.2.0.
func (c *Citation) CFF() string {
	var b strings.Builder
	line := func(indent int, key, value string) {
		fmt.Fprintf(&b, "%s%s: %s\n", strings.Repeat(" ", indent), key, value)
	}
	b.WriteString("references:\n  - type: data\n")
	line(4, "title", quote(c.title()))
	b.WriteString("    authors:\n")
	line(6, "- name", quote(author))
	line(4, "version", quote(c.version))
	line(4, "date-released", c.date.Format(day))
	line(4, "repository-code", quote(repository))
	b.WriteString("    identifiers:\n      - type: other\n")
	line(8, "value", quote("blake3:"+c.seal))
	line(8, "description", quote("the seal of the run's manifest"))
	line(4, "notes", quote("Measured on "+c.machine))
	return b.String()
}

// quote writes text as YAML has it between double quotes.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\t", " ").Replace(s) + `"`
}
