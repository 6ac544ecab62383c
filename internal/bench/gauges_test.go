package bench_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/internal/bench"
	"github.com/copytax/copytax/internal/store"
)

// A fakeGauge has three cells: one works, one fails, one cannot run here.
type fakeGauge struct{ measured []string }

func (*fakeGauge) Name() string    { return "fake" }
func (*fakeGauge) Summary() string { return "nothing" }
func (*fakeGauge) Cells(gauge.Profile) []gauge.Cell {
	return []gauge.Cell{{Arm: "good"}, {Arm: "bad"}, {Arm: "absent", Unavailable: "no such thing"}}
}
func (g *fakeGauge) Measure(_ context.Context, _ *gauge.Troupe, c gauge.Cell) (gauge.Sample, error) {
	g.measured = append(g.measured, c.Arm)
	if c.Arm == "bad" {
		return gauge.Sample{}, errors.New("out of luck")
	}
	return gauge.Sample{Counters: map[string]int64{"n": 1}}, nil
}
func (*fakeGauge) Jobs() map[string]gauge.Job             { return nil }
func (*fakeGauge) Report([]gauge.Sample) (r gauge.Report) { return r }

type quiet struct{}

func (quiet) Starting(bench.Step, int, int)             {}
func (quiet) Finished(bench.Step, time.Duration, error) {}

func TestGaugesAreRunAndResumed(t *testing.T) {
	g := &fakeGauge{}
	plan := bench.GaugePlan([]gauge.Scenario{g}, gauge.Quick, 7, 2)
	if len(plan.Cells) != 2 || len(plan.Unavailable) != 1 || plan.Unavailable[0].Reason != "no such thing" {
		t.Fatalf("got plan %+v", plan)
	}
	order := bench.GaugeOrder(plan)
	if again := bench.GaugeOrder(plan); len(order) != 4 || !reflect.DeepEqual(order, again) {
		t.Fatalf("got order %+v, then %+v", order, again)
	}
	dir := filepath.Join(t.TempDir(), "run")
	run, err := store.Create(dir, store.Manifest{Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	// The first measurement is there already, as after an interruption.
	first := gauge.Sample{Trial: 0, Scenario: "fake", Cell: order[0].Cell.Cell, Counters: map[string]int64{"n": 1}}
	if err := run.Record(first); err != nil {
		t.Fatal(err)
	}
	troupe := gauge.NewTroupe("/nonexistent")
	defer troupe.Close()
	find := func(string) (gauge.Scenario, error) { return g, nil }
	failed, err := bench.GaugeRunner{Troupe: troupe, Scenario: find, Progress: quiet{}}.Run(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Finish(); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range order[1:] {
		want = append(want, m.Cell.Arm)
	}
	if !slices.Equal(g.measured, want) {
		t.Errorf("measured %v, want %v", g.measured, want)
	}
	results, err := store.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	errs := 0
	for _, s := range results.Gauged {
		if s.Error != "" {
			errs++
		}
	}
	if len(results.Gauged) != 4 || errs != failed || failed == 0 {
		t.Errorf("%d samples, %d with an error, %d said to have failed", len(results.Gauged), errs, failed)
	}
}

// Cells of a group stand together in every block, whole blocks one after the
// other, and neither groups nor cells in the same order each time.
func TestGaugeOrderKeepsGroupsTogether(t *testing.T) {
	plan := store.Plan{Seed: 3, Blocks: 20}
	for _, group := range []string{"a", "b", "c"} {
		for _, arm := range []string{"x", "y", "z"} {
			plan.Cells = append(plan.Cells, store.Cell{Scenario: "fake", Cell: gauge.Cell{Arm: arm, Group: group}})
		}
	}
	orders := map[string]int{}
	order := bench.GaugeOrder(plan)
	for b := range plan.Blocks {
		block := order[9*b : 9*b+9]
		seen, text := map[string]bool{}, ""
		for i, m := range block {
			g := m.Cell.Group
			if m.Block != b || i%3 != 0 && g != block[i-1].Cell.Group || i%3 == 0 && seen[g] {
				t.Fatalf("block %d: %+v", b, block)
			}
			seen[g] = true
			text += g + m.Cell.Arm
		}
		orders[text]++
	}
	if len(orders) < 15 {
		t.Errorf("%d orders in %d blocks", len(orders), plan.Blocks)
	}
}
