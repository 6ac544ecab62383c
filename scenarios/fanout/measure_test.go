package fanout

import (
	"testing"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/scenarios/internal/gaugetest"
	"github.com/copytax/copytax/zerocopy"
)

// TestMain plays a job when the test binary was started as a worker.
func TestMain(m *testing.M) { gaugetest.Main(m, New()) }

func measure(t *testing.T, c gauge.Cell) gauge.Sample {
	t.Helper()
	return gaugetest.Measure(t, New(), c)
}

// Every arm hands frames to processes that read them whole: those with leases
// tear none, readers of every frame miss none, and the ping-pong is caught.
func TestArms(t *testing.T) {
	var samples []gauge.Sample
	for _, arm := range arms {
		for _, c := range []condition{
			{readers: 1, pace: steadyPace, hold: noHold},
			{readers: 3, pace: freePace, hold: noHold},
			{readers: 2, pace: freePace, hold: slowHold, wait: zerocopy.Adaptive},
		} {
			s := measure(t, c.cell(arm, gauge.Quick))
			samples = append(samples, s)
			frames, read := s.Counters[framesCounter], s.Counters[readCounter]
			if frames == 0 || read == 0 || s.Latency.Count != read || s.Latency.MinNS <= 0 {
				t.Errorf("%v: %d frames, %d read, latency %+v", s.Cell, frames, read, s.Latency)
			}
			if arm == everyArm && (read != frames*int64(c.readers) || s.Counters[skippedCounter] != 0) {
				t.Errorf("%v: %d readers read %d of %d frames", s.Cell, c.readers, read, frames)
			}
			if bad := s.Counters[tornCounter] + s.Counters[otherCounter] + s.Counters[overrunCounter]; arm != pingPongArm && bad > 0 {
				t.Errorf("%v: %d bad reads", s.Cell, bad)
			}
			if arm == pingPongArm && c.hold == slowHold && s.Counters[overrunCounter] == 0 {
				t.Errorf("%v: nothing was overrun in 200 µs", s.Cell)
			}
			for _, name := range []string{rateValue, readRateValue, slowP50Value, slowP99Value, writerCostValue, readerCostValue, totalCostValue} {
				if !(s.Values[name] > 0) {
					t.Errorf("%v: %s is %v", s.Cell, name, s.Values[name])
				}
			}
		}
	}
	for i, want := range []string{"no", "yes"} {
		if v := verdicts(samples)[i]; v.Holds != want {
			t.Errorf("%q holds: got %s (%s), want %s", v.Claim, v.Holds, v.Measured, want)
		}
	}
}

// Sixteen readers are as many as there can be.
func TestSixteenReaders(t *testing.T) {
	s := measure(t, condition{readers: 16, spare: 2, pace: freePace, hold: noHold}.cell(everyArm, gauge.Quick))
	if got, want := s.Counters[readCounter], 16*s.Counters[framesCounter]; got != want || got == 0 {
		t.Errorf("%d frames were read, want %d", got, want)
	}
	c := condition{readers: 17, pace: freePace, hold: noHold}.cell(everyArm, gauge.Quick)
	if _, err := parse(c); err == nil {
		t.Error("a cell of 17 readers was accepted")
	}
}

func TestCellsCanBeParsed(t *testing.T) {
	for _, p := range []gauge.Profile{gauge.Quick, gauge.Standard} {
		seen := map[string]bool{}
		for _, c := range New().Cells(p) {
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
