// Package lateness is an experiment: how late a goroutine wakes that sleeps, by each of
// the ways that Go has. Its workload is in workload.go.
package lateness

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// Plugin returns what the module adds to a program.
func Plugin() experiment.Catalogue {
	return experiment.Catalogue{Experiments: []experiment.Experiment{sleeps{}}}
}

const (
	name        = "lateness"
	job         = name + "-sleeper" // jobs begin with the experiment's name
	worker      = "sleeper"
	sleepFactor = "sleep_ns"
	lateMetric  = "late_ns"
	wakeMetric  = "wakes"
)

type sleeps struct{}

var _ experiment.Experiment = sleeps{}

// Name implements [experiment.Experiment].
func (sleeps) Name() string { return name }

// Summary implements [experiment.Experiment].
func (sleeps) Summary() string {
	return "how late a goroutine wakes: time.Sleep, the channel of a timer, a ticker"
}

// Options implements [experiment.Experiment].
func (sleeps) Options() []experiment.Option { return nil }

// durations are what is slept.
func durations() []time.Duration {
	return []time.Duration{100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond}
}

// Plan implements [experiment.Experiment]: every way with every duration.
func (sleeps) Plan(_ context.Context, r experiment.Request) (experiment.Plan, error) {
	plan := experiment.Plan{Blocks: 10}
	if r.Profile == experiment.Quick {
		plan.Blocks = 3
	}
	for _, d := range durations() {
		for _, way := range ways() {
			plan.Cells = append(plan.Cells, experiment.Cell{
				Experiment: name, Group: d.String(), // those of a group are measured one after the other
				Factors: experiment.Factors{experiment.Arm: way.name, sleepFactor: strconv.FormatInt(d.Nanoseconds(), 10)},
			})
		}
	}
	return plan, nil
}

// Open implements [experiment.Experiment]. Trials share nothing.
func (sleeps) Open(_ context.Context, l *lab.Lab, _ []experiment.Cell) (experiment.Session, error) {
	return session{l}, nil
}

type session struct{ lab *lab.Lab }

// Measure implements [experiment.Session]: one worker process a trial.
func (s session) Measure(ctx context.Context, t experiment.Trial) ([]experiment.Sample, error) {
	defer s.lab.Clear()
	ns, err := strconv.ParseInt(t.Of.Factors[sleepFactor], 10, 64)
	if err != nil {
		return nil, err
	}
	w, err := s.lab.Start(job, order{Way: t.Of.Factors[experiment.Arm], Sleep: time.Duration(ns)})
	if err != nil {
		return nil, err
	}
	sample := experiment.Sample{}
	err = errors.Join(lab.Gather(ctx, w), w.Result(ctx, &sample))
	return []experiment.Sample{sample}, err
}

// Close implements [experiment.Session].
func (session) Close() error { return nil }

// Duties implements [experiment.Experiment].
func (sleeps) Duties(experiment.Plan, experiment.Cell) []experiment.Duty {
	return []experiment.Duty{{Worker: worker, Metrics: []string{lateMetric, wakeMetric}}}
}

// Jobs implements [experiment.Experiment].
func (sleeps) Jobs() map[string]lab.Job { return map[string]lab.Job{job: lab.Protocol(sleep)} }

// Report implements [experiment.Experiment]: a verdict, a figure, a table, and the
// numbers for programs.
func (sleeps) Report(r *experiment.Results) (*report.Report, error) {
	table := &report.Table{
		Title: "How late a goroutine wakes", Brief: true, Columns: report.Columns("way", "sleep", "median", "99th percentile", "wakes"),
		Notes: []string{"The median is the centre over blocks, the percentile is that of all blocks together."},
	}
	lines := &report.Lines{X: report.Axis{Label: "slept, ns", Log: true}, Y: report.Axis{Label: "late, ns", Log: true}, Apart: true}
	data := report.Data{Name: name, Summary: "lateness by way and duration", Columns: []report.DataColumn{
		{Name: "way", Meaning: "how it sleeps"}, {Name: "sleep_ns", Meaning: "what it asks for, ns"}, {Name: "late_p50_ns", Meaning: "median over blocks, ns"},
	}}
	verdicts := report.Verdicts{}
	for _, way := range ways() {
		line := report.Series{Name: way.name}
		for _, d := range durations() {
			of := r.Samples.Where(experiment.Arm, way.name, sleepFactor, strconv.FormatInt(d.Nanoseconds(), 10))
			all, err := experiment.Merge(of, lateMetric)
			if err != nil || all == nil {
				continue // none of its trials gave a number: the run says so
			}
			p50 := experiment.Center(of, experiment.P50(lateMetric))
			table.Rows = append(table.Rows, []report.Cell{
				report.Words(way.name), report.Words(d.String()), report.DurationCell(p50.Value), report.DurationCell(float64(all.P99)),
				report.Words(strconv.FormatFloat(of.Sum(wakeMetric), 'f', 0, 64)),
			})
			line.X, line.Y = append(line.X, float64(d)), append(line.Y, p50.Value)
			line.Low, line.High = append(line.Low, p50.Low), append(line.High, p50.High)
			data.Add(way.name, d.Nanoseconds(), p50.Value)
			verdicts = append(verdicts, report.Verdict{
				Claim:    way.name + " of " + d.String() + " is at most 100 µs late in the median",
				Measured: report.Duration(p50.Value), Test: stats.AtMost(p50, 100e3),
			})
		}
		if len(line.X) > 0 && !math.IsNaN(line.Y[0]) {
			lines.Series = append(lines.Series, line)
		}
	}
	figure := &report.Figure{Name: name, Title: "How late a goroutine wakes", Caption: "Medians.", Data: name, Lines: lines}
	return &report.Report{
		Sections: []report.Section{{Blocks: []report.Block{verdicts.Judge(), figure, table}}}, Data: []report.Data{data},
	}, nil
}
