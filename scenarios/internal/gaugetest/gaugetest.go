// Package gaugetest lets the tests of a gauge play its jobs in real processes:
// copies of the test binary.
package gaugetest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/copytax/copytax/gauge"
)

const workerVerb = "gauge-worker"

// Main is the TestMain of a gauge: it plays a job when the test binary was
// started as a worker, and else runs the tests.
func Main(m *testing.M, s gauge.Scenario) {
	if len(os.Args) > 2 && os.Args[1] == workerVerb {
		if err := gauge.Serve(os.Stdin, os.Stdout, s.Jobs()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// NewTroupe returns a troupe that ends with the test, and a context that ends
// two minutes from now at the latest.
func NewTroupe(t *testing.T) (*gauge.Troupe, context.Context) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	troupe := gauge.NewTroupe(exe, workerVerb)
	t.Cleanup(troupe.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return troupe, ctx
}

// Measure plays one cell, and fails the test if that fails.
func Measure(t *testing.T, s gauge.Scenario, c gauge.Cell) gauge.Sample {
	t.Helper()
	troupe, ctx := NewTroupe(t)
	defer troupe.Disband()
	sample, err := s.Measure(ctx, troupe, c)
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	sample.Cell = c
	return sample
}
