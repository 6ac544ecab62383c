package render

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/copytax/copytax/gauge"
)

const gaugeHeight = 360 // pixels of the plot

// A gaugePlot is a curve of a gauge with its scales and the pens of its series.
type gaugePlot struct {
	gauge.Curve
	x, y   scale
	labels []float64 // heights of the series' names
}

// gaugeFigure draws a curve of a gauge, a line a series, with its name at its
// end.
func gaugeFigure(fonts *typeface, name string, c gauge.Curve) figure {
	c = finite(c)
	l := newLayout(fonts, c.Title, c.Y+", against "+c.X, c.Note)
	body := gaugeHeight + axisRoom + scalingTop
	return figure{name: name, height: l.height(body), draw: func(s *sheet) {
		l.draw(s)
		if len(c.Series) > 0 {
			s.drawGauge(c, l.top+scalingTop, l.top+scalingTop+gaugeHeight)
		}
	}}
}

// finite returns the curve without points that cannot be drawn, and without
// series that have no other.
func finite(c gauge.Curve) gauge.Curve {
	drawn := func(v float64, log bool) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) && (v > 0 || !log) }
	var series []gauge.Series
	for _, from := range c.Series {
		to := gauge.Series{Name: from.Name}
		for i := range from.X {
			if !drawn(from.X[i], c.LogX) || !drawn(from.Y[i], c.LogY) {
				continue
			}
			to.X, to.Y = append(to.X, from.X[i]), append(to.Y, from.Y[i])
			if len(from.Low) == len(from.X) && len(from.High) == len(from.X) {
				to.Low, to.High = append(to.Low, from.Low[i]), append(to.High, from.High[i])
			}
		}
		if len(to.X) > 0 {
			series = append(series, to)
		}
	}
	c.Series = series
	return c
}

func (s *sheet) drawGauge(c gauge.Curve, top, bottom float64) {
	var names []string
	for _, series := range c.Series {
		names = append(names, series.Name)
	}
	p := gaugePlot{Curve: c}
	right := pageWidth - labelColumn(s.fonts, names) - 44
	p.x = gaugeScale(c, c.LogX, 84, right, func(v gauge.Series) [][]float64 { return [][]float64{v.X} })
	p.y = gaugeScale(c, c.LogY, bottom, top, func(v gauge.Series) [][]float64 { return [][]float64{v.Y, v.Low, v.High} })
	p.placeNames(top, bottom)
	s.drawGaugeGrid(p)
	for i := range c.Series {
		s.drawSeries(p, i)
	}
}

// gaugeScale returns a scale that holds all values that pick gives of a series;
// a linear one starts at zero.
func gaugeScale(c gauge.Curve, log bool, start, end float64, pick func(gauge.Series) [][]float64) scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, series := range c.Series {
		for _, values := range pick(series) {
			for _, v := range values {
				if !math.IsNaN(v) && (v > 0 || !log) {
					lo, hi = min(lo, v), max(hi, v)
				}
			}
		}
	}
	if log {
		return logScale(lo, hi, start, end)
	}
	lo = min(lo, 0)
	return scale{lo: lo, hi: lo + max(hi-lo, 1e-9)*1.05, start: start, end: end}
}

func (p *gaugePlot) placeNames(top, bottom float64) {
	order := make([]int, len(p.Series))
	for i := range order {
		order[i] = i
	}
	end := func(i int) float64 { return p.y.at(last(p.Series[i].Y)) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(end(a), end(b)) })
	heights := make([]float64, len(order))
	for i, k := range order {
		heights[i] = end(k)
	}
	p.labels = make([]float64, len(order))
	for i, h := range spread(heights, labelPitch, top, bottom) {
		p.labels[order[i]] = h
	}
}

func (s *sheet) drawGaugeGrid(p gaugePlot) {
	for _, v := range gaugeTicks(p.y, 12) {
		s.line(hex(gridline), 1, nil, point{p.x.start, p.y.at(v)}, point{p.x.end, p.y.at(v)})
		s.text(p.x.start-8, p.y.at(v)+4, quantity(p.Y, v), style{size: smallSize, ink: hex(muted), align: 1})
	}
	edge := math.Inf(-1)
	for _, v := range p.columns() {
		text := quantity(p.X, v)
		s.line(hex(gridline), 1, nil, point{p.x.at(v), p.y.start}, point{p.x.at(v), p.y.end})
		half := s.fonts.width(text, style{size: smallSize}) / 2
		if p.x.at(v)-half < edge+8 {
			continue // its line is enough
		}
		edge = p.x.at(v) + half
		s.text(p.x.at(v), p.y.start+18, text, style{size: smallSize, ink: hex(muted), align: 0.5})
	}
	s.line(hex(muted), 1, nil, point{p.x.start, p.y.end}, point{p.x.start, p.y.start}, point{p.x.end, p.y.start})
	s.text((p.x.start+p.x.end)/2, p.y.start+36, axisName(p.X, p.LogX), style{size: smallSize, ink: hex(muted), align: 0.5})
	s.text(margin, p.y.end-6, axisName(p.Y, p.LogY), style{size: smallSize, ink: hex(muted)})
}

// columns returns where the vertical lines are: at the points themselves if
// these are few, as sizes and counts are.
func (p *gaugePlot) columns() []float64 {
	const few = 16
	var all []float64
	for _, series := range p.Series {
		all = append(all, series.X...)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) <= few {
		return all
	}
	return gaugeTicks(p.x, 10)
}

func gaugeTicks(axis scale, most int) []float64 {
	if axis.log {
		return axis.logTicks(most)[0]
	}
	return axis.linearTicks(most)
}

func axisName(name string, log bool) string {
	if log {
		return name + " (logarithmic)"
	}
	return name
}

// quantity formats a number of an axis by the unit that ends the axis's name.
func quantity(axis string, v float64) string {
	switch {
	case strings.HasSuffix(axis, ", ns"):
		return trimUnit(gauge.FormatNS(v))
	case strings.HasSuffix(axis, ", bytes") && v == math.Trunc(v):
		return gauge.FormatBytes(int(v))
	}
	return axisNumber(v)
}

// trimUnit takes the needless zeros out of "1.00 µs".
func trimUnit(s string) string {
	number, unit, _ := strings.Cut(s, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number + " " + unit
}

func (s *sheet) drawSeries(p gaugePlot, i int) {
	series, pen := p.Series[i], penOf(i)
	var line []point
	for k := range series.X {
		at := point{p.x.at(series.X[k]), p.y.at(series.Y[k])}
		line = append(line, at)
		if len(series.Low) > 0 && !math.IsNaN(series.Low[k]) && !math.IsNaN(series.High[k]) {
			low, high := p.y.at(p.y.clamp(series.Low[k])), p.y.at(p.y.clamp(series.High[k]))
			s.line(pen.ink, 1.2, nil, point{at.x, low}, point{at.x, high})
		}
	}
	if len(line) > 1 {
		s.line(pen.ink, 1.8, pen.dash, line...)
	}
	const crowded = 24 // points that leave no room for marks
	if len(line) <= crowded {
		for _, at := range line {
			s.mark(pen.mark, pen.ink, at.x, at.y, 3.4, false)
		}
	}
	end, mark := last(line), point{p.x.end + 30, p.labels[i]}
	s.line(hex(leader), 0.8, nil, point{end.x + 6, end.y}, point{p.x.end + 4, end.y}, point{mark.x - 7, mark.y})
	s.mark(pen.mark, pen.ink, mark.x, mark.y, 3.4, false)
	s.text(mark.x+8, mark.y+4.5, series.Name, style{})
}
