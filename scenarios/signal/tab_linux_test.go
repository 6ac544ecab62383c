package signal

import (
	"os"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/tab"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/scenarios/internal/gaugetest"
)

// The strategies pass signals between workers of a tab at a display's rate, and the
// report has them beside those between processes.
func TestTabAtADisplaysRate(t *testing.T) {
	if _, err := tab.Probe(t.Context(), ""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("no browser: %v", err)
	}
	var samples experiment.Samples
	for i, arm := range displayedInTab {
		c := experiment.Cell{Experiment: "signal", Factors: experiment.Factors{experiment.Arm: arm}, Group: sixty}
		for name, v := range sixtyInTab {
			c.Factors[name] = v
		}
		s := gaugetest.Measure(t, New(), c)
		s.Cell = i
		n, missed, latency := s.Metric(handOffMetric), s.Metric(missedMetric), s.Histograms[core.Latency]
		if n < fewest || latency == nil || float64(latency.Count) != n-missed || s.Metric(tabCPUMetric) <= 0 {
			t.Errorf("%s: %v hand-offs, %v missed, %v ns of CPU, latency %+v", arm, n, missed, s.Metric(tabCPUMetric), latency)
		}
		t.Logf("%s: p50 %d ns, p99 %d ns, clocks moved by %v ns", arm, latency.P50, latency.P99, s.Metric(clockMetric))
		samples = append(samples, s)
	}
	table, err := sixtyTable(samples)
	if err != nil || len(table.Rows) != len(displayedInTab) {
		t.Fatalf("got %+v (%v)", table, err)
	}
	gaugetest.CheckTables(t, append(core.DistanceTables(samples), table))
	if v := sixtyVerdicts(samples); len(v) != 1 || v[0].Holds != stats.Unresolved { // one block has no interval
		t.Errorf("got verdicts %+v", v)
	}
}

// A run without these conditions, such as an older one, reports nothing of them.
func TestNoTableOfWhatNobodyMeasured(t *testing.T) {
	table, err := sixtyTable(nil)
	if err != nil || len(table.Rows) != 0 || len(sixtyVerdicts(nil)) != 0 {
		t.Errorf("got %+v (%v), %v", table, err, sixtyVerdicts(nil))
	}
}

// A tab that contradicts itself has measured nothing.
func TestATabsAnswerThatCannotBe(t *testing.T) {
	for want, f := range map[string]found{
		"0 latencies":         {HandOffs: 5, Missed: 5},
		"2 latencies of 5":    {HandOffs: 5, Missed: 1, Latencies: []int64{7, 8}},
		"a latency that is n": {HandOffs: 2, Latencies: []int64{7, -1}},
	} {
		if s, err := f.sample(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %+v (%v), want an error with %q", f, s, err, want)
		}
	}
}
