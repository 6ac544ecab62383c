package fanout

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/internal/core"
)

func findings(samples, _ experiment.Samples) (core.Findings, error) {
	few := samples.Keep(func(s experiment.Sample) bool { return core.Int(s, slotsFactor) <= fewSlots })
	many := samples.Keep(func(s experiment.Sample) bool { return core.Int(s, slotsFactor) > fewSlots })
	free := few.Where(paceFactor, freePace, waitFactor, "park", holdFactor, noHold)
	steady := few.Where(paceFactor, steadyPace, waitFactor, "park", holdFactor, noHold)
	return core.Findings{
		Verdicts: verdicts(samples),
		Figures: []*report.Figure{
			figure("Frames published by a writer that runs freely", "frames/s", free, rateMetric),
			figure("Processor time a frame, of the writer and all readers", "processor time, ns", free, totalCostMetric),
		},
		Tables: []*report.Table{
			throughput("A writer that runs freely", free,
				"Readers and writer park. The machine's cores are shared by all of them: with more readers than cores, readers wait for each other."),
			latency("A frame a millisecond: one way from the publish to the reader having it", steady,
				"The slowest reader is the one with the greatest quantile of a block."),
			throughput("Two slots more than readers (no more than 16 slots)", many.Where(paceFactor, freePace, waitFactor, "park", holdFactor, noHold),
				"To be compared with the same number of readers in 3 slots, above."),
			throughput("Four readers that hold each frame for 200 µs before they read it", few.Where(holdFactor, slowHold),
				"A reader sleeps while it holds the frame, in every arm alike. A writer with leases waits or goes around it; a ping-pong overwrites what it holds."),
			throughput("Four readers that wait adaptively", few.Where(waitFactor, "adaptive")),
		},
	}, nil
}

// A row is the samples of one cell.
type row struct {
	arm     string
	readers int
	samples experiment.Samples
}

// rows parts samples, which differ in nothing else, by readers and arm.
func rows(samples experiment.Samples) (all []row) {
	for _, n := range core.Levels(samples, readersFactor) {
		for _, arm := range arms {
			if of := core.At(samples, readersFactor, n).Where(experiment.Arm, arm); len(of) > 0 {
				all = append(all, row{arm, n, of})
			}
		}
	}
	return all
}

// share shows one metric's share of others, in percent. What is there is not
// rounded to nothing.
func (r row) share(metric string, of ...string) report.Cell {
	total := 0.0
	for _, name := range of {
		total += r.samples.Sum(name)
	}
	n := r.samples.Sum(metric)
	cell := report.PercentCell(stats.Point(n / total))
	switch percent := 100 * n / total; {
	case total == 0:
		return report.PercentCell(stats.Nothing())
	case n == 0:
		return cell.As("0")
	case percent < 0.1:
		return cell.As("< 0.1 %")
	default:
		return cell.As(fmt.Sprintf("%.1f %%", percent))
	}
}

// times shows medians and metrics of time.
func (r row) times(of ...func(experiment.Sample) float64) (cells []report.Cell) {
	for _, f := range of {
		cells = append(cells, core.TimeCell(experiment.Center(r.samples, f)))
	}
	return cells
}

func (r row) rate(name string) report.Cell {
	e := experiment.Center(r.samples, experiment.Metric(name))
	return report.IntervalCell(e).As(fmt.Sprintf("%.0f", e.Value))
}

func throughput(title string, samples experiment.Samples, notes ...string) *report.Table {
	t := &report.Table{
		Title: title, Notes: notes,
		Columns: report.Columns("arm", "readers", "slots", "frames/s", "read/s by a reader", "skipped", "one way p50", "slowest reader's p99",
			"writer CPU a frame", "reader CPU a read", "loans blocked", "overrun", "torn", "of another frame"),
	}
	for _, r := range rows(samples) {
		t.Rows = append(t.Rows, slices.Concat(
			report.Row(r.arm, strconv.Itoa(r.readers), r.samples[0].Factor(slotsFactor)),
			[]report.Cell{r.rate(rateMetric), r.rate(readRateMetric), r.share(skippedMetric, skippedMetric, readMetric)},
			r.times(core.P50, experiment.Metric(slowP99Metric), experiment.Metric(writerCostMetric), experiment.Metric(readerCostMetric)),
			[]report.Cell{r.share(blockedMetric, framesMetric), r.share(overrunMetric, readMetric),
				r.share(tornMetric, readMetric), r.share(otherMetric, readMetric)},
		))
	}
	return t
}

func latency(title string, samples experiment.Samples, notes ...string) *report.Table {
	t := &report.Table{
		Title: title, Notes: notes,
		Columns: report.Columns("arm", "readers", "p50", "p99", "slowest reader's p50", "slowest reader's p99",
			"writer CPU a frame", "reader CPU a read", "skipped", "torn"),
	}
	for _, r := range rows(samples) {
		t.Rows = append(t.Rows, slices.Concat(
			report.Row(r.arm, strconv.Itoa(r.readers)),
			r.times(core.P50, core.P99, experiment.Metric(slowP50Metric), experiment.Metric(slowP99Metric),
				experiment.Metric(writerCostMetric), experiment.Metric(readerCostMetric)),
			[]report.Cell{r.share(skippedMetric, skippedMetric, readMetric), r.share(tornMetric, readMetric)},
		))
	}
	return t
}

// figure draws a metric over the number of readers.
func figure(title, y string, samples experiment.Samples, metric string) *report.Figure {
	lines := &report.Lines{X: report.Axis{Label: "readers", Log: true}, Y: report.Axis{Label: y, Log: true}}
	for _, arm := range arms {
		if s := core.Series(arm, samples.Where(experiment.Arm, arm), readersFactor, experiment.Metric(metric)); len(s.X) > 0 {
			lines.Series = append(lines.Series, s)
		}
	}
	return &report.Figure{Title: title, Data: dataName, Lines: lines}
}

// verdicts holds the claim of the ping-pong against what readers found in its
// frames, and in those with leases under the same load.
func verdicts(samples experiment.Samples) report.Verdicts {
	free := samples.Where(paceFactor, freePace)
	pingPong := free.Where(experiment.Arm, pingPongArm)
	leases := free.Keep(func(s experiment.Sample) bool { return s.Factor(experiment.Arm) != pingPongArm })
	whole, isolated := stats.Open(), stats.Open()
	clean := leases.Sum(tornMetric)+leases.Sum(otherMetric) == 0
	if leases.Sum(readMetric) > 0 || !clean {
		whole = stats.Counted(clean)
	}
	if pingPong.Sum(tornMetric) > 0 && leases.Sum(readMetric) > 0 && clean {
		isolated = stats.Counted(false) // the detector works, and the load alone tears nothing
	}
	return report.Verdicts{{
		Claim:    "ping-pong buffers give total isolation",
		Measured: "two slots and a writer that runs freely: " + readings(pingPong),
		Test:     isolated,
	}, {
		Claim:    "a leased frame is never overwritten while it is read",
		Measured: "the same load with leases: " + readings(leases),
		Test:     whole,
	}}
}

func readings(samples experiment.Samples) string {
	count := func(metric string) string { return report.Fixed(samples.Sum(metric), 0) }
	return fmt.Sprintf("of %s reads %s torn, %s of another frame, %s overrun",
		count(readMetric), count(tornMetric), count(otherMetric), count(overrunMetric))
}
