package core

import (
	"context"
	"fmt"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
)

// A Definition is what makes one gauge different from another.
type Definition[P Plan] struct {
	Name, Summary string
	// Factors and Quantities are what its data for programs hold of each cell.
	Factors    []report.DataColumn
	Quantities []Quantity
	// Cells lists what is measured with a profile's effort.
	Cells func(experiment.Profile) []experiment.Cell
	// Parse returns the plan of a cell, or why it cannot be measured here.
	Parse func(experiment.Cell) (P, error)
	// Available says why this machine cannot carry out a plan; nil if all can. It is
	// asked once, when a run is planned: it may use memory that a trial needs.
	Available func(P) error
	// Measure carries out a plan in processes of the lab, which need not be ended.
	Measure func(context.Context, *lab.Lab, P) (experiment.Sample, error)
	// Metrics are those that every sample of a cell has.
	Metrics func(experiment.Cell) []string
	Jobs    map[string]lab.Job
	// Report says what the samples of the usual distance mean. It is given all
	// samples as well.
	Report func(usual, every experiment.Samples) (Findings, error)
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
func New[P Plan](d Definition[P]) experiment.Experiment { return gauge[P]{d} }

type gauge[P Plan] struct{ def Definition[P] }

// Name implements [experiment.Experiment].
func (g gauge[P]) Name() string { return g.def.Name }

// Summary implements [experiment.Experiment].
func (g gauge[P]) Summary() string { return g.def.Summary }

// Options implements [experiment.Experiment].
func (gauge[P]) Options() []experiment.Option { return nil }

// Plan implements [experiment.Experiment].
func (g gauge[P]) Plan(_ context.Context, r experiment.Request) (plan experiment.Plan, _ error) {
	plan.Blocks = 16
	if r.Profile == experiment.Quick {
		plan.Blocks = 3
	}
	for _, c := range g.def.Cells(r.Profile) {
		c.Experiment = g.def.Name
		p, err := g.def.Parse(c)
		if err == nil && g.def.Available != nil {
			err = g.def.Available(p)
		}
		if err != nil {
			missing := experiment.Unavailable{What: g.def.Name + " " + c.String(), Reason: err.Error()}
			plan.Unavailable = append(plan.Unavailable, missing)
			continue
		}
		plan.Cells = append(plan.Cells, c)
	}
	return plan, nil
}

// Open implements [experiment.Experiment]. The trials of a gauge share nothing.
func (g gauge[P]) Open(_ context.Context, l *lab.Lab, _ []experiment.Cell) (experiment.Session, error) {
	return session[P]{g.def, l}, nil
}

type session[P Plan] struct {
	def Definition[P]
	lab *lab.Lab
}

// Measure implements [experiment.Session].
func (s session[P]) Measure(ctx context.Context, t experiment.Trial) ([]experiment.Sample, error) {
	defer s.lab.Clear()
	p, err := s.def.Parse(t.Of)
	if err != nil {
		return nil, err
	}
	sample, err := s.def.Measure(ctx, s.lab, p)
	return []experiment.Sample{sample}, err
}

// Close implements [experiment.Session].
func (session[P]) Close() error { return nil }

// Duties implements [experiment.Experiment].
func (g gauge[P]) Duties(_ experiment.Plan, c experiment.Cell) []experiment.Duty {
	return []experiment.Duty{{Worker: Worker, Metrics: g.def.Metrics(c)}}
}

// Jobs implements [experiment.Experiment].
func (g gauge[P]) Jobs() map[string]lab.Job { return g.def.Jobs }

// Findings are what the samples of a gauge mean. A gauge fills neither the names of
// figures nor the data, and of its verdicts, which are one family, the tests.
type Findings struct {
	Verdicts report.Verdicts
	Figures  []*report.Figure
	Tables   []*report.Table
	Data     report.Data
}

// Findings returns what the gauge finds in samples, before it is a report.
func (g gauge[P]) Findings(samples experiment.Samples) (Findings, error) {
	d, usual := g.def, Usual(samples)
	found, err := d.Report(usual, samples)
	if err != nil {
		return found, fmt.Errorf("report on %s: %w", d.Name, err)
	}
	found.Verdicts.Judge()
	for i, f := range found.Figures {
		f.Name = fmt.Sprintf("gauge-%s-%d", d.Name, i+1)
	}
	found.Tables = append(found.Tables, DistanceTables(samples)...)
	found.Data = d.estimates(usual)
	return found, nil
}

// Report implements [experiment.Experiment].
func (g gauge[P]) Report(r *experiment.Results) (*report.Report, error) {
	found, err := g.Findings(r.Samples)
	if err != nil {
		return nil, err
	}
	section := report.Section{Blocks: []report.Block{found.Verdicts}}
	for _, f := range found.Figures {
		section.Blocks = append(section.Blocks, f)
	}
	for _, t := range found.Tables {
		t.Brief = true
		section.Blocks = append(section.Blocks, t)
	}
	return &report.Report{Sections: []report.Section{section}, Data: []report.Data{found.Data}}, nil
}
