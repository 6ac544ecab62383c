package legacy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/legacy"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/physics"
)

// kernelFile is a run of two worlds in two rounds. sse2 failed on the second.
const kernelFile = `{
"format": "copytax-kernel/1", "complete": true, "command": ["copytax", "kernel"],
"created": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:14:05Z",
"version": {"copytax": "v0", "go": "go1", "modules": {}, "program": "ab", "wasm": "cd"}, "machine": {"os": "linux"},
"profile": "standard", "seed": 3, "rounds": 2, "warm_up": 60, "ticks_each_round": 7, "threads": 4,
"backends": ["scalar", "sse2"], "missing": [{"backend": "neon", "reason": "no ARM"}], "warnings": ["odd"],
"calibration": {"mix1": 2, "clock_ghz": 3, "l2_read_gbs": 9, "read_gbs": 4, "write_gbs": 5},
"ceilings": [{"backend": "scalar", "ns": 10, "boids": 8, "candidates": 80, "neighbours": 40}],
"worlds": [
 {"name": "a", "series": "s", "boids": 100, "dimensions": 2, "seed": 1, "radius": 1, "edges": [5, 5, 0], "cells": [5, 5, 1], "policy": "POLICY",
  "rounds": [{"tick": 67, "chain": "0a", "neighbours": 7, "candidates": 9}, {"tick": 74, "chain": "0b", "neighbours": 8, "candidates": 10}]},
 {"name": "b", "boids": 10, "dimensions": 2, "seed": 1, "radius": 1, "edges": [5, 5, 0], "cells": [5, 5, 1], "policy": "POLICY",
  "rounds": [{"tick": 67, "chain": "0c", "neighbours": 7, "candidates": 9}]}],
"failures": [{"world": "b", "backend": "sse2", "reason": "it died"}],
"timings": [TIMINGS]}`

// writeKernel writes the file, with another timing behind those of the plan.
func writeKernel(t *testing.T, more string) string {
	t.Helper()
	var timings []string
	add := func(world, round, backend, neighbours string) {
		for _, phase := range []string{"step", "sort", "perceive"} {
			timings = append(timings, `{"world":"`+world+`","round":`+round+`,"backend":"`+backend+`","phase":"`+phase+
				`","reps":10,"ns":`+round+`5000,"neighbours":`+neighbours+`}`)
		}
	}
	add("a", "0", "sse2", "7")
	add("a", "0", "scalar", "7")
	add("a", "1", "scalar", "8")
	add("b", "0", "sse2", "7")
	add("b", "0", "scalar", "7")
	if more != "" {
		timings = append(timings, more)
	}
	text := strings.ReplaceAll(kernelFile, "POLICY", strings.Repeat("00", 256))
	text = strings.ReplaceAll(strings.Replace(text, "TIMINGS", strings.Join(timings, ","), 1), `"ns":05000`, `"ns":5000`)
	path := filepath.Join(t.TempDir(), "kernel.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKernelBecomesARun converts a run with a failure and a gap, and verifies it.
func TestKernelBecomesARun(t *testing.T) {
	m, samples, err := legacy.Kernel(writeKernel(t, ""), physics.Levels)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	if err := legacy.Write(dir, m, samples); err != nil {
		t.Fatal(err)
	}
	known := func(string) (experiment.Experiment, bool) { return physics.New(), true }
	for _, err := range store.Verify(dir, known) {
		t.Error(err)
	}
	run, err := store.Load(dir, known)
	if err != nil {
		t.Fatal(err)
	}
	if c := run.Manifest.Converted; c == nil || c.Absent != 2*6-7 || len(c.Hash) != 64 || run.Manifest.Warnings[0] != "odd" {
		t.Errorf("got %+v, want 5 of 12 trials absent, a hash and the warning", c)
	}
	results := run.Experiment()
	if len(results.Samples) != 6 || len(results.Failures) != 1 || results.Failures[0].Reason != "it died" {
		t.Errorf("got %d samples and failures %+v", len(results.Samples), results.Failures)
	}
	s := results.Samples.Where("world", "a", "backend", "scalar")[1]
	if s.Block != 1 || s.Metric("step_ns") != 15000 || s.Metric("step_runs") != 10 || s.Metric("neighbours") != 8 ||
		s.Metric("tick") != 74 || s.Metric("candidates") != 10 || s.Evidence["chain"] != "0b" {
		t.Errorf("got %+v", s)
	}
	constants := results.Samples.Where("world", "constants")[0]
	if constants.Metric("mix1_per_ns") != 2 || constants.Metric("clock_ghz") != 3 || constants.Metric("l2_read_gbs") != 9 {
		t.Errorf("got constants %v", constants.Metrics)
	}
}

func TestKernelFilesThatCannotBeConverted(t *testing.T) {
	for more, want := range map[string]string{
		`{"world":"nowhere","round":0,"backend":"scalar","phase":"step","reps":1,"ns":1}`: `of scalar on "nowhere"`,
		`{"world":"a","round":2,"backend":"scalar","phase":"step","reps":1,"ns":1}`:       "round 2",
		`{"world":"a","round":0,"backend":"abacus","phase":"step","reps":1,"ns":1}`:       "abacus",
	} {
		if _, _, err := legacy.Kernel(writeKernel(t, more), physics.Levels); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
	other := filepath.Join(t.TempDir(), "kernel.json")
	if err := os.WriteFile(other, []byte(`{"format":"x"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := legacy.Kernel(other, physics.Levels); err == nil {
		t.Error("a file of another format was converted")
	}
}
