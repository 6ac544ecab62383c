package ladder

import (
	"fmt"
	"math"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/control"
)

// A timing is one number of a trial at a rate.
type timing struct {
	name, unit     string
	scale          float64
	of             func(experiment.Sample) float64 // NaN on the samples of roles that do not have it
	histogram, key string                          // in its place
}

func timings() []timing {
	return []timing{
		{name: "missed ticks", unit: "1/trial", scale: 1, of: experiment.Metric(control.Missed)},
		{name: "skipped frames", unit: "1/trial", scale: 1, of: experiment.Metric(control.Skipped)},
		{name: "latency p50", unit: "us", scale: perMicro, histogram: control.Latency, key: "p50"},
		{name: "latency p99", unit: "us", scale: perMicro, histogram: control.Latency, key: "p99"},
		{name: "service p99", unit: "us", scale: perMicro, histogram: control.Service, key: "p99"},
		{name: "frames", unit: "1/s", scale: 1, of: perSecond},
		{name: "frame interval p99", unit: "us", scale: perMicro, histogram: control.Interval, key: "p99"},
		{name: "start delay p99", unit: "us", scale: perMicro, histogram: control.StartDelay, key: "p99"},
	}
}

// perSecond is how many frames a viewer has used in a second.
func perSecond(s experiment.Sample) float64 {
	if h := s.Histograms[control.Interval]; h != nil {
		return 1e9 / h.Mean
	}
	return math.NaN()
}

// over estimates a timing over the trials of an arm.
func (t timing) over(a *arm) stats.Estimate {
	if t.histogram != "" {
		return a.quantile(t.histogram, t.key).Times(t.scale)
	}
	return a.over(func(one *trial) float64 {
		for _, s := range one.roles {
			if v := t.of(s); !math.IsNaN(v) {
				return v
			}
		}
		return math.NaN()
	}).Times(t.scale)
}

func (a *analysis) paceData() report.Data {
	return a.perArm("pace", "ticks at a rate", append(
		columns("timing", "what is counted or timed; latency is from when the tick was due, service from when it began", "unit", "of the value"),
		pooled("value", "mean over blocks")...,
	), func(one *arm, add func(...any)) {
		if one.trials[0].config.Rate == 0 {
			return
		}
		for _, t := range timings() {
			add(t.name, t.unit, t.over(one))
		}
	})
}

// paceTable shows how the arms kept to their rate, a row an arm.
func (w *world) paceTable() *report.Table {
	t := &report.Table{
		Title: "Kept to its rate: " + w.label, Brief: true,
		Columns: report.Columns("transport", "missed ticks", "skipped frames", "p50 µs", "p99 µs", "uncorrected p99 µs", "frames/s", "interval p99 µs", "start delay p99 µs", "max µs"),
		Notes: []string{
			"Missed and skipped are of the ticks of all blocks, percentiles are means over blocks (over pools of them where one has too few ticks), and the maximum is of all ticks. " +
				"The uncorrected p99 counts from when a tick began, the rest from when it was due; intervals are between frames that were used.",
		},
	}
	skips := false
	for _, a := range w.arms {
		t.Rows = append(t.Rows, a.paceRow())
		skips = skips || a.skips()
	}
	if skips {
		t.Notes = append(t.Notes, "The viewer of an arm that skips frames has done less than that of "+Baseline+
			", where the roles take turns and none is skipped: it has no differential and no latency tax.")
	}
	return t
}

// paceRow returns the row of an arm.
func (a *arm) paceRow() []report.Cell {
	ticks := 0
	var viewers experiment.Samples
	for _, t := range a.trials {
		ticks += t.config.Ticks
		viewers = append(viewers, t.roles...)
	}
	count := func(metric string) report.Cell {
		return report.Words(fmt.Sprintf("%s of %s", report.Plain(viewers.Sum(metric)), report.Plain(float64(ticks))))
	}
	row := []report.Cell{report.Words(label(a.name)), count(control.Missed), count(control.Skipped)}
	for _, t := range timings()[2:] {
		row = append(row, report.IntervalCell(t.over(a)))
	}
	return append(row, report.Words(report.Number(positive(a.most*perMicro))))
}

// paceMeaning explains what only trials at a rate have.
func paceMeaning() report.List {
	return report.List{
		"**At a rate** a tick is due at a time that nothing moves. One that is late begins at once. Its **latency** counts from when it " +
			"was due, so that a pause shows in every tick that it held up; the **uncorrected** one counts from when it began.",
		"**Missed ticks** are those whose frame had not been used when the next tick was due. **Skipped frames**, which a viewer of the latest " +
			"frame never took, are among them; their latency ends when the first newer frame has been used. The uncorrected one is of used frames alone.",
		"**Pace** is the CPU of waiting for a tick to be due. Costs of different rates, and of lock-step, are never compared.",
	}
}
