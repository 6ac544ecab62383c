package gauge

import (
	"fmt"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	digits  = 3            // significant decimal digits of a histogram
	longest = int64(100e9) // ns that a histogram can hold
)

// A Recorder counts latencies in an HDR histogram of three significant digits.
// It belongs to one goroutine; Record allocates nothing.
type Recorder struct {
	h      *hdrhistogram.Histogram
	beyond int64 // values that the histogram cannot hold
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder { return &Recorder{h: hdrhistogram.New(1, longest, digits)} }

// Record counts one latency in ns. One that is not above zero means that two
// clocks disagree; it is counted as one nanosecond only if it is zero, the
// clock's resolution, and else makes Latency fail, as does one above 100 s.
func (r *Recorder) Record(ns int64) {
	if ns == 0 {
		ns = 1
	}
	if ns < 0 || r.h.RecordValue(ns) != nil {
		r.beyond++
	}
}

// Count returns how many latencies have been recorded.
func (r *Recorder) Count() int64 { return r.h.TotalCount() }

// Reset forgets everything recorded.
func (r *Recorder) Reset() {
	r.h.Reset()
	r.beyond = 0
}

// Latency summarizes what was recorded, nil and no error if that is nothing.
func (r *Recorder) Latency() (*Latency, error) {
	if r.beyond > 0 {
		return nil, fmt.Errorf("%d of %d latencies were negative or above 100 s", r.beyond, r.beyond+r.Count())
	}
	if r.Count() == 0 {
		return nil, nil
	}
	encoded, err := r.h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, fmt.Errorf("encode the histogram: %w", err)
	}
	l := &Latency{
		Count: r.Count(), MeanNS: r.h.Mean(), MinNS: r.h.Min(), MaxNS: r.h.Max(),
		P50NS: r.h.ValueAtQuantile(50), P90NS: r.h.ValueAtQuantile(90),
		P99NS: r.h.ValueAtQuantile(99), P999NS: r.h.ValueAtQuantile(99.9),
		HDR: string(encoded),
	}
	return l, nil
}

// A Latency summarizes an HDR histogram of three significant digits, in ns.
type Latency struct {
	Count  int64   `json:"count"`
	MeanNS float64 `json:"mean_ns"`
	MinNS  int64   `json:"min_ns"`
	P50NS  int64   `json:"p50_ns"`
	P90NS  int64   `json:"p90_ns"`
	P99NS  int64   `json:"p99_ns"`
	P999NS int64   `json:"p999_ns"`
	MaxNS  int64   `json:"max_ns"`
	// HDR is the histogram itself, as every HdrHistogram library writes and
	// reads it: compressed, encoding V2, in base64.
	HDR string `json:"hdr"`
}

// Quantiles returns the latency at each quantile, from 0 to 1, in ns.
func (l *Latency) Quantiles(qs ...float64) ([]float64, error) {
	h, err := hdrhistogram.Decode([]byte(l.HDR))
	if err != nil {
		return nil, fmt.Errorf("decode a histogram: %w", err)
	}
	values := make([]float64, 0, len(qs))
	for _, q := range qs {
		values = append(values, float64(h.ValueAtQuantile(100*q)))
	}
	return values, nil
}

// Merge returns the histograms of all samples as one, nil if none has any.
func Merge(samples []Sample) (*Latency, error) {
	r := NewRecorder()
	for _, s := range samples {
		if s.Latency == nil {
			continue
		}
		h, err := hdrhistogram.Decode([]byte(s.Latency.HDR))
		if err != nil {
			return nil, fmt.Errorf("decode the histogram of trial %d: %w", s.Trial, err)
		}
		r.beyond += r.h.Merge(h)
	}
	return r.Latency()
}
