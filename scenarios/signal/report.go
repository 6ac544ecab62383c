package signal

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// The limits of the verdicts.
const (
	nearBare = 1.25 // of what one would write by hand
	promised = 10e3 // ns within which a signal is said to arrive
	woken    = 60e3 // ns within which a worker of a tab is to run again, woken at 60 Hz
)

func findings(usual, every experiment.Samples) (f core.Findings, err error) {
	for _, factors := range conditions {
		c := condition{factors, usual, every}
		if len(c.of(bareFutex)) == 0 {
			continue
		}
		t, err := c.table()
		if err != nil {
			return f, err
		}
		f.Verdicts, f.Tables = append(f.Verdicts, c.verdicts()...), append(f.Tables, t)
	}
	f.Verdicts = append(f.Verdicts, claims(usual)...)
	if t, err := sixtyTable(usual); err != nil {
		return f, err
	} else if len(t.Rows) > 0 {
		f.Verdicts, f.Tables = append(f.Verdicts, sixtyVerdicts(usual)...), append(f.Tables, t)
	}
	shared, err1 := condition{goroutines, usual, every}.sharedTable()
	figure, err2 := condition{conditions[0], usual, every}.percentiles()
	f.Tables, f.Figures = append(f.Tables, shared), []*report.Figure{figure}
	return f, errors.Join(err1, err2)
}

// A condition is the factors beside the arm, with the run's samples.
type condition struct {
	factors experiment.Factors
	samples experiment.Samples // of the usual distance
	every   experiment.Samples // whatever the distance
}

// of returns the samples of an arm under the condition.
func (c condition) of(arm string) experiment.Samples { return c.among(c.samples, arm) }

func (c condition) among(samples experiment.Samples, arm string) experiment.Samples {
	f := c.factors
	return samples.Where(experiment.Arm, arm, whereFactor, f[whereFactor], loadFactor, f[loadFactor], gapFactor, f[gapFactor])
}

// A result is an arm's samples under a condition, with the latencies of all.
type result struct {
	arm     string
	samples experiment.Samples
	all     *experiment.Histogram
}

// results returns those of the arms that have any.
func (c condition) results(arms []string) (found []result, _ error) {
	for _, arm := range arms {
		all, err := experiment.Merge(c.of(arm), core.Latency)
		if err != nil {
			return nil, err
		}
		if all != nil {
			found = append(found, result{arm, c.of(arm), all})
		}
	}
	return found, nil
}

func (c condition) String() string {
	return map[string]string{process: "processes, ", thread: "threads, "}[c.factors[whereFactor]] + c.factors[loadFactor] + ", " + c.factors[gapFactor]
}

// better returns the arm whose median is the lower one over all blocks.
func (c condition) better(a, b string) string {
	if p50(c.of(b)).Value < p50(c.of(a)).Value {
		return b
	}
	return a
}

func p50(samples experiment.Samples) stats.Estimate { return experiment.Center(samples, core.P50) }

func (c condition) verdicts() report.Verdicts {
	return report.Verdicts{
		c.near(spin, c.better(bareSpin, barePause)),
		c.near(park, bareFutex),
		c.near(parkRaw, bareFutex),
		c.near(adaptive, c.better(spin, parkRaw)),
	}
}

// near compares an arm with another by their medians. Where blocks were left
// out for the distance of the cores, it says what all of them would have given.
func (c condition) near(arm, than string) report.Verdict {
	ratio := experiment.Ratio(c.of(arm), c.of(than), core.P50)
	v := report.Verdict{
		Claim: fmt.Sprintf("%s: %s ≤ %v × %s", c, arm, nearBare, than),
		Measured: fmt.Sprintf("%s × (%s, %s; %d blocks)", report.Interval(ratio),
			report.Duration(p50(c.of(arm)).Value), report.Duration(p50(c.of(than)).Value), ratio.N),
		Test: stats.AtMost(ratio, nearBare),
	}
	all := experiment.Ratio(c.among(c.every, arm), c.among(c.every, than), core.P50)
	if all.N != ratio.N {
		v.Measured += fmt.Sprintf("; all %d: %s", all.N, report.Interval(all))
	}
	return v
}

// claims holds "a signal reaches the other side in under 10 µs" against what a
// sleeping reader finds, at the median and at the 99th percentile.
func claims(samples experiment.Samples) (verdicts report.Verdicts) {
	for _, q := range []core.Quantity{{Name: "median", Of: core.P50}, {Name: "a block's p99", Of: core.P99}} {
		for _, factors := range []experiment.Factors{conditions[2], conditions[5]} { // signals 1 ms apart
			c := condition{factors: factors, samples: samples}
			e := experiment.Center(c.of(park), q.Of)
			verdicts = append(verdicts, report.Verdict{
				Claim:    fmt.Sprintf("a signal reaches a parked process in under %s (%s; %s)", report.Duration(promised), q.Name, c),
				Measured: report.Duration(e.Value), Test: stats.AtMost(e, promised),
			})
		}
	}
	return verdicts
}

