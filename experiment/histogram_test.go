package experiment

import "testing"

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
	for name, bad := range map[string][]int64{"none": nil, "zero": {1, 0}, "too long": {seriesMax * 2}} {
		if h, err := FromSeries(bad); err == nil {
			t.Errorf("%s: got %+v", name, h)
		}
	}
}
