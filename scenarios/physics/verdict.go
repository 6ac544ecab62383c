package physics

import (
	"fmt"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

// The claim that the experiment tests: so many times as fast as JavaScript.
const (
	claim     = "SIMD is 10–15x JavaScript"
	claimLow  = 10
	claimHigh = 15
)

// A comparison is what one world says of the claim.
type comparison struct {
	world, fast, slow string
	speedup           stats.Estimate
	holds             stats.Holding
}

// comparisons sets the SIMD back ends of one thread beside JavaScript in V8, on
// every world where both were measured: the module in the same engine, and the
// fastest native one. More than was claimed supports the claim. All of them are one
// family.
func (a *analysis) comparisons() (list []comparison) {
	var tests []stats.Test
	for _, w := range a.worlds {
		for _, fast := range []string{v8Wasm, w.best()} {
			speedup := experiment.Ratio(a.of(w, v8JS), a.of(w, fast), w.price(worker.Step))
			if speedup.N > 0 {
				list = append(list, comparison{world: w.Name, fast: fast, slow: v8JS, speedup: speedup})
				tests = append(tests, stats.AtLeast(speedup, claimLow))
			}
		}
	}
	for i, holds := range stats.Judge(tests...) {
		list[i].holds = holds
	}
	return list
}

// conclude sums comparisons up: to what all of them say, or to unresolved.
func conclude(list []comparison) report.Verdict {
	if len(list) == 0 {
		return report.Verdict{Claim: claim, Holds: stats.Unresolved, Measured: "not tested: it takes v8-js and a SIMD back end on one world"}
	}
	counts := map[stats.Holding]int{}
	for _, c := range list {
		counts[c.holds]++
	}
	holds := list[0].holds
	if len(counts) > 1 {
		holds = stats.Unresolved
	}
	var parts []string
	for _, holds := range []stats.Holding{stats.Supported, stats.Refuted, stats.Unresolved} {
		if n := counts[holds]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s in %d", holds, n))
		}
	}
	measured := fmt.Sprintf("%s of %d comparisons", strings.Join(parts, ", "), len(list))
	return report.Verdict{Claim: claim, Holds: holds, Measured: measured}
}
