package ladder

import (
	"slices"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// What the kernel of a tab computes in a tick, on its sample. Breeding is one tick of a
// generation and takes many times what the others do: a mean over all hides either.
const (
	tickP50Metric  = "tick_compute_p50_ns"      // of the ticks that do not breed, on the wall
	tickMeanMetric = "tick_compute_mean_ns"     // of the same
	breedingMetric = "breeding_compute_mean_ns" // of those that do
	bredMetric     = "breeding_ticks"
)

// kernelMetric estimates one of them in µs. N is 0 where no trial has it: those of other
// placements, of earlier versions, and of windows in which nothing was bred.
func (a *arm) kernelMetric(name string) stats.Estimate {
	var values []float64
	for _, t := range a.trials {
		if v := t.roles.Sum(name); v > 0 {
			values = append(values, v*perMicro)
		}
	}
	return stats.GeoCenter(values)
}

// kernelTable shows what the kernel computes in a tick, a row an arm in a tab. It has
// no row where no trial told.
func (w *world) kernelTable() *report.Table {
	t := &report.Table{
		Title: "The kernel's compute: " + w.label, Brief: true,
		Columns: report.Columns("transport", "µs a tick without breeding, p50", "mean", "µs a tick that breeds", "share of ticks that breed"),
		Notes: []string{"Laps of a wall clock in the kernel's worker: policy and sums, and Go's own work among them, without its copies. A clock in a tab has a grain of 5 µs, " +
			"so that a p50 is a multiple of it; the mean is not, but holds what else had the core. Geometric means over blocks."},
	}
	for _, a := range w.arms {
		usual := a.kernelMetric(tickP50Metric)
		if usual.N == 0 {
			continue
		}
		share := stats.Mean(a.values(func(t *trial) float64 { return t.roles.Sum(bredMetric) / float64(t.config.Ticks) }))
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(label(a.name)), report.IntervalCell(usual), report.IntervalCell(a.kernelMetric(tickMeanMetric)),
			report.IntervalCell(a.kernelMetric(breedingMetric)), report.PercentCell(share),
		})
	}
	return t
}

// kernelData is the same for programs, nil where no trial told.
func (a *analysis) kernelData() []report.Data {
	told := func(w *world) bool {
		return slices.ContainsFunc(w.arms, func(one *arm) bool { return one.kernelMetric(tickP50Metric).N > 0 })
	}
	if !slices.ContainsFunc(a.worlds, told) {
		return nil
	}
	return []report.Data{a.perArm("kernel", "what the kernel of a tab computes in a tick", append(
		columns("ticks", "those that do not breed, or those that do", "statistic", "within a trial", "unit", "of the value"),
		estimated("value", "geometric mean over blocks")...,
	), func(one *arm, add func(...any)) {
		for _, row := range []struct{ ticks, statistic, metric string }{
			{"without breeding", "p50", tickP50Metric}, {"without breeding", "mean", tickMeanMetric}, {"breeding", "mean", breedingMetric},
		} {
			if e := one.kernelMetric(row.metric); e.N > 0 {
				add(row.ticks, row.statistic, "us/tick", e)
			}
		}
	})}
}
