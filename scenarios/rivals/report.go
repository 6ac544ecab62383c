package rivals

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// disturbing is how many processors others may take before figures are not to
// be cited. A tenth of one is what an idle system with its daemons stays below.
const disturbing = 0.1

// few is how many hand-offs a p99.9 should rest on at least.
const few = 10_000

// Report implements [experiment.Experiment]: the arms, and a table a size.
func (*rivals) Report(r *experiment.Results) (*report.Report, error) {
	d := document{Results: r, arms: levelsOf(r, experiment.Arm, waitsFact), data: newData()}
	out := &report.Report{Sections: []report.Section{d.opening()}}
	for _, size := range levelsOf(r, bytesFactor, handOffsFact) {
		table, err := d.table(size)
		if err != nil {
			return nil, err
		}
		text := fmt.Sprintf("%s hand-offs a block, after %s that do not count.", size.Facts[handOffsFact], size.Facts[warmUpFact])
		out.Sections = append(out.Sections, report.Section{Title: size.Summary, Blocks: []report.Block{report.Paragraph(text), table}})
	}
	out.Data = []report.Data{d.data}
	return out, nil
}

// levelsOf returns the levels of a factor in their order, of those that have a
// fact: other experiments of the run may have a factor of that name.
func levelsOf(r *experiment.Results, factor, fact string) (chosen []experiment.Level) {
	for _, l := range r.Plan.Levels {
		if _, ok := l.Facts[fact]; ok && l.Factor == factor {
			chosen = append(chosen, l)
		}
	}
	return chosen
}

// A document is a report that is being made.
type document struct {
	*experiment.Results
	arms []experiment.Level
	data report.Data
}

// opening says what is measured, how busy the machine was otherwise, and what
// the arms are.
func (d *document) opening() report.Section {
	others := stats.Mean(d.Samples.Values(experiment.Metric(othersCPUs)))
	blocks := []report.Block{report.Paragraph(d.measured())}
	if others.Value > disturbing {
		blocks = append(blocks, report.Paragraph(disturbed))
	}
	list := &report.Table{Title: "Arms", Columns: words("arm", "how")}
	for _, a := range d.arms {
		list.Rows = append(list.Rows, report.Row("`"+a.Value+"`", a.Summary))
	}
	return report.Section{Blocks: append(blocks, d.conditions(others), list, report.Paragraph(columns))}
}

// conditions says how busy the machine was, and the versions of the libraries.
func (d *document) conditions(others stats.Estimate) *report.Table {
	var m machine.Info
	_ = json.Unmarshal(d.Machine, &m) // of a machine that says nothing, 0 processors show that
	t := &report.Table{Title: "Conditions", Columns: words("condition", "value")}
	t.Rows = append(t.Rows, []report.Cell{
		report.Words("everything but the run took"),
		{Text: fmt.Sprintf("%s of %d processors", report.Fixed(others.Value, 2), m.CPU.Usable), Value: &others},
	})
	versions := map[string]string{}
	for _, a := range d.arms {
		maps.Copy(versions, a.Facts)
	}
	delete(versions, waitsFact)
	delete(versions, besideFact)
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		t.Rows = append(t.Rows, report.Row(name, versions[name]))
	}
	return t
}

func words(names ...string) (columns []report.Column) {
	for _, name := range names {
		columns = append(columns, report.Column{Name: name, Text: true})
	}
	return columns
}

// measured says what a hand-off is, by the options of the run.
func (d *document) measured() string {
	pause := "There is no pause between hand-offs and no other load from the run."
	if gap := d.Plan.Options[gapFactor]; gap != "" && gap != "0s" {
		pause = "The writer is busy for " + gap + " before each publish."
	}
	return "One writer hands payloads to one reader in another process, in lock-step. The latency is one way, by the clock that both share. " +
		"The reader reads " + d.Plan.Options[touchFactor] + " of each payload and checks what it reads. " + pause +
		" docs/rivals.md explains the arms and what is fair about them."
}

const (
	disturbed = "**Not to be cited.** Others took too much of the machine meanwhile. A polling pair needs two processors to itself: its rows show the scheduler. " +
		"The tails of all rows hold what others did. The ratios are paired by block, which takes out less of it the wider their intervals are."
	columns = "Quantiles are of all blocks together. *used* is the median until the reader has also read the payload. *CPU* is of both processes together for one hand-off, " +
		"the filling and the reading included. The last two columns divide by the hub's arm that waits alike: geometric mean of the ratios paired by block, with a 95% interval. " +
		"Above 1, the hub is quicker."
)

// A quantity is a column of numbers, of the tables and of rivals.csv.
type quantity struct {
	head, name, meaning string
	interval            bool // it has one; of the ratios it is shown in the tables too
}

const ratios = 6 // the quantities from here on are no times

