package ladder

import (
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/control"
)

// An arm whose viewer skipped a frame in any trial has done less than the baseline: it
// is not compared with it.
func TestArmsThatSkipAreNotCompared(t *testing.T) {
	of := func(block int, cpu, skipped float64) *trial {
		return &trial{
			block: block, moment: experiment.Moment{Block: block}, cpu: cpu,
			roles: experiment.Samples{{Metrics: map[string]float64{phaseMetric("compute"): 1, control.Skipped: skipped}}},
		}
	}
	base := []*trial{of(0, 10, 0), of(1, 10, 0), of(2, 10, 0)}
	for name, c := range map[string]struct {
		skipped float64
		tax     bool
	}{"reads every frame": {0, true}, "skips one": {1, false}} {
		a := &arm{name: "x", trials: []*trial{of(0, 20, 0), of(1, 20, c.skipped), of(2, 20, 0)}, latencyTax: map[string]tax{}}
		a.differential.Estimate, a.excess.Estimate = stats.Nothing(), stats.Nothing()
		a.compare(map[string][]*trial{Baseline: base})
		if got := a.differential.N > 0; got != c.tax {
			t.Errorf("%s: the differential tax is %+v", name, a.differential)
		}
	}
}
