package handoff

import (
	"fmt"
	"math"
	"strconv"

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

func findings(every experiment.Samples) (core.Findings, error) {
	samples := core.Usual(every)
	tables := []*report.Table{latencyTable(samples), bandwidthTable(samples), waitTable(samples), pagesTable(samples)}
	return core.Findings{
		Verdicts: report.Verdicts{
			flat(prepared.of(samples, 0), "handing over an untouched payload takes as long whatever its size"),
			flat(untouched.of(samples, 0), "the same for one that has just been filled"),
			flatForAFill(samples), bounded(samples),
		},
		Figures: []*report.Figure{latencyFigure(samples), bandwidthFigure(samples)},
		Tables:  append(tables, core.DistanceTables(every)...),
		Data:    data(samples),
	}, nil
}

// dataName is that of the table for programs.
const dataName = "gauge-handoff"

func data(samples experiment.Samples) report.Data {
	factors := []report.DataColumn{
		{Name: experiment.Arm, Meaning: "how the payload is handed over"},
		{Name: bytesFactor, Meaning: "size of the payload"},
		{Name: touchFactor, Meaning: "what the reader touches of it"},
		{Name: waitFactor, Meaning: "how both sides wait"},
		{Name: pagesFactor, Meaning: "what the hub's pages are"},
		{Name: fillFactor, Meaning: "once: a slot is filled for its first hand-off only"},
		{Name: afterFactor, Meaning: "bytes of its own that the writer fills before each hand-off"},
	}
	quantities := append([]core.Quantity{{Name: "latency_p50_ns", Of: core.P50}, {Name: "share_of_own_rate_fraction", Of: share}},
		core.Metrics(seenTailMetric, touchMetric, fillMetric, coldFillMetric, coldTouchMetric, writerMapMetric, readerMapMetric,
			ownWarmMetric, ownFilledMetric)...)
	for _, l := range loops() {
		quantities = append(quantities, core.Metrics(l.name+bytesPerSecond)...)
	}
	return core.Estimates(dataName, samples, factors, quantities...)
}

// A row selects the samples that differ in nothing but the size.
type row struct {
	name             string
	arm, touch, wait string
	pages            string
	fill             string
}

var (
	prepared  = row{"filled before, untouched", shmArm, touchNone, "spin", "small", fillOnce}
	untouched = row{"untouched", shmArm, touchNone, "spin", "small", ""}
	field     = row{"one field", shmArm, touchField, "spin", "small", ""}
	touchedIn = row{"all of it", shmArm, touchAll, "spin", "small", ""}
	copiedOut = row{"copied out, all of it", memcpyArm, touchAll, "spin", "small", ""}
	received  = row{"socket, untouched", unixArm, touchNone, block, "", ""}
	receivedT = row{"socket, all of it", unixArm, touchAll, block, "", ""}
	allRows   = []row{prepared, untouched, field, touchedIn, copiedOut, received, receivedT}
)

// of returns the row's samples, of one size unless bytes is 0.
func (r row) of(samples experiment.Samples, bytes int) experiment.Samples {
	factors := []string{experiment.Arm, r.arm, touchFactor, r.touch, waitFactor, r.wait, pagesFactor, r.pages, fillFactor, r.fill, afterFactor, ""}
	if bytes > 0 {
		factors = append(factors, bytesFactor, strconv.Itoa(bytes))
	}
	return samples.Where(factors...)
}

// flat holds the medians of a row against the claim that size does not matter.
func flat(of experiment.Samples, claim string) report.Verdict {
	v := report.Verdict{
		Claim: claim + fmt.Sprintf(": elasticity below %v and the largest within %v times the smallest", flatElasticity, flatRatio),
		Holds: stats.Unresolved, Measured: report.Absent,
	}
	all := sizesOf(of)
	if len(all) < 2 {
		return v
	}
	small, large := ofSize(of, all[0]), ofSize(of, all[len(all)-1])
	e, r := elasticity(of, core.P50), experiment.Ratio(large, small, core.P50)
	v.Holds = stats.Both(e.Within(flatElasticity), near(r))
	v.Measured = fmt.Sprintf("elasticity %s, %s × (%s at %s, %s at %s)", report.Interval(e), report.Interval(r),
		core.SpreadTime(experiment.Geomean(large, core.P50)), report.Bytes(all[len(all)-1]),
		core.SpreadTime(experiment.Geomean(small, core.P50)), report.Bytes(all[0]))
	return v
}

// near says whether a ratio is 1, give or take flatRatio.
func near(r stats.Estimate) stats.Holding {
	return stats.Estimate{Value: math.Log(r.Value), Low: math.Log(r.Low), High: math.Log(r.High), N: r.N}.Within(math.Log(flatRatio))
}

func ofSize(samples experiment.Samples, n int) experiment.Samples {
	return samples.Where(bytesFactor, strconv.Itoa(n))
}

// flatForAFill holds constant what a larger payload comes with: a longer wait
// of the reader, and more of the writer's caches turned over.
func flatForAFill(samples experiment.Samples) report.Verdict {
	of := untouched.of(samples, 0).Keep(func(s experiment.Sample) bool { return bytesOf(s) > smallest }) // which needs no control
	e := elasticity(of, overLate(samples))
	v := report.Verdict{
		Claim: fmt.Sprintf("one that has just been filled takes as long as %s when the writer has filled as much elsewhere: "+
			"elasticity of the ratio below %v and the ratio within %v at the largest", report.Bytes(smallest), flatElasticity, flatRatio),
		Measured: report.Absent, Holds: stats.Unresolved,
	}
	if all := sizesOf(of); len(all) > 1 {
		n := all[len(all)-1]
		r := experiment.Geomean(ofSize(of, n), overLate(samples))
		v.Holds = stats.Both(e.Within(flatElasticity), near(r))
		v.Measured = fmt.Sprintf("elasticity %s, ratio %s at %s", report.Interval(e), report.Interval(r), report.Bytes(n))
	}
	return v
}

// overLate returns a function for the median of an untouched hand-off over that
// of the smallest payload behind such a fill, in the same block.
func overLate(samples experiment.Samples) func(experiment.Sample) float64 {
	type key struct{ block, bytes int }
	below := map[key]float64{}
	for _, s := range samples {
		if n, err := strconv.Atoi(s.Factor(afterFactor)); err == nil {
			below[key{s.Block, n}] = core.P50(s)
		}
	}
	return func(s experiment.Sample) float64 {
		if b, ok := below[key{s.Block, bytesOf(s)}]; ok {
			return core.P50(s) / b
		}
		return math.NaN()
	}
}

// share is the rate of touching a handed-over payload over that of touching
// own memory that another core has filled.
var share = quotient(rate(touchMetric), rate(ownFilledMetric))

func bounded(samples experiment.Samples) report.Verdict {
	v := report.Verdict{
		Claim: fmt.Sprintf("touching a payload costs the memory's bandwidth and no more: from %s at least %v of the rate over own memory that another core has filled",
			report.Bytes(boundedFrom), boundedShare),
		Measured: report.Absent, Holds: stats.Unresolved,
	}
	lowest := stats.Nothing()
	for _, n := range sizesOf(touchedIn.of(samples, 0)) {
		e := experiment.Geomean(touchedIn.of(samples, n), share)
		if n < boundedFrom || e.N == 0 {
			continue
		}
		if holds := e.AtLeast(boundedShare); lowest.N == 0 {
			v.Holds = holds
		} else {
			v.Holds = stats.Both(v.Holds, holds)
		}
		if !(e.Value >= lowest.Value) {
			lowest = e
			v.Measured = fmt.Sprintf("least at %s: %s", report.Bytes(n), report.Interval(e))
		}
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
