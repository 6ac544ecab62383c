package signal

import (
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/scenarios/internal/gaugetest"
)

// TestMain does a job when the test binary was started as a worker.
func TestMain(m *testing.M) { labtest.Main(m, New().Jobs()) }

// Every arm passes real signals on, in every place that it is tried in, and
// says what it did.
func TestArms(t *testing.T) {
	var samples experiment.Samples
	for i, c := range cells(experiment.Quick) {
		if _, err := parse(c); err != nil {
			continue // for want of cores
		}
		arm, where, load := c.Factors[experiment.Arm], c.Factors[whereFactor], c.Factors[loadFactor]
		if where == inTab || c.Factors[gapFactor] == "100µs" || load == busy && arm != park && arm != adaptive {
			continue // the same code as in other cells
		}
		s := gaugetest.Measure(t, New(), c)
		apart := where != goroutine && load != oneCore
		if known := len(core.DistanceTables(experiment.Samples{s, s})) > 0; !apart && known || apart && len(s.Metrics) != len(metrics(c))+2 {
			t.Errorf("%v: metrics %v: how far apart are the cores?", c, s.Metrics)
		}
		if apart { // the host may have moved them: nothing is to be left out below
			(core.Distance{Before: 1, After: 1}).Note(s.Metrics)
		}
		s.Cell = i
		samples = append(samples, s)
		if where == goroutine && !(s.Metric(workMetric) > 0) {
			t.Errorf("%v: the other goroutine got %v done", c, s.Metric(workMetric))
		}
		if arm == nobody {
			continue
		}
		n, missed, latency := s.Metric(handOffMetric), s.Metric(missedMetric), s.Histograms[core.Latency]
		if n < fewest || latency == nil || float64(latency.Count) != n-missed || latency.Min <= 0 {
			t.Errorf("%v: %v hand-offs, %v missed, latency %+v", c, n, missed, latency)
		}
		if calls := s.Metric(syscallMetric); (arm == bareSpin) != (calls == 0) && (arm == bareSpin || arm == bareFutex) {
			t.Errorf("%v: %v system calls", c, calls)
		}
	}
	f := gaugetest.Findings(t, New(), samples)
	if len(f.Tables) < 3 || len(f.Verdicts) < 4 || len(f.Figures[0].Lines.Series) < len(arms) || len(f.Data.Rows) < len(samples) {
		t.Errorf("%d tables, %d verdicts, %d series, %d rows of data", len(f.Tables), len(f.Verdicts), len(f.Figures[0].Lines.Series), len(f.Data.Rows))
	}
}

// A side that dies ends the measurement with its name, whatever the other one
// waits by.
func TestLossEndsTheMeasurement(t *testing.T) {
	for _, arm := range []string{spin, park, adaptive} {
		l, ctx := labtest.New(t)
		p := plan{Arm: arm, Where: process, GapNS: 1e6, RunNS: 60e9}
		workers, err := core.Start(ctx, l, p, writerJob, readerJob)
		if err != nil {
			t.Fatal(err)
		}
		workers[core.Writer].Kill()
		if _, err = core.Collect(ctx, workers); err == nil || !strings.Contains(err.Error(), writerJob) {
			t.Errorf("%s: got %v, want an error that names the writer", arm, err)
		}
		l.Clear()
	}
}
