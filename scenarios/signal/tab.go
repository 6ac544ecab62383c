package signal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/copytax/copytax/browser"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/tab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// warmTabNS is how long a tab's workers hand over before it counts: the browser compiles
// their code meanwhile.
const warmTabNS = int64(1e9)

// available says why a plan in a tab cannot be carried out here.
func available(p plan) error {
	if p.Where != inTab {
		return nil
	}
	_, err := tab.Probe(context.Background(), "")
	return err
}

// An asked is what the page browser/src/gauge.ts is told: Asked there.
type asked struct {
	How        string  `json:"how"`
	GapMS      float64 `json:"gap_ms"`
	WarmMS     float64 `json:"warm_ms"`
	RunMS      float64 `json:"run_ms"`
	Fewest     int     `json:"fewest"`
	FewestWarm int     `json:"fewest_warm"`
}

// A found is what the page answers.
type found struct {
	Error     string  `json:"error"`
	Latencies []int64 `json:"latencies_ns"`
	HandOffs  float64 `json:"hand_offs"`
	Missed    float64 `json:"missed"`
	Moved     float64 `json:"clock_moved_ns"`
	TabCPU    float64 `json:"tab_cpu_ns"`
}

// measureTab is writer and reader as two workers of a fresh tab.
func measureTab(ctx context.Context, l *lab.Lab, p plan) (s experiment.Sample, err error) {
	files, err := browser.Page("gauge")
	if err != nil {
		return s, err
	}
	process, stream, err := tab.Runtime{Site: tab.Site{Files: files}}.Start(ctx, l, &control.Assignment{}, nil)
	if err != nil {
		return s, err
	}
	defer func() {
		process.Kill()
		_, _ = process.End() // it was killed
		stream.Close()
	}()
	defer context.AfterFunc(ctx, process.Kill)()
	const perMS = 1e6
	order := asked{How: p.Arm, GapMS: float64(p.GapNS) / perMS, WarmMS: float64(warmTabNS) / perMS, RunMS: float64(p.RunNS) / perMS,
		Fewest: fewest, FewestWarm: fewestWarm}
	var f found
	err = json.NewEncoder(stream).Encode(order)
	if err == nil {
		err = json.NewDecoder(stream).Decode(&f)
	}
	switch {
	case ctx.Err() != nil:
		return s, context.Cause(ctx)
	case err != nil:
		return s, fmt.Errorf("the tab: %s: %w", process.Death(), err)
	case f.Error != "":
		return s, fmt.Errorf("the tab: %s", f.Error)
	}
	return f.sample()
}

// sample is what the page found. What contradicts itself is none.
func (f found) sample() (s experiment.Sample, err error) {
	if len(f.Latencies) == 0 || float64(len(f.Latencies)) != f.HandOffs-f.Missed {
		return s, fmt.Errorf("the tab has %d latencies of %v hand-offs, of which nobody waited for %v", len(f.Latencies), f.HandOffs, f.Missed)
	}
	recorder := experiment.NewRecorder()
	for _, ns := range f.Latencies {
		if ns <= 0 {
			return s, errors.New("the tab has a latency that is none")
		}
		recorder.Record(ns)
	}
	h, err := recorder.Histogram()
	return core.Sample(h, map[string]float64{
		handOffMetric: f.HandOffs, missedMetric: f.Missed, tabCPUMetric: f.TabCPU, clockMetric: f.Moved,
	}), err
}
