package control

import (
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// The residual of the host takes what no role's meter saw, and never less than nothing.
func TestDivideGivesTheRestToTheHost(t *testing.T) {
	for name, c := range map[string]struct{ process, residual, want float64 }{
		"some is left":      {100, 0, 100 - 60},
		"beside a residual": {100, 10, 10 + 100 - 70},
		"all is charged":    {60, 0, 0},
		"more than all":     {50, 0, 0},
	} {
		samples := []experiment.Sample{
			{Worker: "engine", Metrics: map[string]float64{"cpu_compute_ns": 30, "wall_wait_ns": 1000}},
			{Worker: "kernel", Metrics: map[string]float64{"process_cpu_ns": c.process, "cpu_compute_ns": 10, "cpu_residual_ns": c.residual}},
			{Worker: "viewer", Metrics: map[string]float64{"cpu_compute_ns": 15, "cpu_receive_ns": 5}},
		}
		if err := (&host{role: copytax.Kernel}).divide(samples); err != nil {
			t.Fatal(err)
		}
		if got := samples[1].Metric("cpu_residual_ns"); got != c.want {
			t.Errorf("%s: the residual is %v, want %v", name, got, c.want)
		}
	}
	if err := (&host{role: copytax.Kernel}).divide([]experiment.Sample{{Worker: "viewer"}}); err == nil {
		t.Error("a process whose host has no sample was divided")
	}
}
