package render

import (
	"fmt"
	"image/color"
	"math"

	"github.com/copytax/copytax/internal/stats"
)

const (
	latencyPitch  = 36 // pixels from one row to the next
	densityHeight = 24
	perMicro      = 1e-3 // µs in a ns
)

// A quantile is a mark of the figure of latencies.
type quantile struct {
	name string
	mark shape
	of   func(stats.Arm) float64 // ns
}

func quantiles() []quantile {
	return []quantile{
		{"p50", circle, func(a stats.Arm) float64 { return a.Latency[stats.LatencyP50].Value }},
		{"p90", diamond, func(a stats.Arm) float64 { return a.LatencyP90.Value }},
		{"p99", square, func(a stats.Arm) float64 { return a.Latency[stats.LatencyP99].Value }},
		{"p99.9", triangle, func(a stats.Arm) float64 { return a.Latency[stats.LatencyP999].Value }},
		{"max", cross, func(a stats.Arm) float64 { return a.LatencyMax }},
	}
}

// latency draws a row an arm: the density of all its ticks, and its quantiles.
func (r *report) latency(c *chapter) (figure, bool) {
	arms := withLatency(c.measured())
	if len(arms) == 0 {
		return figure{}, false
	}
	l := newLayout(r.fonts, "Latency: "+c.label, "From the policy being published to the viewer having used the frame, µs, logarithmic",
		r.caption(fmt.Sprintf("Filled: density of the logarithm over all ticks of all blocks, each row to its own height, smoothed. Marks: means over blocks "+
			"of each trial's quantile; the cross is the largest of all ticks. A trial has %s ticks%s", fixed(float64(c.Config.Ticks), 0), tailNote(c.Config.Ticks)), c))
	body := legendRow + latencyPitch*float64(len(arms)) + axisRoom
	return figure{name: "latency-" + c.slug, height: l.height(body), draw: func(s *sheet) {
		l.draw(s)
		drawQuantileLegend(s, l.top)
		s.drawLatencies(arms, l.top+legendRow)
	}}, true
}

// tailNote warns of quantiles that a short trial cannot have.
func tailNote(ticks int) string {
	switch {
	case ticks < 100:
		return ": its p99 and p99.9 are its maximum."
	case ticks < 1000:
		return ": its p99.9 is its maximum."
	}
	return "."
}

func withLatency(arms []stats.Arm) []stats.Arm {
	var kept []stats.Arm
	for _, arm := range arms {
		if arm.Latency[stats.LatencyP50].Value > 0 {
			kept = append(kept, arm)
		}
	}
	return kept
}

func drawQuantileLegend(s *sheet, y float64) {
	x := float64(margin)
	for _, q := range quantiles() {
		s.mark(q.mark, hex(ink), x+6, y+8, 4, false)
		s.text(x+16, y+12.5, q.name, style{})
		x += 34 + s.fonts.width(q.name, style{})
	}
}

func (s *sheet) drawLatencies(arms []stats.Arm, top float64) {
	x0 := labelColumn(s.fonts, armLabels(arms)) + 10
	texts, widest := latencyTexts(s.fonts, arms)
	axis := latencyAxis(arms, x0, pageWidth-margin-widest-14)
	bottom := top + latencyPitch*float64(len(arms))
	for _, v := range s.ticks(axis) {
		s.line(hex(gridline), 1, nil, point{axis.at(v), top}, point{axis.at(v), bottom + 4})
		s.text(axis.at(v), bottom+18, axisNumber(v), style{size: smallSize, ink: hex(muted), align: 0.5})
	}
	s.text((axis.start+axis.end)/2, bottom+34, "latency, µs (logarithmic)", style{size: smallSize, ink: hex(muted), align: 0.5})
	s.text(pageWidth-margin, top-6, "p50 / p99, µs", style{size: smallSize, ink: hex(muted), align: 1})
	for i, arm := range arms {
		y := top + latencyPitch*float64(i+1) - 7
		s.text(x0-10, y, armLabel(arm.Name), style{align: 1})
		s.drawDensity(arm.Histogram, axis, y)
		s.drawQuantiles(arm, axis, y)
		s.text(pageWidth-margin, y, texts[i], style{align: 1})
	}
}

func latencyTexts(fonts *typeface, arms []stats.Arm) (texts []string, widest float64) {
	widest = 80
	for _, arm := range arms {
		text := number(arm.Latency[stats.LatencyP50].Value*perMicro) + " / " + number(arm.Latency[stats.LatencyP99].Value*perMicro)
		texts = append(texts, text)
		widest = max(widest, fonts.width(text, style{}))
	}
	return texts, widest
}

func latencyAxis(arms []stats.Arm, start, end float64) scale {
	lo, hi := math.Inf(1), 0.0
	for _, arm := range arms {
		for _, q := range quantiles() {
			if v := q.of(arm); v > 0 {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
		if len(arm.Histogram) > 0 {
			lo = min(lo, float64(max(1, arm.Histogram[0][0])))
		}
	}
	return logScale(lo*perMicro, hi*perMicro, start, end)
}

func (s *sheet) drawQuantiles(arm stats.Arm, axis scale, y float64) {
	low, high := axis.at(arm.Latency[stats.LatencyP50].Value*perMicro), 0.0
	for _, q := range quantiles() {
		if v := q.of(arm); v > 0 {
			high = max(high, axis.at(v*perMicro))
		}
	}
	s.line(hex(ink), 1, nil, point{low, y}, point{high, y})
	for _, q := range quantiles() {
		if v := q.of(arm); v > 0 {
			s.mark(q.mark, hex(ink), axis.at(v*perMicro), y, 4, false)
		}
	}
}

// drawDensity fills the smoothed density of a histogram over the line at y.
func (s *sheet) drawDensity(histogram [][2]int64, axis scale, y float64) {
	heights := density(histogram, axis)
	most := 0.0
	for _, h := range heights {
		most = max(most, h)
	}
	if most == 0 {
		return
	}
	outline := []point{{axis.start, y}}
	for i, h := range heights {
		outline = append(outline, point{axis.start + (float64(i)+0.5)*densityStep, y - densityHeight*h/most})
	}
	outline = append(outline, point{axis.end, y})
	fill := hex(sky)
	s.polygon(color.NRGBA{R: fill.R, G: fill.G, B: fill.B, A: 150}, outline...)
}

// densityStep is the width of a bin of the density, in pixels.
const densityStep = 3.0

// density returns the counts of bins that are equally wide on the axis, spread
// over the neighbours with the weights of a binomial so that the buckets of
// the histogram, which are 1% wide, leave no comb.
func density(histogram [][2]int64, axis scale) []float64 {
	bins := make([]float64, int((axis.end-axis.start)/densityStep))
	weights := []float64{1, 6, 15, 20, 15, 6, 1}
	for _, bucket := range histogram {
		v := axis.clamp(float64(bucket[0]) * perMicro)
		middle := int((axis.at(v) - axis.start) / densityStep)
		for i, w := range weights {
			if bin := middle + i - len(weights)/2; bin >= 0 && bin < len(bins) {
				bins[bin] += w * float64(bucket[1])
			}
		}
	}
	return bins
}
