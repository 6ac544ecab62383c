package handoff

import (
	"fmt"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// The limits of the verdicts.
const (
	flatElasticity = 0.02     // of a power law: 32% more for a payload that is a million times larger
	flatRatio      = 1.32     // what that comes to, also for what is no power law
	boundedShare   = 0.8      // of the rate over own memory
	boundedFrom    = 16 << 10 // bytes; touching less takes as long as the clock
)

func findings(samples, _ experiment.Samples) (core.Findings, error) {
	return core.Findings{
		Verdicts: report.Verdicts{
			flat(prepared.of(samples, 0), "handing over an untouched payload takes as long whatever its size"),
			flat(untouched.of(samples, 0), "the same for one that has just been filled"),
			flatForAFill(samples), bounded(samples),
		},
		Figures: []*report.Figure{latencyFigure(samples), bandwidthFigure(samples)},
		Tables:  []*report.Table{latencyTable(samples), bandwidthTable(samples), waitTable(samples), pagesTable(samples)},
	}, nil
}

// flat holds the medians of a row against the claim that size does not matter.
func flat(of experiment.Samples, claim string) report.Verdict {
	v := open(claim + fmt.Sprintf(": elasticity below %v and the largest within %v times the smallest", flatElasticity, flatRatio))
	all := core.Levels(of, bytesFactor)
	if len(all) < 2 {
		return v
	}
	least, most := all[0], all[len(all)-1]
	small, large := core.At(of, bytesFactor, least), core.At(of, bytesFactor, most)
	e, r := elasticity(of, core.P50), experiment.Ratio(large, small, core.P50)
	v.Test = stats.All(stats.Within(e, -flatElasticity, flatElasticity), near(r))
	v.Measured = fmt.Sprintf("elasticity %s, %s × (%s at %s, %s at %s)", report.Interval(e), report.Interval(r),
		core.SpreadTime(experiment.Center(large, core.P50)), report.Bytes(most),
		core.SpreadTime(experiment.Center(small, core.P50)), report.Bytes(least))
	return v
}

// open is the verdict on a claim of which nothing is known.
func open(claim string) report.Verdict {
	return report.Verdict{Claim: claim, Measured: report.Absent, Test: stats.Open()}
}

// near tests that a ratio is 1, give or take flatRatio.
func near(r stats.Estimate) stats.Test { return stats.Within(r, 1/flatRatio, flatRatio) }

// flatForAFill holds constant what a larger payload comes with: a longer wait
// of the reader, and more of the writer's caches turned over.
func flatForAFill(samples experiment.Samples) report.Verdict {
	of := untouched.of(samples, 0).Keep(func(s experiment.Sample) bool { return bytesOf(s) > smallest }) // which needs no control
	overLate := quotient(core.P50, beside(samples, afterFactor, core.P50))
	v := open(fmt.Sprintf("one that has just been filled takes as long as %s when the writer has filled as much elsewhere: "+
		"elasticity of the ratio below %v and the ratio within %v at the largest", report.Bytes(smallest), flatElasticity, flatRatio))
	if all := core.Levels(of, bytesFactor); len(all) > 1 {
		n := all[len(all)-1]
		e, r := elasticity(of, overLate), experiment.Center(core.At(of, bytesFactor, n), overLate)
		v.Test = stats.All(stats.Within(e, -flatElasticity, flatElasticity), near(r))
		v.Measured = fmt.Sprintf("elasticity %s, ratio %s at %s", report.Interval(e), report.Interval(r), report.Bytes(n))
	}
	return v
}

// share is the rate of touching a handed-over payload over that of touching
// own memory that another core has filled.
var share = quotient(rate(touchMetric), rate(ownFilledMetric))

func bounded(samples experiment.Samples) report.Verdict {
	v := open(fmt.Sprintf("touching a payload costs the memory's bandwidth and no more: from %s at least %v of the rate over own memory that another core has filled",
		report.Bytes(boundedFrom), boundedShare))
	lowest := stats.Nothing()
	var sizes []stats.Test
	for _, n := range core.Levels(touchedIn.of(samples, 0), bytesFactor) {
		e := experiment.Center(touchedIn.of(samples, n), share)
		if n < boundedFrom || e.N == 0 {
			continue
		}
		sizes = append(sizes, stats.AtLeast(e, boundedShare))
		if !(e.Value >= lowest.Value) {
			lowest = e
			v.Measured = fmt.Sprintf("least at %s: %s", report.Bytes(n), report.Interval(e))
		}
	}
	if len(sizes) > 0 {
		v.Test = stats.All(sizes...)
	}
	return v
}

// rateCell shows bytes a second as "12.3 GB/s ±3%".
func rateCell(e stats.Estimate) report.Cell {
	cell := report.IntervalCell(e)
	if e.N == 0 {
		return cell
	}
	return cell.As(fmt.Sprintf("%.3g GB/s%s", e.Value/1e9, core.Spread(e)))
}
