package render_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/internal/render"
	"github.com/copytax/copytax/internal/store"
)

func gaugeReports() (*store.Results, []render.GaugeReport) {
	results := &store.Results{Dir: "results/hub", Manifest: store.Manifest{
		State: store.Complete,
		Plan: store.Plan{
			Profile: "quick", Scenario: "signal", Blocks: 1, Cells: []store.Cell{{Scenario: "signal"}},
			Unavailable: []store.Unavailable{{Transport: "handoff huge", Reason: "no huge pages"}},
		},
	}, Gauged: []gauge.Sample{{Scenario: "signal", Cell: gauge.Cell{Arm: "spin"}, Error: "out of luck"}}}
	curve := gauge.Curve{
		Title: "How soon", X: "payload, bytes", Y: "latency p50, ns", LogX: true, LogY: true, Note: "A note.",
		Series: []gauge.Series{
			{Name: "spin", X: []float64{64, 4096, 65536}, Y: []float64{90, 95, 91}, Low: []float64{80, 90, 85}, High: []float64{100, 99, 99}},
			{Name: "park", X: []float64{64, 4096, 65536}, Y: []float64{5000, math.NaN(), 5200}},
			{Name: "nothing", X: []float64{64}, Y: []float64{math.NaN()}},
		},
	}
	linear := gauge.Curve{Title: "How many", X: "readers", Y: "frames/s", Series: []gauge.Series{{Name: "leased", X: []float64{1, 2, 16}, Y: []float64{3e5, 2e5, 0}}}}
	return results, []render.GaugeReport{{Name: "signal", Summary: "wakes", Report: gauge.Report{
		Verdicts: []gauge.Verdict{{Claim: "under 10 µs", Measured: "5 µs", Holds: "yes"}},
		Tables:   []gauge.Table{{Title: "Latency", Columns: []string{"arm", "p50"}, Rows: [][]string{{"spin", "90 ns"}}, Note: "One way."}},
		Curves:   []gauge.Curve{curve, linear, {Title: "Empty", X: "x", Y: "y"}},
	}}}
}

func TestGaugesReport(t *testing.T) {
	results, reports := gaugeReports()
	dir, again := t.TempDir(), t.TempDir()
	stale := filepath.Join(dir, "gauge-signal-9.png")
	if err := os.WriteFile(stale, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, again} {
		if err := render.Gauges(results, reports, d); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("a figure of an earlier report was left")
	}
	for _, name := range []string{"index.md", "gauge-signal-1.svg", "gauge-signal-1.png", "gauge-signal-2.svg", "gauge-signal-3.svg"} {
		a, errA := os.ReadFile(filepath.Join(dir, name))
		b, errB := os.ReadFile(filepath.Join(again, name))
		if errA != nil || errB != nil || len(a) == 0 || !bytes.Equal(a, b) {
			t.Errorf("%s: %d and %d bytes, equal %v, %v, %v", name, len(a), len(b), bytes.Equal(a, b), errA, errB)
		}
	}
	index, err := os.ReadFile(filepath.Join(dir, "index.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"under 10 µs", "90 ns", "![How soon](gauge-signal-1.png)", "no huge pages", "out of luck"} {
		if !strings.Contains(string(index), want) {
			t.Errorf("the index does not hold %q", want)
		}
	}
}

func TestGaugesSummaries(t *testing.T) {
	results, reports := gaugeReports()
	var terminal, json bytes.Buffer
	if err := render.GaugesTerminal(&terminal, results, reports); err != nil {
		t.Fatal(err)
	}
	if err := render.GaugesJSON(&json, results, reports); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"90 ns", "under 10 µs", "out of luck"} {
		if !strings.Contains(terminal.String(), want) {
			t.Errorf("terminal: no %q in\n%s", want, terminal.String())
		}
		if !strings.Contains(json.String(), want) {
			t.Errorf("JSON: no %q in\n%s", want, json.String())
		}
	}
}
