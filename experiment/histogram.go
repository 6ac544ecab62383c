package experiment

import (
	"fmt"
	"math"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Histogram summarizes a distribution, in the unit that ends its name. The
// percentiles are exact order statistics where they come from a [Series], and
// those of the histogram where they come from a [Recorder].
type Histogram struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	Min   int64   `json:"min"`
	P50   int64   `json:"p50"`
	P90   int64   `json:"p90"`
	P99   int64   `json:"p99"`
	P999  int64   `json:"p999"`
	Max   int64   `json:"max"`
	// HDR is the histogram itself, as every HdrHistogram library writes and reads
	// it: compressed, encoding V2, in base64.
	HDR string `json:"hdr"`
}

const (
	recorderDigits = 3            // significant decimal digits of a Recorder's histogram
	recorderMax    = int64(100e9) // ns that it can hold
	seriesDigits   = 2            // of a Series', which is there to be drawn
	// seriesMax is a century and more. At a rate that is too high for an arm each tick
	// is later than the one before, and nothing but the trial's end bounds that. The
	// array takes 56 KiB. What is encoded ends at the largest value.
	seriesMax = int64(math.MaxInt64 / 2)
)

// A Recorder counts latencies in an HDR histogram of three significant digits.
// It belongs to one goroutine; Record allocates nothing.
type Recorder struct {
	h      *hdrhistogram.Histogram
	beyond int64 // values that the histogram cannot hold
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder { return &Recorder{h: hdrhistogram.New(1, recorderMax, recorderDigits)} }

// Record counts one latency in ns. One that is not above zero means that two
// clocks disagree; it is counted as one nanosecond only if it is zero, the
// clock's resolution, and else makes Histogram fail, as does one above 100 s.
func (r *Recorder) Record(ns int64) { r.RecordTimes(ns, 1) }

// RecordTimes counts one latency several times.
func (r *Recorder) RecordTimes(ns, times int64) {
	if ns == 0 {
		ns = 1
	}
	if ns < 0 || r.h.RecordValues(ns, times) != nil {
		r.beyond += times
	}
}

// Count returns how many latencies have been recorded.
func (r *Recorder) Count() int64 { return r.h.TotalCount() }

// Histogram summarizes what was recorded, nil and no error if that is nothing.
func (r *Recorder) Histogram() (*Histogram, error) {
	if r.beyond > 0 {
		return nil, fmt.Errorf("%d of %d latencies were negative or above 100 s", r.beyond, r.beyond+r.Count())
	}
	if r.Count() == 0 {
		return nil, nil
	}
	return fromHDR(r.h)
}

func fromHDR(h *hdrhistogram.Histogram) (*Histogram, error) {
	encoded, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, fmt.Errorf("encode the histogram: %w", err)
	}
	return &Histogram{
		Count: h.TotalCount(), Mean: h.Mean(), Min: h.Min(), Max: h.Max(),
		P50: h.ValueAtQuantile(50), P90: h.ValueAtQuantile(90),
		P99: h.ValueAtQuantile(99), P999: h.ValueAtQuantile(99.9),
		HDR: string(encoded),
	}, nil
}

// FromSeries summarizes positive values, of which there is at least one, by their
// exact order statistics. The histogram beside them has two significant digits.
// The values are sorted in place.
func FromSeries(ns []int64) (*Histogram, error) {
	h := hdrhistogram.New(1, seriesMax, seriesDigits)
	sum := 0.0
	for i, v := range ns {
		if v <= 0 {
			return nil, fmt.Errorf("value %d of the series is %d ns: want more than 0", i, v)
		}
		if err := h.RecordValue(v); err != nil {
			return nil, fmt.Errorf("value %d of the series, %d ns: %w", i, v, err)
		}
		sum += float64(v)
	}
	if len(ns) == 0 {
		return nil, fmt.Errorf("no value in the series")
	}
	slices.Sort(ns)
	out, err := fromHDR(h)
	if err != nil {
		return nil, err
	}
	out.Mean, out.Min, out.Max = sum/float64(len(ns)), ns[0], ns[len(ns)-1]
	out.P50, out.P90, out.P99, out.P999 = rank(ns, 0.5), rank(ns, 0.9), rank(ns, 0.99), rank(ns, 0.999)
	return out, nil
}

