package bench

import (
	"fmt"
	"math"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/copytax/copytax/internal/store"
)

const (
	histogramDigits = 2            // significant decimal digits of a bucket
	histogramMax    = int64(600e9) // ns; a tick of ten minutes
)

// newLatency joins the times at which policies were published with those at
// which their frames had been used, both in ns and by tick.
func newLatency(published, used []int64) (*store.Latency, error) {
	if len(published) == 0 || len(published) != len(used) {
		return nil, fmt.Errorf("%d policies published, %d frames used: want the same, above 0", len(published), len(used))
	}
	ns := make([]int64, len(published))
	h := hdrhistogram.New(1, histogramMax, histogramDigits)
	sum := 0.0
	for i := range ns {
		ns[i] = used[i] - published[i]
		if published[i] == 0 || ns[i] <= 0 {
			return nil, fmt.Errorf("tick %d of the window: published at %d ns, used at %d ns", i, published[i], used[i])
		}
		if err := h.RecordValue(ns[i]); err != nil {
			return nil, fmt.Errorf("tick %d of the window: latency of %d ns: %w", i, ns[i], err)
		}
		sum += float64(ns[i])
	}
	slices.Sort(ns)
	l := &store.Latency{
		Count: int64(len(ns)), MeanNS: sum / float64(len(ns)), MinNS: ns[0], MaxNS: ns[len(ns)-1],
		P50NS: rank(ns, 0.5), P90NS: rank(ns, 0.9), P99NS: rank(ns, 0.99), P999NS: rank(ns, 0.999),
	}
	for _, bar := range h.Distribution() {
		if bar.Count > 0 {
			l.Histogram = append(l.Histogram, [2]int64{bar.To, bar.Count})
		}
	}
	return l, nil
}

// rank returns the q-quantile of sorted values by the nearest-rank method.
func rank(sorted []int64, q float64) int64 {
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[max(i, 0)]
}
