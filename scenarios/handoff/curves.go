package handoff

import (
	"math"

	"github.com/copytax/copytax/gauge"
)

func latencyCurve(samples []gauge.Sample) gauge.Curve {
	c := gauge.Curve{
		Title: "From publishing to having used a payload", X: "payload, bytes", Y: "one-way latency (p50), ns",
		LogX: true, LogY: true,
		Note: "The shared memory's rows spin, the socket's block. Bars: 95% intervals over blocks.",
	}
	for _, r := range allRows {
		c.Series = append(c.Series, series(r.name, r.of(samples, 0), gauge.P50NS))
	}
	return c
}

func bandwidthCurve(samples []gauge.Sample) gauge.Curve {
	c := gauge.Curve{
		Title: "Touching all of a payload, against own memory that another core has filled",
		X:     "payload, bytes", Y: "share of the rate over own memory", LogX: true,
		Note: "1: a payload of another process is touched as quickly as one of another thread.",
	}
	in := touchedIn.of(samples, 0)
	c.Series = append(c.Series, series("used in the hub", in, share))
	own := map[int]map[int]float64{} // rates by block and size
	for _, s := range in {
		if own[s.Block] == nil {
			own[s.Block] = map[int]float64{}
		}
		own[s.Block][bytesOf(s)] = rate(ownFilledValue)(s)
	}
	c.Series = append(c.Series, series("copied out first", copiedOut.of(samples, 0), func(s gauge.Sample) float64 {
		if r, ok := own[s.Block][bytesOf(s)]; ok {
			return rate(touchValue)(s) / r
		}
		return math.NaN()
	}))
	return c
}

// series estimates f at every size of the samples.
func series(name string, of []gauge.Sample, f func(gauge.Sample) float64) gauge.Series {
	s := gauge.Series{Name: name}
	for _, n := range sizesOf(of) {
		var here []gauge.Sample
		for _, x := range of {
			if bytesOf(x) == n {
				here = append(here, x)
			}
		}
		e := gauge.Geomean(here, f)
		if math.IsNaN(e.Value) {
			continue
		}
		if !e.HasInterval() {
			e.Low, e.High = e.Value, e.Value // a single block: a point
		}
		s.X, s.Y = append(s.X, float64(n)), append(s.Y, e.Value)
		s.Low, s.High = append(s.Low, e.Low), append(s.High, e.High)
	}
	return s
}