// sixtyTable has the arms at a display's rate, between processes and between workers of
// a tab. It has no row where nobody measured them.
func sixtyTable(samples experiment.Samples) (*report.Table, error) {
	t := &report.Table{
		Title:   "From the post to the reader's having seen it, one way, 60 times a second, both sides asleep in between",
		Columns: report.Columns("where", "arm", "p50", "p99", "max", "hand-offs", "missed", "clocks moved"),
		Notes: []string{"The writer sleeps in between, so that both cores are idle when it wakes and posts. Sides that are processes stay on a core each, " +
			"workers of a tab go where the scheduler puts them. Times of a tab are those of a clock with a grain of 5 µs in each worker, set by one another: " +
			"the last column is by how much they were found to have moved in a trial, at most. No ratio of a tab to a process says anything of a transport."},
	}
	t.Columns[1].Text = true
	for _, factors := range []experiment.Factors{sixtyApart, sixtyInTab} {
		results, err := condition{factors: factors, samples: samples}.results(displayed)
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			moved := report.Words(report.Absent)
			if all := r.samples.Values(experiment.Metric(clockMetric)); factors[whereFactor] == inTab {
				moved = report.DurationCell(slices.Max(all))
			}
			n := r.samples.Sum(handOffMetric)
			t.Rows = append(t.Rows, []report.Cell{
				report.Words(factors[whereFactor]), report.Words(r.arm), core.SpreadTimeCell(p50(r.samples)),
				report.DurationCell(float64(r.all.P99)), report.DurationCell(float64(r.all.Max)),
				point(n, "%.0f"), point(100*r.samples.Sum(missedMetric)/n, "%.1f%%"), moved,
			})
		}
	}
	return t, nil
}

// sixtyVerdicts hold a parked worker of a tab against what a display leaves time for.
func sixtyVerdicts(samples experiment.Samples) (verdicts report.Verdicts) {
	if e := p50((condition{factors: sixtyInTab, samples: samples}).of(park)); e.N > 0 {
		verdicts = append(verdicts, report.Verdict{
			Claim:    fmt.Sprintf("a parked worker of a tab runs again within %s of a signal at 60 Hz (median)", report.Duration(woken)),
			Measured: core.SpreadTime(e), Holds: e.AtMost(woken),
		})
	}
	return verdicts
}

func (c condition) table() (*report.Table, error) {
	t := &report.Table{
		Title:   "From the post to the reader's having seen it, one way: " + c.String(),
		Columns: report.Columns("arm", "p50", "p99", "p99.9", "max", "hand-offs", "missed", "CPU a hand-off, writer", "reader", "system calls"),
		Notes: []string{"The median is a geometric mean over blocks, the other percentiles are of all blocks together. Missed: nobody waited yet, " +
			"so that they are not in the latencies. CPU of the writer holds the gap, in which it computes."},
	}
	results, err := c.results(arms)
	for _, r := range results {
		n := r.samples.Sum(handOffMetric)
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(r.arm), core.TimeCell(p50(r.samples)),
			report.DurationCell(float64(r.all.P99)), report.DurationCell(float64(r.all.P999)), report.DurationCell(float64(r.all.Max)),
			point(n, "%.0f"), point(100*r.samples.Sum(missedMetric)/n, "%.1f%%"),
			report.DurationCell(r.samples.Sum(writerCPUMetric) / n), report.DurationCell(r.samples.Sum(readerCPUMetric) / n),
			point(r.samples.Sum(syscallMetric)/n, "%.2f"),
		})
	}
	return t, err
}

// point shows a number over all blocks.
func point(v float64, format string) report.Cell {
	return report.ValueCell(stats.Point(v)).As(fmt.Sprintf(format, v))
}

// sharedTable is what waiting does to another goroutine of the same processor.
func (c condition) sharedTable() (*report.Table, error) {
	t := &report.Table{
		Title:   "A waiting goroutine beside one that computes, GOMAXPROCS=1, a signal every " + sharedGap,
		Columns: report.Columns("arm", "work left to the other", "p50", "p99", "max"),
		Notes: []string{"Work is that of the other goroutine against the same without anybody waiting, paired by block. The writer is another process, " +
			"and all go to whatever core is free."},
	}
	results, err := c.results(sharing)
	for _, r := range results {
		work := experiment.Ratio(r.samples, c.of(nobody), experiment.Metric(workMetric))
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(r.arm), report.IntervalCell(work), core.TimeCell(p50(r.samples)),
			report.DurationCell(float64(r.all.P99)), report.DurationCell(float64(r.all.Max)),
		})
	}
	return t, err
}

// percentiles draws each arm's latencies as HdrHistogram does.
func (c condition) percentiles() (*report.Figure, error) {
	lines := &report.Lines{
		X: report.Axis{Label: "one in so many hand-offs is slower", Log: true}, Y: report.Axis{Label: "one-way latency, ns", Log: true},
	}
	results, err := c.results(arms)
	for _, r := range results {
		s := report.Series{Name: r.arm}
		var quantiles []float64
		for x := 1.0; x <= float64(r.all.Count); x *= math.Pow(10, 0.125) {
			s.X, quantiles = append(s.X, x), append(quantiles, 1-1/x)
		}
		if s.Y, err = r.all.Quantiles(quantiles...); err != nil {
			return nil, err
		}
		lines.Series = append(lines.Series, s)
	}
	return &report.Figure{
		Title: "How soon a waiting process is told: " + c.String(),
		Caption: "All blocks together. At 2 stands the median, at 100 the 99th percentile. " +
			"The clock's own resolution and cost are in every value.",
		Lines: lines,
	}, err
}
