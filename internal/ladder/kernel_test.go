package ladder

import "testing"

// The kernel's compute has a table where trials in a tab told it, breeding apart, and none
// where they did not, as those of older runs.
func TestKernelTable(t *testing.T) {
	r := drawn(3, []int{10_000}, Baseline, AA, "shm")
	for _, table := range tablesOf(r.report(t)) {
		if table.Columns[1].Name == "µs a tick without breeding, p50" {
			t.Errorf("there is a table of what nobody told: %+v", table)
		}
	}
	for i := range r.Results.Samples {
		s := &r.Results.Samples[i]
		if s.Worker != "kernel" {
			continue
		}
		s.Metrics[tickP50Metric], s.Metrics[tickMeanMetric], s.Metrics[bredMetric] = 45e3, 47e3, 0
		if r.Results.Plan.Cells[s.Cell].Factors["arm"] == "shm" {
			s.Metrics[breedingMetric], s.Metrics[bredMetric] = 1.4e6, 1
		}
	}
	rep := r.report(t)
	found := 0
	for _, table := range tablesOf(rep) {
		if table.Columns[1].Name != "µs a tick without breeding, p50" {
			continue
		}
		found++
		if len(table.Rows) != 3 || table.Rows[0][1].Text != "45.0 ± 0.0" || table.Rows[0][3].Text != "–" || table.Rows[2][3].Value.Value < 1399 {
			t.Errorf("got %+v", table.Rows)
		}
	}
	rows := 0
	for _, d := range rep.Data {
		if d.Name == "kernel" {
			rows = len(d.Rows)
		}
	}
	if found != 1 || rows != 3*2+1 {
		t.Errorf("got %d tables and %d rows of data, want 1 and 7", found, rows)
	}
}
