package ladder

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/internal/control"
)

// stretchesOf are n stretches of 1 to n times each.
func stretchesOf(n int, each int64) (ns []int64) {
	for i := range n {
		ns = append(ns, each*int64(i+1))
	}
	return ns
}

// The p10 is that of what the processes of a trial have used together, a tick.
func TestUndisturbed(t *testing.T) {
	c := copytax.Config{Ticks: 120}
	up := experiment.Sample{Worker: "kernel", Series: map[string][]int64{control.StretchCPU: stretchesOf(60, 100)}}
	down := experiment.Sample{Worker: "engine", Series: map[string][]int64{control.StretchCPU: stretchesOf(60, 300)}}
	slices.Reverse(down.Series[control.StretchCPU])
	shared := experiment.Sample{Worker: "viewer", Shares: "kernel"}
	// The 6th smallest of 100 i + 300 (61 − i), i from 60 down, is at i = 55: 7,300 ns of two ticks.
	if got := undisturbed(experiment.Samples{up, down, shared}, c); got != 7300/2 {
		t.Errorf("got %v, want 3650", got)
	}
	for name, roles := range map[string]experiment.Samples{
		"a process does not tell":  {up, {Worker: "engine"}},
		"another number":           {{Series: map[string][]int64{control.StretchCPU: stretchesOf(59, 100)}}},
		"a trial without a series": {{Worker: "kernel"}},
	} {
		if got := undisturbed(roles, c); !math.IsNaN(got) {
			t.Errorf("%s: got %v", name, got)
		}
	}
	few := experiment.Samples{{Series: map[string][]int64{control.StretchCPU: stretchesOf(29, 100)}}}
	if got := undisturbed(few, copytax.Config{Ticks: 29}); !math.IsNaN(got) {
		t.Errorf("got %v of 29 stretches, want none", got)
	}
}

// The cost is in the file where a trial tells, and not where none does.
func TestUndisturbedInCosts(t *testing.T) {
	r := recordOf(2, []int{1000}, "direct")
	for block := range 2 {
		r.add(block, block, "direct", 1000, price{compute: 1e6})
	}
	costs := func() string {
		rep := r.report(t)
		i := slices.IndexFunc(rep.Data, func(d report.Data) bool { return d.Name == "costs" })
		return string(encode(t, rep.Data[i]))
	}
	if got := costs(); strings.Contains(got, "undisturbed") {
		t.Errorf("nobody tells, and got\n%s", got)
	}
	for i := range r.Samples {
		r.Samples[i].Series = map[string][]int64{control.StretchCPU: stretchesOf(50, 2000)}
	}
	if got := costs(); !strings.Contains(got, `"cpu, undisturbed (p10)",us/tick,15`) { // the 5th of 50, three processes, 2 ticks
		t.Errorf("got\n%s", got)
	}
}

func TestStretchesMakeSense(t *testing.T) {
	c := copytax.Config{Ticks: 60}
	ok := func() experiment.Sample {
		return experiment.Sample{
			Metrics: map[string]float64{cpuMetric: 1830, wallMetric: 2000},
			Series:  map[string][]int64{control.StretchCPU: stretchesOf(60, 1), control.StretchWall: stretchesOf(60, 1), latencyMetric: stretchesOf(60, 1)},
		}
	}
	if err := stretchSense(ok(), c); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*experiment.Sample){
		"more than the process": func(s *experiment.Sample) { s.Metrics[cpuMetric] = 1829 },
		"more than the window":  func(s *experiment.Sample) { s.Metrics[wallMetric] = 1829 },
		"below zero":            func(s *experiment.Sample) { s.Series[control.StretchCPU][3] = -1 },
		"one too few":           func(s *experiment.Sample) { s.Series[control.StretchWall] = stretchesOf(59, 1) },
		"latencies":             func(s *experiment.Sample) { s.Series[latencyMetric] = stretchesOf(59, 1) },
	} {
		s := ok()
		spoil(&s)
		if stretchSense(s, c) == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
