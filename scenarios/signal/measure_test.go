package signal

import (
	"os"
	"strings"
	"testing"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/scenarios/internal/gaugetest"
)

// TestMain plays a job when the test binary was started as a worker.
func TestMain(m *testing.M) { gaugetest.Main(m, New()) }

// Every arm passes real signals on, in every place that it is tried in, and
// says what it did.
func TestArms(t *testing.T) {
	var samples []gauge.Sample
	for _, c := range New().Cells(gauge.Quick) {
		if c.Params[gapParam] == "100µs" || c.Params[loadParam] == busy && c.Arm != park && c.Arm != adaptive {
			continue // the same code as in other cells
		}
		troupe, ctx := gaugetest.NewTroupe(t)
		s, err := New().Measure(ctx, troupe, c)
		troupe.Disband()
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		s.Cell = c
		apart := c.Params[whereParam] != goroutine && c.Params[loadParam] != oneCore
		if got := len(core.Usual([]gauge.Sample{s, s})) + len(core.Tables([]gauge.Sample{s})); apart && s.Values == nil || !apart && got != 2 {
			t.Errorf("%v: values %v: how far apart are the cores?", c, s.Values)
		}
		if apart {
			s.Values = nil // the host may have moved them: nothing is to be left out below
		}
		samples = append(samples, s)
		if c.Params[whereParam] == goroutine && !(s.Values[workValue] > 0) {
			t.Errorf("%v: the other goroutine got %v done", c, s.Values[workValue])
		}
		if c.Arm == nobody {
			continue
		}
		n, missed := s.Counters[handOffCounter], s.Counters[missedCounter]
		if n < fewest || s.Latency == nil || s.Latency.Count != n-missed || s.Latency.MinNS <= 0 {
			t.Errorf("%v: %d hand-offs, %d missed, latency %+v", c, n, missed, s.Latency)
		}
		if calls := s.Counters[syscallCounter]; (c.Arm == bareSpin) != (calls == 0) && (c.Arm == bareSpin || c.Arm == bareFutex) {
			t.Errorf("%v: %d system calls", c, calls)
		}
	}
	report := New().Report(samples)
	if len(report.Tables) < 3 || len(report.Verdicts) < 4 || len(report.Curves[0].Series) < len(arms) {
		t.Errorf("report of %d tables, %d verdicts, %d series", len(report.Tables), len(report.Verdicts), len(report.Curves[0].Series))
	}
}

// A side that dies ends the measurement with its name, whatever the other one
// waits by.
func TestLossEndsTheMeasurement(t *testing.T) {
	for _, arm := range []string{spin, park, adaptive} {
		troupe, ctx := gaugetest.NewTroupe(t)
		p := plan{Arm: arm, Where: process, GapNS: 1e6, RunNS: 60e9}
		files, err := p.files()
		if err != nil {
			t.Fatal(err)
		}
		w, err := troupe.Start(writerJob, p, files...)
		if err != nil {
			t.Fatal(err)
		}
		r, err := troupe.Start(readerJob, p, files...)
		if err != nil {
			t.Fatal(err)
		}
		closeAll(files)
		if err := gauge.Gather(ctx, r, w); err != nil {
			t.Fatal(err)
		}
		if err := w.Signal(os.Kill); err != nil {
			t.Fatal(err)
		}
		err = gauge.Both(ctx, w, new(side), r, new(side))
		if err == nil || !strings.Contains(err.Error(), writerJob) {
			t.Errorf("%s: got %v, want an error that names the writer", arm, err)
		}
		troupe.Disband()
	}
}
