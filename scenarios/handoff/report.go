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
	flatElasticity = 0.02     // 32% more for a payload that is a million times larger
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
	e := elasticity(of, gauge.P50NS)
	v := gauge.Verdict{
		Claim: fmt.Sprintf("%s: elasticity below %v", claim, flatElasticity), Holds: within(e, flatElasticity),
		Measured: "elasticity " + e.String(),
	}
	if all := sizesOf(of); len(all) > 1 {
		for i, n := range []int{all[0], all[len(all)-1]} {
			var at []gauge.Sample
			for _, s := range of {
				if bytesOf(s) == n {
					at = append(at, s)
				}
			}
			v.Measured += fmt.Sprintf("%s%s at %s", []string{", p50 ", " and "}[i], timeText(gauge.Geomean(at, gauge.P50NS)), gauge.FormatBytes(n))
		}
	}
	return v
}

// flatForAFill holds constant what a larger payload comes with: a longer wait
// of the reader, and more of the writer's caches turned over.
func flatForAFill(samples []gauge.Sample) gauge.Verdict {
	of := untouched.of(samples, 0)
	e := elasticity(of, overLate(samples))
	v := gauge.Verdict{
		Claim: fmt.Sprintf("one that has just been filled takes as long as %s when the writer has filled as much elsewhere: elasticity of the ratio below %v",
			gauge.FormatBytes(smallest), flatElasticity),
		Measured: "elasticity " + e.String(), Holds: within(e, flatElasticity),
	}
	if all := sizesOf(of); len(all) > 1 {
		n := all[len(all)-1]
		v.Measured += fmt.Sprintf(", ratio %s at %s", gauge.Geomean(untouched.of(samples, n), overLate(samples)), gauge.FormatBytes(n))
	}
	return v
}

// overLate returns a function for the median of an untouched hand-off over that
// of the smallest payload behind such a fill, in the same block; 1 for the smallest.
func overLate(samples []gauge.Sample) func(gauge.Sample) float64 {
	type key struct{ block, bytes int }
	below := map[key]float64{}
	for _, s := range samples {
		if n, err := strconv.Atoi(s.Params[afterParam]); err == nil {
			below[key{s.Block, n}] = gauge.P50NS(s)
		}
	}
	return func(s gauge.Sample) float64 {
		if bytesOf(s) == smallest {
			return 1
		}
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
