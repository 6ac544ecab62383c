package handoff

import (
	"fmt"
	"math"
	"strconv"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// The limits of the verdicts.
const (
	flatElasticity = 0.02     // of a power law: 32% more for a payload that is a million times larger
	flatRatio      = 1.32     // what that comes to, also for what is no power law
	boundedShare   = 0.8      // of the rate over own memory
	boundedFrom    = 16 << 10 // bytes; touching less takes as long as the clock
)

// Report implements [gauge.Scenario].
func (scenario) Report(samples []gauge.Sample) gauge.Report {
	distances := core.Tables(samples)
	samples = core.Usual(samples)
	return gauge.Report{
		Verdicts: []gauge.Verdict{
			flat(prepared.of(samples, 0), "handing over an untouched payload takes as long whatever its size"),
			flat(untouched.of(samples, 0), "the same for one that has just been filled"),
			flatForAFill(samples), bounded(samples),
		},
		Tables: append([]gauge.Table{latencyTable(samples), bandwidthTable(samples), waitTable(samples), pagesTable(samples)}, distances...),
		Curves: []gauge.Curve{latencyCurve(samples), bandwidthCurve(samples)},
	}
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
func (r row) of(samples []gauge.Sample, bytes int) []gauge.Sample {
	params := []string{touchParam, r.touch, waitParam, r.wait, pagesParam, r.pages, fillParam, r.fill, afterParam, ""}
	if bytes > 0 {
		params = append(params, bytesParam, fmt.Sprint(bytes))
	}
	return gauge.Select(samples, r.arm, params...)
}

// flat holds the medians of a row against the claim that size does not matter.
func flat(of []gauge.Sample, claim string) gauge.Verdict {
	v := gauge.Verdict{Claim: claim + flatText(), Holds: "unresolved", Measured: "–"}
	all := sizesOf(of)
	if len(all) < 2 {
		return v
	}
	small, large := ofSize(of, all[0]), ofSize(of, all[len(all)-1])
	e, r := elasticity(of, gauge.P50NS), gauge.Ratio(large, small, gauge.P50NS)
	v.Holds = both(within(e, flatElasticity), near(r))
	v.Measured = fmt.Sprintf("elasticity %s, %s × (%s at %s, %s at %s)", e, r, timeText(gauge.Geomean(large, gauge.P50NS)),
		gauge.FormatBytes(all[len(all)-1]), timeText(gauge.Geomean(small, gauge.P50NS)), gauge.FormatBytes(all[0]))
	return v
}

func flatText() string {
	return fmt.Sprintf(": elasticity below %v and the largest within %v times the smallest", flatElasticity, flatRatio)
}

// near says whether a ratio is 1, give or take flatRatio.
func near(r gauge.Estimate) string {
	log := gauge.Estimate{Value: math.Log(r.Value), Low: math.Log(r.Low), High: math.Log(r.High), Blocks: r.Blocks}
	return within(log, math.Log(flatRatio))
}

// both says whether both of two claims hold.
func both(a, b string) string {
	switch {
	case a == "no" || b == "no":
		return "no"
	case a == "yes" && b == "yes":
		return "yes"
	}
	return "unresolved"
}

func ofSize(samples []gauge.Sample, n int) (of []gauge.Sample) {
	for _, s := range samples {
		if bytesOf(s) == n {
			of = append(of, s)
		}
	}
	return of
}

// flatForAFill holds constant what a larger payload comes with: a longer wait
// of the reader, and more of the writer's caches turned over.
func flatForAFill(samples []gauge.Sample) gauge.Verdict {
	var of []gauge.Sample // that have something beside them: the smallest needs no control
	for _, s := range untouched.of(samples, 0) {
		if bytesOf(s) > smallest {
			of = append(of, s)
		}
	}
	e := elasticity(of, overLate(samples))
	v := gauge.Verdict{
		Claim: fmt.Sprintf("one that has just been filled takes as long as %s when the writer has filled as much elsewhere",
			gauge.FormatBytes(smallest)) + ": elasticity of the ratio below " + fmt.Sprint(flatElasticity) + fmt.Sprintf(" and the ratio within %v at the largest", flatRatio),
		Measured: "–", Holds: "unresolved",
	}
	if all := sizesOf(of); len(all) > 1 {
		n := all[len(all)-1]
		r := gauge.Geomean(ofSize(of, n), overLate(samples))
		v.Holds = both(within(e, flatElasticity), near(r))
		v.Measured = fmt.Sprintf("elasticity %s, ratio %s at %s", e, r, gauge.FormatBytes(n))
	}
	return v
}

// overLate returns a function for the median of an untouched hand-off over that
// of the smallest payload behind such a fill, in the same block.
func overLate(samples []gauge.Sample) func(gauge.Sample) float64 {
	type key struct{ block, bytes int }
	below := map[key]float64{}
	for _, s := range samples {
		if n, err := strconv.Atoi(s.Params[afterParam]); err == nil {
			below[key{s.Block, n}] = gauge.P50NS(s)
		}
	}
	return func(s gauge.Sample) float64 {
		if b, ok := below[key{s.Block, bytesOf(s)}]; ok {
			return gauge.P50NS(s) / b
		}
		return math.NaN()
	}
}

// share is the rate of touching a handed-over payload over that of touching
// own memory that another core has filled.
var share = quotient(rate(touchValue), rate(ownFilledValue))

func bounded(samples []gauge.Sample) gauge.Verdict {
	v := gauge.Verdict{
		Claim: fmt.Sprintf("touching a payload costs the memory's bandwidth and no more: from %s at least %v of the rate over own memory that another core has filled",
			gauge.FormatBytes(boundedFrom), boundedShare),
		Holds: "unresolved",
	}
	lowest := gauge.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	yes, any := true, false
	for _, n := range sizesOf(touchedIn.of(samples, 0)) {
		e := gauge.Geomean(touchedIn.of(samples, n), share)
		if n < boundedFrom || math.IsNaN(e.Value) {
			continue
		}
		any = true
		yes = yes && e.HasInterval() && e.Low >= boundedShare
		if e.HasInterval() && e.High < boundedShare {
			v.Holds = "no"
		}
		if !(e.Value >= lowest.Value) {
			lowest = e
			v.Measured = fmt.Sprintf("least at %s: %s", gauge.FormatBytes(n), e)
		}
	}
	if any && yes {
		v.Holds = "yes"
	}
	return v
}

// timeText formats an estimate in ns as "105 ns ±3%", the larger side of the
// interval.
func timeText(e gauge.Estimate) string { return gauge.FormatNS(e.Value) + spread(e) }

// rateText formats bytes a second as "12.3 GB/s ±3%".
func rateText(e gauge.Estimate) string {
	if math.IsNaN(e.Value) {
		return "–"
	}
	return fmt.Sprintf("%.3g GB/s%s", e.Value/1e9, spread(e))
}

func spread(e gauge.Estimate) string {
	if !e.HasInterval() {
		return ""
	}
	return fmt.Sprintf(" ±%.0f%%", 100*(max(e.High/e.Value, e.Value/e.Low)-1))
}
