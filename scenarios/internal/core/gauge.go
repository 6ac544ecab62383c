package core

import (
	"context"
	"fmt"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
)

// A Definition is what makes one gauge different from another.
type Definition struct {
	Name, Summary string
	// Factors and Quantities are what its data for programs hold of each cell.
	Factors    []report.DataColumn
	Quantities []Quantity
	// Cells lists what is measured with a profile's effort, and what this machine
	// cannot measure.
	Cells func(experiment.Profile) []Candidate
	// Measure measures a cell in processes of the lab, which need not be ended.
	Measure func(context.Context, *lab.Lab, experiment.Cell) (experiment.Sample, error)
	// Metrics are those that every sample of a cell has.
	Metrics func(experiment.Cell) []string
	Jobs    map[string]lab.Job
	// Report says what the samples of the usual distance mean. It is given all
	// samples as well.
	Report func(usual, every experiment.Samples) (Findings, error)
}

// A Candidate is a cell and why this machine cannot measure it, empty if it can.
type Candidate struct {
	experiment.Cell
	Unavailable string
}

// Worker is that of a gauge's samples, one a trial: all its workers together.
const Worker = "all"

// Latency is the histogram of a gauge's samples: one way, unless the gauge says
// otherwise.
const Latency = "latency_ns"

// Sample returns the sample of a trial. The latency may be nil.
func Sample(latency *experiment.Histogram, metrics map[string]float64) experiment.Sample {
	s := experiment.Sample{Worker: Worker, Metrics: metrics}
	if latency != nil {
		s.Histograms = map[string]*experiment.Histogram{Latency: latency}
	}
	return s
}

// P50 is the median latency of a sample in ns, NaN if it has none.
func P50(s experiment.Sample) float64 { return experiment.P50(Latency)(s) }

// P99 is the 99th percentile.
func P99(s experiment.Sample) float64 { return experiment.P99(Latency)(s) }

// New returns the experiment that a definition describes.
func New(d Definition) experiment.Experiment { return gauge{d} }

type gauge struct{ def Definition }

// Name implements [experiment.Experiment].
func (g gauge) Name() string { return g.def.Name }

// Summary implements [experiment.Experiment].
func (g gauge) Summary() string { return g.def.Summary }

// Options implements [experiment.Experiment].
func (gauge) Options() []experiment.Option { return nil }

// Plan implements [experiment.Experiment].
func (g gauge) Plan(_ context.Context, r experiment.Request) (plan experiment.Plan, _ error) {
	plan.Blocks = 16
	if r.Profile == experiment.Quick {
		plan.Blocks = 3
	}
	for _, c := range g.def.Cells(r.Profile) {
		c.Experiment = g.def.Name
		if c.Unavailable != "" {
			missing := experiment.Unavailable{What: g.def.Name + " " + c.String(), Reason: c.Unavailable}
			plan.Unavailable = append(plan.Unavailable, missing)
			continue
		}
		plan.Cells = append(plan.Cells, c.Cell)
	}
	return plan, nil
}

// Open implements [experiment.Experiment]. The trials of a gauge share nothing.
func (g gauge) Open(_ context.Context, l *lab.Lab, _ []experiment.Cell) (experiment.Session, error) {
	return session{g.def, l}, nil
}

type session struct {
	def Definition
	lab *lab.Lab
}

// Measure implements [experiment.Session].
func (s session) Measure(ctx context.Context, t experiment.Trial) ([]experiment.Sample, error) {
	defer s.lab.Clear()
	sample, err := s.def.Measure(ctx, s.lab, t.Of)
	return []experiment.Sample{sample}, err
}

// Close implements [experiment.Session].
func (session) Close() error { return nil }

// Duties implements [experiment.Experiment].
func (g gauge) Duties(c experiment.Cell) []experiment.Duty {
	return []experiment.Duty{{Worker: Worker, Metrics: g.def.Metrics(c)}}
}

// Jobs implements [experiment.Experiment].
func (g gauge) Jobs() map[string]lab.Job { return g.def.Jobs }

// Findings are what the samples of a gauge mean. Figures need no name.
type Findings struct {
	Verdicts report.Verdicts
	Figures  []*report.Figure
	Tables   []*report.Table
}

// Report implements [experiment.Experiment].
func (g gauge) Report(r *experiment.Results) (*report.Report, error) {
	usual := Usual(r.Samples)
	found, err := g.def.Report(usual, r.Samples)
	if err != nil {
		return nil, fmt.Errorf("report on %s: %w", g.def.Name, err)
	}
	section := report.Section{Blocks: []report.Block{found.Verdicts}}
	for i, f := range found.Figures {
		f.Name = fmt.Sprintf("gauge-%s-%d", g.def.Name, i+1)
		section.Blocks = append(section.Blocks, f)
	}
	for _, t := range append(found.Tables, DistanceTables(r.Samples)...) {
		t.Brief = true
		section.Blocks = append(section.Blocks, t)
	}
	return &report.Report{Sections: []report.Section{section}, Data: []report.Data{g.def.estimates(usual)}}, nil
}
