package handoff

import (
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/internal/core"
)

func latencyFigure(samples experiment.Samples) *report.Figure {
	lines := &report.Lines{
		X: report.Axis{Label: "payload, bytes", Log: true}, Y: report.Axis{Label: "one-way latency (p50), ns", Log: true},
	}
	for _, r := range allRows {
		lines.Series = append(lines.Series, core.Series(r.name, r.of(samples, 0), bytesFactor, core.P50))
	}
	return &report.Figure{
		Title:   "From publishing to having used a payload",
		Caption: "The shared memory's rows spin, the socket's block. Bars: 95% intervals over blocks.",
		Data:    dataName, Lines: lines,
	}
}

func bandwidthFigure(samples experiment.Samples) *report.Figure {
	in := touchedIn.of(samples, 0)
	copiedShare := quotient(rate(touchMetric), beside(in, bytesFactor, rate(ownFilledMetric)))
	return &report.Figure{
		Title:   "Touching all of a payload, against own memory that another core has filled",
		Caption: "1: a payload of another process is touched as quickly as one of another thread.",
		Lines: &report.Lines{
			X: report.Axis{Label: "payload, bytes", Log: true}, Y: report.Axis{Label: "share of the rate over own memory"},
			Series: []report.Series{
				core.Series("used in the hub", in, bytesFactor, share),
				core.Series("copied out first", copiedOut.of(samples, 0), bytesFactor, copiedShare),
			},
		},
	}
}
