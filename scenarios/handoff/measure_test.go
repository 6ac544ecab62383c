package handoff

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/scenarios/internal/gaugetest"
)

// TestMain plays a job when the test binary was started as a worker.
func TestMain(m *testing.M) { gaugetest.Main(m, New()) }

func measure(t *testing.T, c gauge.Cell) gauge.Sample {
	t.Helper()
	return gaugetest.Measure(t, New(), c)
}

// Every arm hands over real payloads between processes, and copies as many
// bytes as it says.
func TestArms(t *testing.T) {
	const n = 64 << 10
	for _, c := range []struct {
		cell   gauge.Cell
		copies float64 // bytes copied for each byte handed over
	}{
		{cell(shmArm, n, touchNone, "spin", "small"), 0},
		{cell(shmArm, n, touchField, "spin", "small"), 0},
		{cell(shmArm, n, touchAll, "spin", "small"), 0},
		{cell(shmArm, n, touchAll, "park", "small+populated"), 0},
		{cell(memcpyArm, n, touchAll, "spin", "small"), 1},
		{cell(unixArm, n, touchNone, block, ""), 2},
		{cell(unixArm, n, touchAll, block, ""), 2},
	} {
		s := measure(t, c.cell)
		handoffs := s.Counters[handoffsCounter]
		if handoffs < fewestCount || s.Latency.Count != handoffs || s.Latency.MinNS <= 0 {
			t.Errorf("%v: %d hand-offs, latency %+v", c.cell, handoffs, s.Latency)
		}
		// Warming up copies as well, and a socket carries the answers.
		if got := float64(s.Counters[copiedCounter]); got < c.copies*n*float64(handoffs) || (got > 0) != (c.copies > 0) {
			t.Errorf("%v: %v bytes copied in %d hand-offs", c.cell, got, handoffs)
		}
		for _, name := range []string{seenValue, fillValue, coldFillValue, writerMapValue, readerMapValue} {
			if !(s.Values[name] > 0) {
				t.Errorf("%v: %s is %v", c.cell, name, s.Values[name])
			}
		}
	}
}

// The row that touches everything comes with what the same loop takes over the
// reader's own memory.
func TestOwnMemoryBesideTheHubs(t *testing.T) {
	s := measure(t, cell(shmArm, 1<<20, touchAll, "spin", "small"))
	for _, name := range []string{ownWarmValue, ownFilledValue, touchValue} {
		if !(s.Values[name] > 0) {
			t.Errorf("%s is %v", name, s.Values[name])
		}
	}
}

func TestBandwidthOfEveryKernel(t *testing.T) {
	s := measure(t, cell(bandwidthArm, 1<<20, "", "", ""))
	for _, k := range kernels() {
		if !(s.Values[k.name+bytesPerSecond] > 0) {
			t.Errorf("kernel %s: %v bytes a second", k.name, s.Values[k.name+bytesPerSecond])
		}
	}
}

// A side that fails or dies ends the measurement with its error, not a hang.
func TestLossEndsTheMeasurement(t *testing.T) {
	for _, how := range []string{"spin", "park"} {
		for lost := range 2 {
			troupe, ctx := gaugetest.NewTroupe(t)
			p, err := parse(cell(shmArm, 64, touchAll, how, "small"))
			if err != nil {
				t.Fatal(err)
			}
			w, r, err := p.start(ctx, troupe)
			if err != nil {
				t.Fatal(err)
			}
			if err := []*gauge.Player{w, r}[lost].Signal(os.Kill); err != nil {
				t.Fatal(err)
			}
			err = gauge.Both(ctx, w, new(written), r, new(read))
			if want := []string{writerJob, readerJob}[lost]; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s killed under %s: got %v, want an error that names it", want, how, err)
			}
		}
	}
}

func TestReaderRefusesWhatItCannotTouch(t *testing.T) {
	troupe, ctx := gaugetest.NewTroupe(t)
	if _, err := New().Measure(ctx, troupe, cell(shmArm, 64, "most", "spin", "small")); err == nil {
		t.Error("a reader touched most of a payload")
	}
}

// Where pages other than small ones can be had, the sample shows them mapped.
func TestPagesArriveInBothProcesses(t *testing.T) {
	for _, c := range pageCells() {
		if c.Params[bytesParam] != fmt.Sprint(pageSizes[0]) {
			continue
		}
		t.Run(c.Params[pagesParam], func(t *testing.T) {
			if c.Unavailable != "" {
				t.Skip(c.Unavailable)
			}
			s := measure(t, c)
			p, err := parse(c)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{writerHuge, readerHuge} {
				if got := s.Counters[name]; (got > 0) != (p.Pages != 0) {
					t.Errorf("%s is %d", name, got)
				}
			}
		})
	}
}
