// Package claims holds what is said of systems like this one against the published
// runs.
//
// A [Claim] is data: what is said, and which numbers of which report decide it. It
// computes no estimate: every number is asked of the experiments' own reports, by file,
// row and column, and so is every verdict that an experiment has reached by itself. All
// claims on one run are one family: see [stats.Judge]. Start at [List] and at [Weigh].
package claims

import (
	"fmt"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/doc"
)

// A Claim is something that is said, and what it is held against.
type Claim struct {
	Text   string
	Run    string // that it rests on, a folder of results/; empty where it is not tested
	Metric string // what is measured, in words
	Groups []Group
	Note   string // what a reader must know beside the numbers, a sentence
	// Untested is why no published run decides it; empty where one does.
	Untested string
}

// A Group is cells that differ in size or in condition, of one transport.
type Group struct {
	Name  string // in Markdown; empty where the claim has one group
	Cases []Case
}

// A Case is one number, or one verdict of an experiment.
type Case struct {
	Name string // what it differs in from the others of its group
	By   Evidence
}

// Evidence finds what decides a case in the reports of a run. It fails where the reports
// do not have it.
type Evidence interface {
	find(parts []doc.Part) (stats.Test, Found, error)
	// limit is what is asked for, in words.
	limit() string
}

// Depends is the verdict on a claim that is supported in some of its cases and refuted
// in others.
const Depends stats.Holding = "depends"

// A Finding is a claim with its verdict. Groups and cases are in the order of the claim.
type Finding struct {
	Claim
	Holds stats.Holding // empty where it is not tested
	Found [][]Found     // by group and case
}

// A Found is the verdict on a case.
type Found struct {
	Measured string // in words, with its interval
	Holds    stats.Holding
	value    float64 // for the order; 0 where it is no number
}

// Weigh returns the verdicts on claims. Reports returns what the experiments of a run
// say; it is asked once a run. It fails where a claim names what no report has.
func Weigh(claims []Claim, reports func(run string) ([]doc.Part, error)) ([]Finding, error) {
	findings := make([]Finding, len(claims))
	for i, c := range claims {
		findings[i] = Finding{Claim: c}
	}
	for _, run := range runs(claims) {
		parts, err := reports(run)
		if err != nil {
			return nil, err
		}
		if err := weighRun(run, findings, parts); err != nil {
			return nil, fmt.Errorf("claims on %s: %w", run, err)
		}
	}
	return findings, nil
}

// runs returns the runs that claims rest on, in their order.
func runs(claims []Claim) (all []string) {
	for _, c := range claims {
		if c.Run != "" && !slices.Contains(all, c.Run) {
			all = append(all, c.Run)
		}
	}
	return all
}

// weighRun fills in the findings of one run, as one family.
func weighRun(run string, findings []Finding, parts []doc.Part) error {
	var family []stats.Test
	for i := range findings {
		f := &findings[i]
		if f.Run != run {
			continue
		}
		for _, g := range f.Groups {
			var found []Found
			for _, c := range g.Cases {
				test, one, err := c.By.find(parts)
				if err != nil {
					return fmt.Errorf("%s: %s %s: %w", f.Text, g.Name, c.Name, err)
				}
				found, family = append(found, one), append(family, test)
			}
			f.Found = append(f.Found, found)
		}
	}
	holds := stats.Judge(family...)
	for i := range findings {
		f := &findings[i]
		if f.Run != run {
			continue
		}
		for _, group := range f.Found {
			for k := range group {
				group[k].Holds, holds = holds[0], holds[1:]
			}
		}
		f.Holds = together(slices.Concat(f.Found...))
	}
	return nil
}

// together sums verdicts up. A claim is supported where all of its cases are, and refuted
// where one is refuted, but for a claim that is supported in others: it depends.
func together(found []Found) stats.Holding {
	has := func(h stats.Holding) bool {
		return slices.ContainsFunc(found, func(f Found) bool { return f.Holds == h })
	}
	switch supported, refuted := has(stats.Supported), has(stats.Refuted); {
	case supported && refuted:
		return Depends
	case refuted:
		return stats.Refuted
	case has(stats.Unresolved) || !supported:
		return stats.Unresolved
	}
	return stats.Supported
}

// A Number is where an estimate stands: in a column of the one row of a table of a
// report in which others have given values.
type Number struct {
	Experiment, File string
	Row              []string // names of columns and their values in turn
	Column           string
}

