package fanout

import (
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/scenarios/internal/gaugetest"
	"github.com/copytax/copytax/zerocopy/hub"
)

// TestMain does a job when the test binary was started as a worker.
func TestMain(m *testing.M) { labtest.Main(m, New().Jobs()) }

// Every arm hands frames to processes that read them whole: those with leases
// tear none, readers of every frame miss none, and the ping-pong is caught.
func TestArms(t *testing.T) {
	var samples experiment.Samples
	for _, arm := range arms {
		for _, c := range []condition{
			{readers: 1, pace: steadyPace, hold: noHold},
			{readers: 3, pace: freePace, hold: noHold},
			{readers: 2, pace: freePace, hold: slowHold, wait: hub.Adaptive},
		} {
			s := gaugetest.Measure(t, New(), c.cell(arm, experiment.Quick))
			samples = append(samples, s)
			frames, read, latency := s.Metric(framesMetric), s.Metric(readMetric), s.Histograms[core.Latency]
			if frames == 0 || read == 0 || float64(latency.Count) != read || latency.Min <= 0 {
				t.Errorf("%v: %v frames, %v read, latency %+v", s.Of, frames, read, latency)
			}
			if arm == everyArm && (read != frames*float64(c.readers) || s.Metric(skippedMetric) != 0) {
				t.Errorf("%v: %d readers read %v of %v frames", s.Of, c.readers, read, frames)
			}
			if bad := s.Metric(tornMetric) + s.Metric(otherMetric) + s.Metric(overrunMetric); arm != pingPongArm && bad > 0 {
				t.Errorf("%v: %v bad reads", s.Of, bad)
			}
			if arm == pingPongArm && c.hold == slowHold && s.Metric(overrunMetric) == 0 {
				t.Errorf("%v: nothing was overrun in 200 µs", s.Of)
			}
			for _, name := range []string{rateMetric, readRateMetric, slowP50Metric, slowP99Metric, writerCostMetric, readerCostMetric, totalCostMetric} {
				if !(s.Metric(name) > 0) {
					t.Errorf("%v: %s is %v", s.Of, name, s.Metric(name))
				}
			}
		}
	}
	found := verdicts(samples)
	found.Judge()
	for i, want := range []stats.Holding{stats.Refuted, stats.Supported} {
		if v := found[i]; v.Holds != want {
			t.Errorf("%q holds: got %s (%s), want %s", v.Claim, v.Holds, v.Measured, want)
		}
	}
}

// Sixteen readers are as many as there can be.
func TestSixteenReaders(t *testing.T) {
	s := gaugetest.Measure(t, New(), condition{readers: 16, spare: 2, pace: freePace, hold: noHold}.cell(everyArm, experiment.Quick))
	if got, want := s.Metric(readMetric), 16*s.Metric(framesMetric); got != want || got == 0 {
		t.Errorf("%v frames were read, want %v", got, want)
	}
	c := condition{readers: 17, pace: freePace, hold: noHold}.cell(everyArm, experiment.Quick)
	if _, err := parse(c); err == nil {
		t.Error("a cell of 17 readers was accepted")
	}
}

func TestCellsCanBeParsed(t *testing.T) {
	for _, p := range []experiment.Profile{experiment.Quick, experiment.Standard} {
		seen := map[string]bool{}
		for _, c := range cells(p) {
			plan, err := parse(c)
			if err != nil {
				t.Error(err)
			}
			if err := plan.layout().Check(); err != nil {
				t.Errorf("%v: %v", c, err)
			}
			if seen[c.String()] {
				t.Errorf("%v is there twice", c)
			}
			seen[c.String()] = true
		}
	}
}
