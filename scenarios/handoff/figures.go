package handoff

import (
	"math"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/internal/core"
)

func latencyFigure(samples experiment.Samples) *report.Figure {
	lines := &report.Lines{
		X: report.Axis{Label: "payload, bytes", Log: true}, Y: report.Axis{Label: "one-way latency (p50), ns", Log: true},
	}
	for _, r := range allRows {
		lines.Series = append(lines.Series, series(r.name, r.of(samples, 0), core.P50))
	}
	return &report.Figure{
		Title:   "From publishing to having used a payload",
		Caption: "The shared memory's rows spin, the socket's block. Bars: 95% intervals over blocks.",
		Data:    dataName, Lines: lines,
	}
}

func bandwidthFigure(samples experiment.Samples) *report.Figure {
	in := touchedIn.of(samples, 0)
	own := map[int]map[int]float64{} // rates by block and size
	for _, s := range in {
		if own[s.Block] == nil {
			own[s.Block] = map[int]float64{}
		}
		own[s.Block][bytesOf(s)] = rate(ownFilledMetric)(s)
	}
	copiedShare := func(s experiment.Sample) float64 {
		if r, ok := own[s.Block][bytesOf(s)]; ok {
			return rate(touchMetric)(s) / r
		}
		return math.NaN()
	}
	return &report.Figure{
		Title:   "Touching all of a payload, against own memory that another core has filled",
		Caption: "1: a payload of another process is touched as quickly as one of another thread.",
		Lines: &report.Lines{
			X: report.Axis{Label: "payload, bytes", Log: true}, Y: report.Axis{Label: "share of the rate over own memory"},
			Series: []report.Series{
				series("used in the hub", in, share), series("copied out first", copiedOut.of(samples, 0), copiedShare),
			},
		},
	}
}

// series estimates f at every size of the samples.
func series(name string, of experiment.Samples, f func(experiment.Sample) float64) report.Series {
	s := report.Series{Name: name}
	for _, n := range sizesOf(of) {
		core.AddPoint(&s, float64(n), experiment.Geomean(ofSize(of, n), f))
	}
	return s
}
