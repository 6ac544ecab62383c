package experiment

import (
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func recorded(t *testing.T, r *Recorder) *Histogram {
	t.Helper()
	h, err := r.Histogram()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRecorder(t *testing.T) {
	r := NewRecorder()
	for i := range 1000 {
		r.Record(int64(i + 1))
	}
	h := recorded(t, r)
	if h.Count != 1000 || h.P50 != 500 || h.P99 != 990 || h.P999 != 999 || h.Max != 1000 || h.Min != 1 {
		t.Errorf("got %+v", h)
	}
	of := Sample{Histograms: map[string]*Histogram{"x_ns": h}}
	merged, err := Merge(Samples{of, {}, of}, "x_ns")
	if err != nil || merged.Count != 2000 || merged.P50 != 500 {
		t.Errorf("merged: got %+v, %v", merged, err)
	}
	if none, err := Merge(Samples{of}, "y_ns"); none != nil || err != nil {
		t.Errorf("merged what is not there: got %+v, %v", none, err)
	}
	if qs, err := h.Quantiles(0.5, 1); err != nil || qs[0] != 500 || qs[1] != 1000 {
		t.Errorf("quantiles: got %v, %v", qs, err)
	}
	r.Record(-1)
	if _, err := r.Histogram(); err == nil {
		t.Error("a negative latency was taken")
	}
	if h := recorded(t, NewRecorder()); h != nil {
		t.Errorf("nothing was recorded: got %+v", h)
	}
}

// The percentiles of a series are its own values, however coarse its histogram is.
func TestSeries(t *testing.T) {
	h, err := FromSeries([]int64{123_457, 3, 99_991})
	if err != nil || h.Count != 3 || h.P50 != 99_991 || h.P99 != 123_457 || h.Min != 3 || h.Mean != (123_457.0+3+99_991)/3 {
		t.Errorf("got %+v, %v", h, err)
	}
	for name, bad := range map[string][]int64{"none": nil, "zero": {1, 0}} {
		if h, err := FromSeries(bad); err == nil {
			t.Errorf("%s: got %+v", name, h)
		}
	}
}

// At a rate that is too high for an arm a tick may be later than any trial was expected
// to last. It is kept, and comes back out of what is stored.
func TestSeriesOfHours(t *testing.T) {
	const second, day = int64(1e9), int64(24 * 3600e9)
	for _, most := range []int64{600 * second, 601 * second, 30_000 * second, day, 365 * day, seriesMax} {
		h, err := FromSeries([]int64{second, most})
		if err != nil || h.Max != most || h.P99 != most || h.Count != 2 {
			t.Errorf("%d ns: got %+v, %v", most, h, err)
			continue
		}
		full, err := h.Decode()
		if err != nil {
			t.Fatal(err)
		}
		bars := full.Distribution()
		if last := bars[len(bars)-1]; last.Count != 1 || last.From > most || last.To < most {
			t.Errorf("%d ns: the last bucket is %+v", most, last)
		}
	}
}

// What was recorded with a smaller range merges with a larger one, whichever is first.
func TestMergeOfTwoRanges(t *testing.T) {
	long, err := FromSeries([]int64{3_000e9})
	if err != nil {
		t.Fatal(err)
	}
	narrow := hdrhistogram.New(1, 600e9, seriesDigits)
	if err := narrow.RecordValue(1000); err != nil {
		t.Fatal(err)
	}
	short, err := fromHDR(narrow)
	if err != nil {
		t.Fatal(err)
	}
	a, b := Sample{Histograms: map[string]*Histogram{"x_ns": short}}, Sample{Histograms: map[string]*Histogram{"x_ns": long}}
	for _, all := range []Samples{{a, b}, {b, a}} {
		if merged, err := Merge(all, "x_ns"); err != nil || merged.Count != 2 || merged.Min != 1000 || merged.Max < 3_000e9 {
			t.Errorf("got %+v, %v", merged, err)
		}
	}
}
