package ladder

import (
	"math"
	"testing"

	"github.com/copytax/copytax/experiment"
)

// Several trials of an arm in one block are one value; what has no latency has no cost
// of it; factors that may vary are kept apart, and old names are brought into today's.
func TestCosts(t *testing.T) {
	r, _ := reference(t)
	twice := *r
	twice.Samples = nil
	for _, s := range r.Samples {
		if s.Block > 2 || s.Of.Factors["boids"] != "1000" {
			continue
		}
		twice.Samples = append(twice.Samples, s)
		if s.Factor("arm") == "unix+raw" {
			s.Trial += 10_000
			s.Metrics = map[string]float64{"process_cpu_ns": 4 * s.Metrics["process_cpu_ns"]}
			s.Histograms = nil
			twice.Samples = append(twice.Samples, s)
		}
	}
	l := New(Config{})
	once, err := l.Costs(r)
	if err != nil {
		t.Fatal(err)
	}
	more, err := l.Costs(&twice)
	if err != nil {
		t.Fatal(err)
	}
	find := func(all []experiment.Cost, arm, name string) experiment.Cost {
		for _, c := range all {
			if c.Arm == arm && c.Name == name && c.Cell["boids"] == "1000" {
				return c
			}
		}
		return experiment.Cost{}
	}
	a, b := find(once, "unix+raw", "CPU a tick"), find(more, "unix+raw", "CPU a tick")
	if len(a.Values) != 10 || len(b.Values) != 3 || math.Abs(b.Values[0]/a.Values[0]-2) > 1e-9 {
		t.Errorf("got %v alone and %v with trials of four times the CPU, want twice as much of 3 blocks", a.Values, b.Values)
	}
	if a.Cell["placement"] != "go" || a.Cell["pace"] != "lockstep" || a.Cell["engine"] != "" || a.Cell["seed"] != "" || a.Varied["seed"] != "1" || a.Varied["ticks"] != "1200" {
		t.Errorf("got the cell %v, varied %v", a.Cell, a.Varied)
	}
	if find(once, AA, "CPU a tick").Values != nil || find(once, Baseline, "differential tax").Values != nil {
		t.Error("the second half of the A/A pair, or a tax of the baseline on itself, is among the costs")
	}
	if tax := find(once, "http+json", "differential tax"); !tax.Floored || len(tax.Values) != 10 || tax.Values[0] < 5 {
		t.Errorf("got %+v, want cost over floor", tax)
	}
}
