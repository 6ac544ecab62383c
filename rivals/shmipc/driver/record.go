package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/internal/machine"
)

// A record is a run: everything that the page is made from.
type record struct {
	Started   time.Time         `json:"started"`
	Ended     time.Time         `json:"ended"`
	Machine   machine.Info      `json:"machine"`    // before anything was measured
	LoadAfter string            `json:"load_after"` // the load averages at the end, the run's own load among them
	Versions  map[string]string `json:"versions"`
	Rounds    int               `json:"rounds"`
	Touch     string            `json:"touch"`
	GapNS     int64             `json:"gap_ns"`
	Cells     []gauge.Cell      `json:"cells"`
	Samples   []sample          `json:"samples"`
}

func newRecord(o options) (*record, error) {
	info, err := machine.Fingerprint()
	if err != nil {
		return nil, err
	}
	r := &record{
		Started: time.Now().UTC(), Machine: info, Versions: map[string]string{"rustc": o.compiler},
		Rounds: o.rounds, Touch: o.touch, GapNS: o.gap.Nanoseconds(), Cells: cells(o),
	}
	r.Versions["copytax"] = o.commit
	r.Versions["go"] = info.Go.Version
	if o.shmipc != "" {
		if r.Versions["shmipc-go"], err = moduleOf(o.shmipc, "github.com/cloudwego/shmipc-go"); err != nil {
			return nil, err
		}
	}
	if o.iceoryx2 != "" {
		if r.Versions["iceoryx2"], err = crateOf(o.iceoryx2); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *record) finish() error {
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return fmt.Errorf("read the load: %w", err)
	}
	r.LoadAfter = strings.Join(strings.Fields(string(load))[:3], " ")
	r.Ended = time.Now().UTC()
	return nil
}

// moduleOf returns the version of a module that a Go program was built with.
func moduleOf(program, module string) (string, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == module })
	if i < 0 {
		return "", fmt.Errorf("%s was not built with %s", program, module)
	}
	return info.Deps[i].Version, nil
}

// crateOf asks a worker in Rust what it was built from.
func crateOf(program string) (string, error) {
	out, err := exec.Command(program, "--versions").Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its versions: %w", program, err)
	}
	var versions map[string]string
	if err := json.Unmarshal(out, &versions); err != nil {
		return "", fmt.Errorf("versions of %s: %w", program, err)
	}
	return versions["iceoryx2"], nil
}

// of returns the successful samples of an arm with a size, and how many failed.
func (r *record) of(arm, bytes string) (good []sample, failed int) {
	for _, s := range r.Samples {
		switch {
		case s.Arm != arm || s.Params["bytes"] != bytes:
		case s.Error != "":
			failed++
		default:
			good = append(good, s)
		}
	}
	return good, failed
}

// seen and used are the two latencies as gauge's samples, for its estimates.
func seen(list []sample) []gauge.Sample {
	var out []gauge.Sample
	for _, s := range list {
		out = append(out, s.Sample)
	}
	return out
}

func used(list []sample) []gauge.Sample {
	out := seen(list)
	for i := range out {
		out[i].Latency = list[i].Used
	}
	return out
}

// cpuNS is what both sides together spend on a hand-off, in ns.
func cpuNS(s gauge.Sample) float64 {
	return float64(s.CPUNS["writer"]+s.CPUNS["reader"]) / float64(s.Latency.Count)
}

// others is how many processors everything but the run took, on average.
func (r *record) others() float64 {
	sum, n := 0.0, 0.0
	for _, s := range r.Samples {
		if s.Error == "" {
			sum += s.Values[othersCPUs]
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

func (r *record) load() string {
	var words []string
	for _, v := range r.Machine.LoadAverage {
		words = append(words, strconv.FormatFloat(v, 'f', 2, 64))
	}
	return strings.Join(words, " ")
}
