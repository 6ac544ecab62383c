package core

import (
	"testing"

	"github.com/copytax/copytax/experiment/lab"
)

// Warming up lasts for its time and its number of hand-offs, and so does what is
// counted; the last is marked.
func TestPacer(t *testing.T) {
	for name, c := range map[string]struct {
		pacer          Pacer
		step           int64 // ns from one hand-off to the next
		warm, measured int
	}{
		"by time":   {Pacer{WarmNS: 100, RunNS: 50, FewestWarm: 2, Fewest: 3}, 10, 10, 6},
		"by number": {Pacer{WarmNS: 100, RunNS: 50, FewestWarm: 5, Fewest: 3}, 1000, 5, 3},
	} {
		warm, measured, now := 0, 0, int64(7)
		for flags := uint64(0); flags&Last == 0; now += c.step {
			if flags = c.pacer.Flags(now); flags&Counted != 0 {
				measured++
			} else {
				warm++
			}
		}
		if warm != c.warm || measured != c.measured {
			t.Errorf("%s: %d hand-offs of warming up and %d counted, want %d and %d", name, warm, measured, c.warm, c.measured)
		}
	}
}

func TestMeterCountsWhatCounts(t *testing.T) {
	m := Meter{Clock: lab.OfProcess}
	if m.Count(0) || !m.Count(Counted) || !m.Count(Counted|Last) || m.HandOffs != 2 {
		t.Errorf("%d hand-offs counted, want 2", m.HandOffs)
	}
	begin := m.ns
	m.Stop()
	if s, err := m.Sample(nil, "cpu_ns", map[string]float64{}); err != nil || begin <= 0 || !(s.Metric("cpu_ns") >= 0) || s.Metric("cpu_ns") >= float64(begin) {
		t.Errorf("%v ns from %d, %v", s.Metric("cpu_ns"), begin, err)
	}
	bad := Meter{Clock: 1 << 20}
	bad.Count(Counted)
	bad.Stop()
	if _, err := bad.Sample(nil, "cpu_ns", map[string]float64{}); err == nil {
		t.Error("a clock that is none was read")
	}
}

func TestStamp(t *testing.T) {
	s := make(Stamp, 24)
	s.Set(1<<40, Counted)
	s.SetSent(-5)
	if s.Number() != 1<<40 || s.Flags() != Counted || s.Sent() != -5 {
		t.Errorf("got %d, %d, %d", s.Number(), s.Flags(), s.Sent())
	}
}
