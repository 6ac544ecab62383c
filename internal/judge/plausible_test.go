package judge

import (
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
)

func TestCharges(t *testing.T) {
	for name, c := range map[string]struct {
		metrics map[string]float64
		ok      bool
	}{
		"waits":                     {map[string]float64{"wall_ns": 9, "wall_compute_ns": 5, "wall_wait_ns": 1}, true},
		"a phase of its own":        {map[string]float64{"wall_compute_ns": 5, "wall_compress_ns": 1}, true},
		"nothing":                   {map[string]float64{"wall_ns": 9, "wall_compute_ns": 5, "wall_meter_ns": 1}, false},
		"a phase that took no time": {map[string]float64{"wall_compute_ns": 5, "wall_send_ns": 0}, false},
		"the schedule alone":        {map[string]float64{"wall_compute_ns": 5, "wall_pace_ns": 9}, false},
		"not timed":                 {map[string]float64{"wall_ns": 9, "cpu_compute_ns": 5}, false},
		"no metrics":                {nil, false},
		"a time of nothing":         {map[string]float64{"wall_ns": 9, "wall_compute_ns": 0}, false},
	} {
		if err := Charges(experiment.Sample{Worker: "viewer", Metrics: c.metrics}); (err == nil) != c.ok {
			t.Errorf("%s: got %v, want it right: %v", name, err, c.ok)
		}
	}
}

func TestCounts(t *testing.T) {
	for name, c := range map[string]struct {
		wire, written, tcp float64
		ok                 bool
	}{
		"to the byte":     {1e6, 1e6, 1e6, true},
		"wake-ups":        {1e6, 1e6 + 8*1000, 0, true},
		"nothing moved":   {0, 300, 0, true},
		"nothing counted": {0, 1e6, 0, false},
		"a tenth counted": {1e5, 1e6, 0, false},
		"sent by sendmsg": {1e6, 0, 0, true},
		"not even that":   {0, 0, 1e6, false},
	} {
		all := []experiment.Sample{
			{Worker: "kernel", Metrics: map[string]float64{"wire_bytes": c.wire / 2, "io_write_bytes": c.written, "tcp_sent_bytes": c.tcp}},
			{Worker: "engine", Shares: "kernel", Metrics: map[string]float64{"wire_bytes": c.wire / 2}},
		}
		if err := Counts(all, 1000); (err == nil) != c.ok {
			t.Errorf("%s: got %v, want it right: %v", name, err, c.ok)
		}
	}
	if err := Counts([]experiment.Sample{{Worker: "kernel", Metrics: map[string]float64{"wire_bytes": 5}}}, 10); err != nil {
		t.Errorf("an older run: got %v", err)
	}
}

func TestUnwitnessed(t *testing.T) {
	for name, c := range map[string]struct {
		metrics map[string]float64
		want    string
	}{
		"both":    {map[string]float64{"io_write_bytes": 0, "tcp_sent_bytes": 0}, ""},
		"one":     {map[string]float64{"io_write_bytes": 5}, "tcp_sent_bytes"},
		"neither": {map[string]float64{"wire_bytes": 5}, "io_write_bytes tcp_sent_bytes"},
	} {
		if got := strings.Join(Unwitnessed(experiment.Sample{Metrics: c.metrics}), " "); got != c.want {
			t.Errorf("%s: got %q missing, want %q", name, got, c.want)
		}
	}
}

func TestSupervised(t *testing.T) {
	for name, c := range map[string]struct {
		supervisor, others float64
		want               string // empty for nothing
	}{
		"at rest":      {5e6, 0, ""},
		"a share":      {40e6, 0, ""},
		"at work":      {200e6, 0, "the supervisor, in which a transport's Wire runs, used 200.0 ms of CPU, from the first tick to the last report; the roles used 1000.0 ms in their windows"},
		"a broker":     {5e6, 300e6, "processes that are no roles used 300.0 ms"},
		"both of them": {200e6, 300e6, " and processes that are no roles"},
	} {
		got := Supervised([]experiment.Sample{
			{Worker: "kernel", Metrics: map[string]float64{"process_cpu_ns": 5e8, SupervisorCPU: c.supervisor, OthersCPU: c.others}},
			{Worker: "engine", Metrics: map[string]float64{"process_cpu_ns": 5e8}},
		})
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
