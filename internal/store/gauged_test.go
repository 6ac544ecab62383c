package store

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/copytax/copytax/gauge"
)

func testGaugeManifest() Manifest {
	m := testManifest()
	m.Plan = Plan{
		Profile: "quick", Scenario: "signal,handoff", Blocks: 2,
		Cells: []Cell{{Scenario: "signal", Cell: gauge.Cell{Arm: "park", Params: map[string]string{"load": "idle"}}}},
	}
	return m
}

func testGauged(t *testing.T, trial int) gauge.Sample {
	t.Helper()
	r := gauge.NewRecorder()
	for ns := range int64(100) {
		r.Record(1000 + ns)
	}
	latency, err := r.Latency()
	if err != nil {
		t.Fatal(err)
	}
	return gauge.Sample{
		Trial: trial, Block: trial, Scenario: "signal", Cell: gauge.Cell{Arm: "park", Params: map[string]string{"load": "idle"}},
		Latency: latency, Counters: map[string]int64{"syscalls": 7}, Values: map[string]float64{"share": 1.0 / 3},
	}
}

func TestGaugesAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Create(dir, testGaugeManifest())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Record(testGauged(t, 0)); err != nil {
		t.Fatal(err)
	}
	if err := r.Record(testGauged(t, 0)); err == nil {
		t.Error("a trial was recorded twice")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err = Resume(dir); err != nil {
		t.Fatal(err)
	}
	if !r.Done()[0] || len(r.Done()) != 1 {
		t.Errorf("done after resuming: got %v, want trial 0", r.Done())
	}
	if err := r.Record(gauge.Sample{Trial: 1, Scenario: "signal", Cell: gauge.Cell{Arm: "spin"}, Error: "no luck"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Gauged) != 2 || !reflect.DeepEqual(loaded.Gauged[0], testGauged(t, 0)) || loaded.Gauged[1].Error != "no luck" {
		t.Errorf("got %+v", loaded.Gauged)
	}
}

func TestGaugedSamplesAreChecked(t *testing.T) {
	for name, spoil := range map[string]func(*gauge.Sample){
		"percentiles are not those": func(s *gauge.Sample) { s.Latency.P99NS++ },
		"decode the histogram":      func(s *gauge.Sample) { s.Latency.HDR = "no base64" },
		"neither figures nor":       func(s *gauge.Sample) { s.Latency, s.Counters, s.Values = nil, nil, nil },
		"without a scenario":        func(s *gauge.Sample) { s.Scenario = "" },
		"negative":                  func(s *gauge.Sample) { s.Block = -1 },
	} {
		s := testGauged(t, 0)
		spoil(&s)
		if err := checkGauged(s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestGaugedFileIsVerified(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Create(dir, testGaugeManifest())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Record(testGauged(t, 0)); err != nil {
		t.Fatal(err)
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, SamplesName)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(raw), `"syscalls":7`, `"syscalls":8`, 1)
	if edited == string(raw) {
		t.Fatal("nothing was edited")
	}
	if err := os.WriteFile(path, []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
	if errs := Verify(dir); len(errs) == 0 {
		t.Error("an edited sample was not found")
	}
}