// find returns the estimate.
func (n Number) find(parts []doc.Part) (stats.Estimate, error) {
	at := fmt.Sprintf("%s.csv of %s, %s", n.File, n.Experiment, strings.Join(n.Row, " "))
	data, ok := dataOf(parts, n.Experiment, n.File)
	if !ok {
		return stats.Nothing(), fmt.Errorf("%s: there is no such file", at)
	}
	var found []any
	for _, row := range data.Rows {
		if matches(data, row, n.Row) {
			found = append(found, cell(data, row, n.Column))
		}
	}
	if len(found) != 1 {
		return stats.Nothing(), fmt.Errorf("%s: %d rows, want one", at, len(found))
	}
	e, ok := found[0].(stats.Estimate)
	if !ok {
		return stats.Nothing(), fmt.Errorf("%s: %s is no estimate", at, n.Column)
	}
	return e, nil
}

func dataOf(parts []doc.Part, experiment, file string) (report.Data, bool) {
	for _, p := range parts {
		for _, data := range p.Report.Data {
			if p.Name == experiment && data.Name == file {
				return data, true
			}
		}
	}
	return report.Data{}, false
}

func matches(data report.Data, row []any, pairs []string) bool {
	for pair := range slices.Chunk(pairs, 2) {
		if v := cell(data, row, pair[0]); v == nil || fmt.Sprint(v) != pair[1] {
			return false
		}
	}
	return true
}

// cell returns the value of a column, nil if there is no such column.
func cell(data report.Data, row []any, column string) any {
	i := slices.IndexFunc(data.Columns, func(c report.DataColumn) bool { return c.Name == column })
	if i < 0 {
		return nil
	}
	return row[i]
}

// A bound asks a number to be no less, or no more, than a limit.
type bound struct {
	of   Number
	most bool // it is a largest value
	at   float64
	in   unit
}

func (b bound) find(parts []doc.Part) (stats.Test, Found, error) {
	e, err := b.of.find(parts)
	test := stats.AtLeast(e, b.at)
	if b.most {
		test = stats.AtMost(e, b.at)
	}
	return test, Found{Measured: b.in.interval(e), value: e.Value}, err
}

func (b bound) limit() string {
	if b.most {
		return "≤ " + b.in.value(b.at)
	}
	return "≥ " + b.in.value(b.at)
}

// A unit says how a number is shown.
type unit struct {
	by     float64 // what a number is multiplied by before it is shown
	suffix string
	share  bool // shown in percent
}

var (
	percent = unit{share: true}
	times   = unit{by: 1, suffix: "×"}
	count   = unit{by: 1}
	bytes   = unit{by: 1, suffix: " B"}
	frames  = unit{by: 1, suffix: " frames/s"}
	millis  = unit{by: 1e-3, suffix: " ms"}
	micros  = unit{by: 1e-3, suffix: " µs"}
)

func (u unit) interval(e stats.Estimate) string {
	if e.HasInterval() && e.Half() == 0 { // the same count in every block
		return u.value(e.Value)
	}
	if u.share {
		return report.Percent(e)
	}
	return report.Interval(e.Times(u.by)) + u.suffix
}

func (u unit) value(v float64) string {
	if u.share {
		return report.Plain(100*v) + "%"
	}
	return report.Number(v*u.by) + u.suffix
}

// A reached is the verdict that an experiment has reached by itself, on the claim of its
// own that begins so.
type reached struct{ experiment, claim string }

func (r reached) find(parts []doc.Part) (stats.Test, Found, error) {
	var found []report.Verdict
	for _, p := range parts {
		for _, s := range p.Report.Sections {
			for _, b := range s.Blocks {
				if all, ok := b.(report.Verdicts); ok && p.Name == r.experiment {
					found = append(found, all...)
				}
			}
		}
	}
	found = slices.DeleteFunc(found, func(v report.Verdict) bool { return !strings.HasPrefix(v.Claim, r.claim) || v.Test == nil })
	if len(found) != 1 {
		return nil, Found{}, fmt.Errorf("%s has %d verdicts that begin with %q, want one", r.experiment, len(found), r.claim)
	}
	return found[0].Test, Found{Measured: found[0].Measured}, nil
}

func (r reached) limit() string { return report.Absent }
