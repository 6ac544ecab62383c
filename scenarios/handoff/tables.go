package handoff

import (
	"fmt"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/internal/core"
)

func latencyTable(samples experiment.Samples) *report.Table {
	t := &report.Table{
		Title: "From publishing to having used a payload, one way, p50 (and p99 of the untouched row)",
		Notes: []string{"Median over hand-offs, geometric mean over blocks, with the larger side of its 95% interval. " +
			"Filled before: the payload lies in the hub from the first hand-offs on, and nothing is left but the hub. " +
			"Else it is filled anew for each. A large payload takes long to fill and turns over the writer's caches, and a reader that has waited longer sees any payload later: " +
			"in the column behind p99 the writer fills as much memory of its own and then hands over 64 B. " +
			"Rows of the shared memory spin, those of the socket block: see the next but one table for like with like. " +
			"The socket's payload counts as seen when its last byte has arrived."},
	}
	var names []string
	for _, r := range allRows {
		names = append(names, r.name)
		if r == untouched {
			names = append(names, "p99", "64 B behind such a fill")
		}
	}
	t.Columns = report.Columns("payload", names...)
	for _, n := range core.Levels(untouched.of(samples, 0), bytesFactor) {
		cells := []report.Cell{report.Words(report.Bytes(n))}
		for _, r := range allRows {
			of := r.of(samples, n)
			cells = append(cells, core.SpreadTimeCell(experiment.Center(of, core.P50)))
			if r == untouched {
				cells = append(cells, core.SpreadTimeCell(experiment.Center(of, experiment.Metric(seenTailMetric))),
					core.SpreadTimeCell(experiment.Center(behind(n).of(samples, 0), core.P50)))
			}
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func bandwidthTable(samples experiment.Samples) *report.Table {
	t := &report.Table{
		Title: "Touching all of a payload against the memory's bandwidth",
		Columns: report.Columns("payload", "in the hub", "own, filled by another core", "own, warm", "hub / filled own",
			"best reader", "hub / best reader", "best loop"),
		Notes: []string{"The same loop, in the same process, over the hub and over private memory of the reader's own, on pages of the same size. " +
			"The best reader is the quickest pass of sum (the same loop) and scan (a vector loop) over warm private memory, " +
			"the best loop that of these, copy and clear, counted in bytes moved as STREAM does: ceilings, not comparisons."},
	}
	alone := loopsAlone.of(samples, 0)
	ceilingShare := quotient(rate(touchMetric), beside(alone, bytesFactor, bestRate(readingLoops())))
	for _, n := range core.Levels(alone, bytesFactor) {
		of, best := touchedIn.of(samples, n), loopsAlone.of(samples, n)
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(report.Bytes(n)), rateCell(experiment.Center(of, rate(touchMetric))),
			rateCell(experiment.Center(of, rate(ownFilledMetric))), rateCell(experiment.Center(of, rate(ownWarmMetric))),
			report.IntervalCell(experiment.Center(of, share)),
			rateCell(experiment.Center(best, bestRate(readingLoops()))), report.IntervalCell(experiment.Center(of, ceilingShare)),
			rateCell(experiment.Center(best, bestRate(loops()))),
		})
	}
	return t
}

func waitTable(samples experiment.Samples) *report.Table {
	t := &report.Table{
		Title:   "Waiting in the operating system: both sides sleep until they are woken",
		Columns: report.Columns("payload", "touched", "hub, spin", "hub, park", "socket", "socket / park"),
		Notes:   []string{"p50 from publishing to having used the payload. A futex wakes the hub's side, the arrival of data the socket's."},
	}
	for _, n := range parkSizes {
		for _, touch := range []string{touchNone, touchAll} {
			park := parked(touch).of(samples, n)
			socket := row{arm: unixArm, touch: touch, wait: block}.of(samples, n)
			t.Rows = append(t.Rows, append(report.Row(report.Bytes(n), touch),
				core.SpreadTimeCell(experiment.Center(row{arm: shmArm, touch: touch, wait: "spin", pages: "small"}.of(samples, n), core.P50)),
				core.SpreadTimeCell(experiment.Center(park, core.P50)), core.SpreadTimeCell(experiment.Center(socket, core.P50)),
				report.IntervalCell(experiment.Ratio(socket, park, core.P50)),
			))
		}
	}
	return t
}

func pagesTable(samples experiment.Samples) *report.Table {
	t := &report.Table{
		Title: "Pages: the first pass over fresh memory, and every further one",
		Columns: report.Columns("payload", "pages", "map, writer", "map, reader", "first fill", "first touch",
			"fill", "touch", "huge, writer", "huge, reader"),
		Notes: []string{"Populating and collapsing happen while the region is mapped, so their cost stands there. " +
			"The last two columns are the share of the region that really was on huge pages, by /proc/self/smaps. " +
			"The region has two slots; the first pass is over one of them. Pages that this machine lacks are listed with the run."},
	}
	for _, n := range pageSizes {
		for _, kind := range append([]string{"small"}, pageKinds...) {
			of := onPages(kind).of(samples, n)
			if len(of) == 0 {
				continue
			}
			cells := report.Row(report.Bytes(n), kind)
			for _, name := range []string{writerMapMetric, readerMapMetric, coldFillMetric, coldTouchMetric, fillMetric, touchMetric} {
				cells = append(cells, core.SpreadTimeCell(experiment.Center(of, experiment.Metric(name))))
			}
			t.Rows = append(t.Rows, append(cells, hugeShare(of, writerHuge), hugeShare(of, readerHuge)))
		}
	}
	return t
}

// hugeShare is how much of the region was on huge pages, over all samples.
func hugeShare(of experiment.Samples, metric string) report.Cell {
	share := of.Sum(metric) / of.Sum(regionMetric)
	return report.PercentCell(stats.Point(share)).As(fmt.Sprintf("%.0f%%", 100*share))
}