// rank returns the q-quantile of sorted values by the nearest-rank method.
func rank(sorted []int64, q float64) int64 {
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[max(i, 0)]
}

// Decode returns the histogram itself.
func (l *Histogram) Decode() (*hdrhistogram.Histogram, error) {
	h, err := hdrhistogram.Decode([]byte(l.HDR))
	if err != nil {
		return nil, fmt.Errorf("decode a histogram: %w", err)
	}
	return h, nil
}

// Same reports whether both have the same numbers. The encoding of a histogram is
// compressed, and may differ from one version of Go to the next.
func (l *Histogram) Same(other *Histogram) (bool, error) {
	a, b := *l, *other
	a.HDR, b.HDR = "", ""
	if a != b {
		return false, nil
	}
	ours, err := l.Decode()
	if err != nil {
		return false, err
	}
	theirs, err := other.Decode()
	if err != nil {
		return false, err
	}
	return slices.Equal(ours.Distribution(), theirs.Distribution()), nil
}

// Quantiles returns the value at each quantile, from 0 to 1.
func (l *Histogram) Quantiles(qs ...float64) ([]float64, error) {
	h, err := l.Decode()
	if err != nil {
		return nil, err
	}
	values := make([]float64, 0, len(qs))
	for _, q := range qs {
		values = append(values, float64(h.ValueAtQuantile(100*q)))
	}
	return values, nil
}

// Merge returns the histograms of all samples of one name as one, nil if none has
// any. The first one decides its resolution, the one that reaches furthest its range.
func Merge(samples Samples, name string) (*Histogram, error) {
	var all *hdrhistogram.Histogram
	for _, s := range samples {
		if s.Histograms[name] == nil {
			continue
		}
		h, err := s.Histograms[name].Decode()
		if err != nil {
			return nil, fmt.Errorf("%s of trial %d: %w", name, s.Trial, err)
		}
		if all == nil {
			all = h
			continue
		}
		if h.HighestTrackableValue() > all.HighestTrackableValue() {
			all = reaching(all, h.HighestTrackableValue())
		}
		if dropped := all.Merge(h); dropped > 0 {
			return nil, fmt.Errorf("%s of trial %d: %d values do not fit", name, s.Trial, dropped)
		}
	}
	if all == nil {
		return nil, nil
	}
	return fromHDR(all)
}

// reaching returns a histogram with the counts of h that can hold values up to most.
func reaching(h *hdrhistogram.Histogram, most int64) *hdrhistogram.Histogram {
	wide := hdrhistogram.New(h.LowestTrackableValue(), most, int(h.SignificantFigures()))
	wide.Merge(h) // of a smaller range: nothing is dropped
	return wide
}

// P50 returns the function that picks the median of a histogram, NaN where a
// sample has none.
func P50(name string) func(Sample) float64 { return statistic(name, "p50") }

// P99 is P50 for the 99th percentile.
func P99(name string) func(Sample) float64 { return statistic(name, "p99") }

func statistic(histogram, name string) func(Sample) float64 {
	return func(s Sample) float64 {
		if h := s.Histograms[histogram]; h != nil {
			return h.Statistics()[name]
		}
		return math.NaN()
	}
}

// Statistics returns the numbers of the summary by their names: count, mean, min,
// p50, p90, p99, p999, max.
func (l *Histogram) Statistics() map[string]float64 {
	return map[string]float64{
		"count": float64(l.Count), "mean": l.Mean, "min": float64(l.Min), "p50": float64(l.P50), "p90": float64(l.P90),
		"p99": float64(l.P99), "p999": float64(l.P999), "max": float64(l.Max),
	}
}