var quantities = []quantity{
	{"p50", "p50_ns", "median latency of all hand-offs, one way, until the reader has the payload, ns", false},
	{"p99", "p99_ns", "99th percentile of the same, ns", false},
	{"p99.9", "p999_ns", "99.9th percentile of the same, ns", false},
	{"max", "max_ns", "largest of the same, ns", false},
	{"used", "used_p50_ns", "median of all hand-offs until the reader has also read what it touches, ns", false},
	{"CPU", "cpu_ns", "processor time of both processes a hand-off, geometric mean over blocks, ns", true},
	{"p50 ÷ ours", "p50_ratio", "median latency over that of the arm in column beside, geometric mean of the ratios paired by block", true},
	{"used ÷ ours", "used_p50_ratio", "the same of the median until the reader has also read what it touches", true},
}

// table compares the arms with payloads of one size.
func (d *document) table(size experiment.Level) (*report.Table, error) {
	t := &report.Table{
		Title: "A hand-off of " + size.Summary, Brief: true,
		Columns: words("arm", "waits by"),
	}
	for _, q := range quantities {
		t.Columns = append(t.Columns, report.Column{Name: q.head})
	}
	for _, a := range d.arms {
		samples := d.Samples.Where(experiment.Arm, a.Value, bytesFactor, size.Value)
		values := slices.Repeat([]stats.Estimate{stats.Nothing()}, len(quantities))
		if len(samples) == 0 {
			t.Notes = append(t.Notes, fmt.Sprintf("`%s` was not measured: %s.", a.Value, d.reason(a.Value)))
		} else if err := d.fill(values, samples, a, size); err != nil {
			return nil, err
		}
		row := report.Row("`"+a.Value+"`", a.Facts[waitsFact])
		for i, e := range values {
			row = append(row, cell(i, e, a.Facts[besideFact] == a.Value && e.N > 0))
		}
		t.Rows = append(t.Rows, row)
	}
	if n, _ := strconv.Atoi(size.Facts[handOffsFact]); n*d.Plan.Blocks < few {
		t.Notes = append(t.Notes, fmt.Sprintf("With so few hand-offs, the p99.9 rests on the %d slowest.", max(1, n*d.Plan.Blocks/1000)))
	}
	return t, nil
}

// cell shows quantity i of an arm, or that it is the one that others divide by.
func cell(i int, e stats.Estimate, itself bool) report.Cell {
	switch {
	case i < ratios:
		return core.TimeCell(e)
	case itself:
		return report.IntervalCell(e).As("1")
	}
	return report.IntervalCell(e)
}

// reason says why an arm has no sample.
func (d *document) reason(arm string) string {
	for _, u := range d.Plan.Unavailable {
		if u.What == arm {
			return u.Reason
		}
	}
	return "every block failed"
}

// fill computes the quantities of an arm with a size, and notes them in the data.
func (d *document) fill(values []stats.Estimate, samples experiment.Samples, a, size experiment.Level) error {
	seen, err := experiment.Merge(samples, latencyNS)
	if err != nil {
		return err
	}
	used, err := experiment.Merge(samples, usedNS)
	if err != nil {
		return err
	}
	for i, ns := range []int64{seen.P50, seen.P99, seen.P999, seen.Max, used.P50} {
		values[i] = stats.Point(float64(ns))
	}
	values[ratios-1] = experiment.Center(samples, cpuNS)
	beside := a.Facts[besideFact]
	if beside != "" {
		ours := d.Samples.Where(experiment.Arm, beside, bytesFactor, size.Value)
		values[ratios] = experiment.Ratio(samples, ours, experiment.P50(latencyNS))
		values[ratios+1] = experiment.Ratio(samples, ours, experiment.P50(usedNS))
	}
	row := []any{a.Value, a.Facts[waitsFact], beside, size.Value, len(samples), seen.Count}
	for i, q := range quantities {
		if row = append(row, values[i].Value); q.interval {
			row = append(row, values[i].Low, values[i].High)
		}
	}
	d.data.Add(row...)
	return nil
}

// cpuNS is what both sides together spend on a hand-off, in ns.
func cpuNS(s experiment.Sample) float64 {
	if s.Histograms[latencyNS] == nil {
		return math.NaN()
	}
	return (s.Metric(cpuWriterNS) + s.Metric(cpuReaderNS)) / float64(s.Histograms[latencyNS].Count)
}

func newData() report.Data {
	d := report.Data{
		Name: "rivals", Summary: "a hand-off of each size through each arm, over all blocks",
		Columns: []report.DataColumn{
			{Name: "arm", Meaning: "the library, and behind a colon how it is used or waits"},
			{Name: "waits", Meaning: "how writer and reader wait for each other: polling, sleeping or either"},
			{Name: "beside", Meaning: "the hub's arm that waits alike; empty if there is none"},
			{Name: "bytes", Meaning: "size of the payload, bytes"},
			{Name: "blocks", Meaning: "blocks that were measured"},
			{Name: "hand_offs", Meaning: "hand-offs of all blocks"},
		},
	}
	for _, q := range quantities {
		if d.Columns = append(d.Columns, report.DataColumn{Name: q.name, Meaning: q.meaning}); q.interval {
			d.Columns = append(d.Columns,
				report.DataColumn{Name: q.name + "_low", Meaning: "lower end of the 95% interval of " + q.name},
				report.DataColumn{Name: q.name + "_high", Meaning: "upper end of it"})
		}
	}
	return d
}
