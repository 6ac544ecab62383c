package handoff

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

// Every arm hands over real payloads between processes, and copies as many
// bytes as it says.
func TestArms(t *testing.T) {
	const n = 64 << 10
	for _, c := range []struct {
		cell   experiment.Cell
		copies float64 // bytes copied for each byte handed over
	}{
		{untouched.cell(n), 0},
		{field.cell(n), 0},
		{touchedIn.cell(n), 0},
		{row{arm: shmArm, touch: touchAll, wait: "park", pages: "small+populated"}.cell(n), 0},
		{copiedOut.cell(n), 1},
		{received.cell(n), 2},
		{receivedT.cell(n), 2},
	} {
		s := gaugetest.Measure(t, New(), c.cell)
		handoffs, latency := s.Metric(handoffsMetric), s.Histograms[core.Latency]
		if handoffs < fewestCount || float64(latency.Count) != handoffs || latency.Min <= 0 {
			t.Errorf("%v: %v hand-offs, latency %+v", c.cell, handoffs, latency)
		}
		// Warming up copies as well, and a socket carries the answers.
		if got := s.Metric(copiedMetric); got < c.copies*n*handoffs || (got > 0) != (c.copies > 0) {
			t.Errorf("%v: %v bytes copied in %v hand-offs", c.cell, got, handoffs)
		}
		for _, name := range []string{seenMetric, fillMetric, coldFillMetric, writerMapMetric, readerMapMetric} {
			if !(s.Metric(name) > 0) {
				t.Errorf("%v: %s is %v", c.cell, name, s.Metric(name))
			}
		}
	}
}

// The row that touches everything comes with what the same loop takes over the
// reader's own memory.
func TestOwnMemoryBesideTheHubs(t *testing.T) {
	s := gaugetest.Measure(t, New(), touchedIn.cell(1<<20))
	for _, name := range []string{ownWarmMetric, ownFilledMetric, touchMetric} {
		if !(s.Metric(name) > 0) {
			t.Errorf("%s is %v", name, s.Metric(name))
		}
	}
}

func TestBandwidthOfEveryLoop(t *testing.T) {
	s := gaugetest.Measure(t, New(), loopsAlone.cell(1<<20))
	for _, l := range loops() {
		if !(s.Metric(l.name+bytesPerSecond) > 0) {
			t.Errorf("loop %s: %v bytes a second", l.name, s.Metric(l.name+bytesPerSecond))
		}
	}
}

// A side that fails or dies ends the measurement with its error, not a hang.
func TestLossEndsTheMeasurement(t *testing.T) {
	for _, how := range []string{"spin", "park"} {
		for lost := range 2 {
			l, ctx := labtest.New(t)
			p, err := parse(row{arm: shmArm, touch: touchAll, wait: how, pages: "small"}.cell(64))
			if err != nil {
				t.Fatal(err)
			}
			workers, err := core.Start(ctx, l, p, writerJob, readerJob)
			if err != nil {
				t.Fatal(err)
			}
			workers[lost].Kill()
			_, err = core.Collect(ctx, workers)
			if want := []string{writerJob, readerJob}[lost]; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s killed under %s: got %v, want an error that names it", want, how, err)
			}
		}
	}
}

func TestReaderRefusesWhatItCannotTouch(t *testing.T) {
	if _, err := gaugetest.Try(t, New(), row{arm: shmArm, touch: "most", wait: "spin", pages: "small"}.cell(64)); err == nil {
		t.Error("a reader touched most of a payload")
	}
}

// Where pages other than small ones can be had, the sample shows them mapped.
func TestPagesArriveInBothProcesses(t *testing.T) {
	for _, kind := range pageKinds {
		c := onPages(kind).cell(pageSizes[0])
		t.Run(kind, func(t *testing.T) {
			p, err := parse(c)
			if err != nil {
				t.Fatal(err)
			}
			if err := available(p); err != nil {
				t.Skip(err)
			}
			s := gaugetest.Measure(t, New(), c)
			for _, name := range []string{writerHuge, readerHuge} {
				if got := s.Metric(name); (got > 0) != (p.Pages != 0) {
					t.Errorf("%s is %v", name, got)
				}
			}
		})
	}
}
