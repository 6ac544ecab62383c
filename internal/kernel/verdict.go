package kernel

import (
	"fmt"
	"strings"

	"github.com/copytax/copytax/internal/stats"
)

// The claim that the benchmark tests: so many times as fast as JavaScript.
const (
	claim     = "SIMD is 10–15x JavaScript"
	claimLow  = 10
	claimHigh = 15
)

// A Verdict is what one comparison says of the claim.
type Verdict struct {
	World   string
	Fast    string // back end
	Slow    string
	Speedup stats.Estimate
	Verdict string // supported, refuted or unresolved
}

// verdicts compares the SIMD back ends of one thread with JavaScript in V8, on
// every world where both were measured: the module in the same engine, and the
// fastest native one.
func (r *Results) verdicts() (list []Verdict) {
	for _, w := range r.Worlds {
		times := r.times(w)
		for _, fast := range []string{V8Wasm, bestNative(times)} {
			speedup := ratio(times[V8JS][Step], times[fast][Step])
			if speedup.N > 0 {
				list = append(list, Verdict{w.Name, fast, V8JS, speedup, judge(speedup)})
			}
		}
	}
	return list
}

// bestNative returns the vector back end of one native thread with the least
// time, "" if there is none.
func bestNative(times series) string {
	best, least := "", 0.0
	for _, b := range Ladder() {
		if b.Kind != Native || b.Crew || b.Own == Scalar || times[b.Name] == nil {
			continue
		}
		if ns := geometric(times[b.Name][Step]).Value; best == "" || ns < least {
			best, least = b.Name, ns
		}
	}
	return best
}

// judge compares an interval with the claim. More than was claimed supports it.
func judge(e stats.Estimate) string {
	switch {
	case !e.HasInterval():
		return "unresolved"
	case e.Low >= claimLow:
		return "supported"
	case e.High < claimLow:
		return "refuted"
	}
	return "unresolved"
}

// conclude sums the verdicts up: one that all worlds share, or unresolved.
func conclude(list []Verdict) string {
	if len(list) == 0 {
		return fmt.Sprintf("The claim %q was not tested: it takes v8-js and a SIMD back end on one world.", claim)
	}
	counts := map[string]int{}
	for _, v := range list {
		counts[v.Verdict]++
	}
	for _, word := range []string{"supported", "refuted"} {
		if counts[word] == len(list) {
			return fmt.Sprintf("The claim %q is %s on every world that was measured.", claim, word)
		}
	}
	var parts []string
	for _, word := range []string{"supported", "refuted", "unresolved"} {
		if counts[word] > 0 {
			parts = append(parts, fmt.Sprintf("%s in %d", word, counts[word]))
		}
	}
	return fmt.Sprintf("The claim %q is unresolved: %s of %d comparisons.", claim, strings.Join(parts, ", "), len(list))
}
