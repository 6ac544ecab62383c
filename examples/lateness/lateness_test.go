package lateness

import (
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab/labtest"
)

// TestMain does a job when the test binary was started as a worker.
func TestMain(m *testing.M) { labtest.Main(m, sleeps{}.Jobs()) }

// Every cell gives a sample that the report has a row of.
func TestCells(t *testing.T) {
	l, ctx := labtest.New(t)
	plan, err := sleeps{}.Plan(ctx, experiment.Request{Profile: experiment.Quick})
	if err != nil {
		t.Fatal(err)
	}
	results := &experiment.Results{Plan: plan}
	for _, c := range plan.Cells {
		samples, err := session{l}.Measure(ctx, experiment.Trial{Of: c})
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		if s := samples[0]; !(s.Metric(wakeMetric) > 0) || s.Histograms[lateMetric].Min < 1 {
			t.Errorf("%v: got %+v", c, s)
		}
		samples[0].Of = c
		results.Samples = append(results.Samples, samples...)
	}
	r, err := sleeps{}.Report(results)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(r.Data[0].Rows), len(plan.Cells); got != want {
		t.Errorf("got %d rows, want %d", got, want)
	}
}
