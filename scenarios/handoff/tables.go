package handoff

import (
	"fmt"

	"github.com/copytax/copytax/gauge"
)

func latencyTable(samples []gauge.Sample) gauge.Table {
	t := gauge.Table{
		Title:   "From publishing to having used a payload, one way, p50 (and p99 of the untouched row)",
		Columns: []string{"payload"},
		Note: "Median over hand-offs, geometric mean over blocks, with the larger side of its 95% interval. " +
			"Filled before: the payload lies in the hub from the first hand-offs on, and nothing is left but the hub. " +
			"Else it is filled anew for each. A large payload takes long to fill and turns over the writer's caches, and a reader that has waited longer sees any payload later: " +
			"in the column behind p99 the writer fills as much memory of its own and then hands over 64 B. " +
			"Rows of the shared memory spin, those of the socket block: see the next but one table for like with like. " +
			"The socket's payload counts as seen when its last byte has arrived.",
	}
	for _, r := range allRows {
		t.Columns = append(t.Columns, r.name)
		if r == untouched {
			t.Columns = append(t.Columns, "p99", "64 B behind such a fill")
		}
	}
	for _, n := range sizesOf(untouched.of(samples, 0)) {
		cells := []string{gauge.FormatBytes(n)}
		for _, r := range allRows {
			of := r.of(samples, n)
			cells = append(cells, timeText(gauge.Geomean(of, gauge.P50NS)))
			if r == untouched {
				cells = append(cells, timeText(gauge.Geomean(of, value(seenTailValue))),
					timeText(gauge.Geomean(gauge.Select(samples, shmArm, afterParam, fmt.Sprint(n)), gauge.P50NS)))
			}
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func bandwidthTable(samples []gauge.Sample) gauge.Table {
	t := gauge.Table{
		Title: "Touching all of a payload against the memory's bandwidth",
		Columns: []string{"payload", "in the hub", "own, filled by another core", "own, warm", "hub / filled own",
			"best reader", "hub / best reader", "best kernel"},
		Note: "The same loop, in the same process, over the hub and over private memory of the reader's own, on pages of the same size. " +
			"The best reader is the quickest pass of sum (the same loop) and scan (a vector loop) over warm private memory, " +
			"the best kernel that of these, copy and clear, counted in bytes moved as STREAM does: ceilings, not comparisons.",
	}
	for _, n := range sizesOf(gauge.Select(samples, bandwidthArm)) {
		of := touchedIn.of(samples, n)
		best := gauge.Select(samples, bandwidthArm, bytesParam, fmt.Sprint(n))
		t.Rows = append(t.Rows, []string{
			gauge.FormatBytes(n), rateText(gauge.Geomean(of, rate(touchValue))),
			rateText(gauge.Geomean(of, rate(ownFilledValue))), rateText(gauge.Geomean(of, rate(ownWarmValue))),
			gauge.Geomean(of, share).String(),
			rateText(gauge.Geomean(best, bestRate(readers()))), ceilingShare(of, best).String(),
			rateText(gauge.Geomean(best, bestRate(kernels()))),
		})
	}
	return t
}

// ceilingShare is the rate of touching payloads over that of the best reader.
func ceilingShare(of, best []gauge.Sample) gauge.Estimate {
	return gauge.Ratio(of, best, func(s gauge.Sample) float64 {
		if s.Arm == bandwidthArm {
			return bestRate(readers())(s)
		}
		return rate(touchValue)(s)
	})
}

func waitTable(samples []gauge.Sample) gauge.Table {
	t := gauge.Table{
		Title:   "Waiting in the operating system: both sides sleep until they are woken",
		Columns: []string{"payload", "touched", "hub, spin", "hub, park", "socket", "socket / park"},
		Note:    "p50 from publishing to having used the payload. A futex wakes the hub's side, the arrival of data the socket's.",
	}
	for _, n := range parkSizes {
		for _, touch := range []string{touchNone, touchAll} {
			park := row{"", shmArm, touch, "park", "small", ""}.of(samples, n)
			socket := row{"", unixArm, touch, block, "", ""}.of(samples, n)
			t.Rows = append(t.Rows, []string{
				gauge.FormatBytes(n), touch,
				timeText(gauge.Geomean(row{"", shmArm, touch, "spin", "small", ""}.of(samples, n), gauge.P50NS)),
				timeText(gauge.Geomean(park, gauge.P50NS)), timeText(gauge.Geomean(socket, gauge.P50NS)),
				gauge.Ratio(socket, park, gauge.P50NS).String(),
			})
		}
	}
	return t
}

func pagesTable(samples []gauge.Sample) gauge.Table {
	t := gauge.Table{
		Title: "Pages: the first pass over fresh memory, and every further one",
		Columns: []string{"payload", "pages", "map, writer", "map, reader", "first fill", "first touch",
			"fill", "touch", "huge, writer", "huge, reader"},
		Note: "Populating and collapsing happen while the region is mapped, so their cost stands there. " +
			"The last two columns are the share of the region that really was on huge pages, by /proc/self/smaps. " +
			"The region has two slots; the first pass is over one of them. Pages that this machine lacks are listed with the run.",
	}
	for _, n := range pageSizes {
		for _, kind := range append([]string{"small"}, pageKinds...) {
			of := row{"", shmArm, touchAll, "spin", kind, ""}.of(samples, n)
			if len(of) == 0 {
				continue
			}
			cells := []string{gauge.FormatBytes(n), kind}
			for _, v := range []string{writerMapValue, readerMapValue, coldFillValue, coldTouchValue, fillValue, touchValue} {
				cells = append(cells, timeText(gauge.Geomean(of, value(v))))
			}
			t.Rows = append(t.Rows, append(cells, hugeShare(of, writerHuge), hugeShare(of, readerHuge)))
		}
	}
	return t
}

// hugeShare is how much of the region was on huge pages, over all samples.
func hugeShare(of []gauge.Sample, counter string) string {
	var huge, all int64
	for _, s := range of {
		huge += s.Counters[counter]
		all += s.Counters[regionCounter]
	}
	return fmt.Sprintf("%.0f%%", 100*float64(huge)/float64(all))
}
