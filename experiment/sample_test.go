package experiment

import (
	"math"
	"testing"

	"github.com/copytax/copytax/experiment/stats"
)

func TestRatioPairsByBlock(t *testing.T) {
	sample := func(block int, ns int64) Sample {
		return Sample{Block: block, Histograms: map[string]*Histogram{"x_ns": {P50: ns}}}
	}
	// The second block ran at half the speed, which the pairing takes out.
	above := Samples{sample(0, 120), sample(1, 240), sample(7, 5)}
	below := Samples{sample(1, 200), sample(0, 100)}
	e := Ratio(above, below, P50("x_ns"))
	if math.Abs(e.Value-1.2) > 1e-9 || e.N != 2 || math.Abs(e.High-1.2) > 1e-6 {
		t.Errorf("got %+v, want 1.2 over 2 blocks", e)
	}
	if got := e.AtMost(1.25); got != stats.Supported {
		t.Errorf("at most 1.25: got %q", got)
	}
	if got := Ratio(above[:1], below, P50("x_ns")).AtMost(1.25); got != stats.Unresolved {
		t.Errorf("a single block: got %q, want unresolved", got)
	}
}

// A trial that was run again later has no partner among those of its block that were
// not.
func TestRatioPairsByMoment(t *testing.T) {
	x := func(block, attempt int, value float64) Sample {
		return Sample{Block: block, Attempt: attempt, Metrics: map[string]float64{"x": value}}
	}
	got := Ratio(Samples{x(0, 0, 2), x(1, 1, 9), x(2, 1, 2)}, Samples{x(0, 0, 1), x(1, 0, 1), x(2, 1, 1)}, Metric("x"))
	if math.Abs(got.Value-2) > 1e-12 || got.N != 2 {
		t.Errorf("got %+v, want 2 of blocks 0 and 2", got)
	}
}

func TestSamplesArePickedByFactors(t *testing.T) {
	of := func(arm, load string, n float64) Sample {
		return Sample{Of: Cell{Factors: Factors{Arm: arm, "load": load}}, Metrics: map[string]float64{"n": n}}
	}
	all := Samples{of("a", "idle", 1), of("b", "idle", 2), of("a", "busy", 4), {Of: Cell{Factors: Factors{Arm: "a"}}}}
	if got := all.Where(Arm, "a").Sum("n"); got != 5 {
		t.Errorf("arm a: got %v, want 5", got)
	}
	if got := all.Where("load", ""); len(got) != 1 || !math.IsNaN(got[0].Metric("n")) {
		t.Errorf("without a load: got %+v", got)
	}
	if got := all[0].Of.String(); got != "a load=idle" {
		t.Errorf("got %q", got)
	}
}
