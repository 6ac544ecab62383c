package figure

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/copytax/copytax/experiment/report"
)

const (
	linesTop    = 26.0 // pixels above the plot, for the name of its axis
	linesHeight = 360  // pixels of the plot
	linesTall   = 430
	labelPitch  = 16 // least distance of two labels
	crowded     = 24 // points of a series that leave no room for marks
	fewColumns  = 16 // points along the axis that each get a line, as sizes do
)

// guide is the dash of a line that is no curve.
var guide = []vg.Length{1 * pixel, 4 * pixel}

// lines is a plot of series. Its series have nothing but points that can be
// drawn, at least one each.
type lines struct {
	report.Lines
	lo, hi float64 // ends of the values to be shown
	isCut  bool    // an interval goes on beyond them
}

// newLines leaves out what cannot be drawn, and chooses what the vertical axis
// shows: all values, and on a logarithmic one those ends of intervals that lie
// within a decade of these.
func newLines(from *report.Lines) *lines {
	p := &lines{Lines: *from, lo: math.Inf(1), hi: math.Inf(-1)}
	p.Series = nil
	for _, s := range from.Series {
		if s = drawable(s, from.X.Log, from.Y.Log); len(s.X) > 0 {
			p.Series = append(p.Series, s)
			p.lo, p.hi = min(p.lo, slices.Min(s.Y)), max(p.hi, slices.Max(s.Y))
		}
	}
	least, most := math.Inf(-1), math.Inf(1)
	if p.Y.Log {
		least, most = p.lo/10, p.hi*10
	}
	for _, s := range p.Series {
		for _, v := range slices.Concat(s.Low, s.High) {
			switch {
			case v < least || v > most:
				p.isCut = true
			case !math.IsNaN(v):
				p.lo, p.hi = min(p.lo, v), max(p.hi, v)
			}
		}
	}
	return p
}

// drawable returns a series without points that cannot be drawn.
func drawable(from report.Series, logX, logY bool) report.Series {
	fits := func(v float64, log bool) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) && (v > 0 || !log) }
	to := report.Series{Name: from.Name}
	for i := range from.X {
		if !fits(from.X[i], logX) || !fits(from.Y[i], logY) {
			continue
		}
		to.X, to.Y = append(to.X, from.X[i]), append(to.Y, from.Y[i])
		if len(from.Low) > 0 {
			to.Low, to.High = append(to.Low, from.Low[i]), append(to.High, from.High[i])
		}
	}
	return to
}

func (p *lines) room() float64 {
	if p.Tall {
		return linesTall
	}
	return linesHeight
}

func (p *lines) height(*typeface) float64 { return linesTop + p.room() + axisRoom }

func (p *lines) draw(s *sheet, top float64) {
	if len(p.Series) == 0 {
		s.text(margin, top+linesTop, "There is nothing to draw.", style{ink: muted})
		return
	}
	top += linesTop
	x, y := p.scales(s.fonts, top, top+p.room())
	p.drawGrid(s, x, y)
	heights := p.labelHeights(y)
	for i := range p.Series {
		p.drawSeries(s, i, x, y, heights[i])
	}
}

// scales returns the axes, with room for the numbers at the left and for the
// names of the series at the right.
func (p *lines) scales(fonts *typeface, top, bottom float64) (x, y scale) {
	var names []string
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range p.Series {
		names = append(names, s.Name)
		lo, hi = min(lo, slices.Min(s.X)), max(hi, slices.Max(s.X))
	}
	y = axisOf(p.Y, p.lo, p.hi, bottom, top)
	left := 84.0
	for _, v := range upwards(y) {
		left = max(left, margin+fonts.width(quantity(p.Y.Label, v), quiet(0))+12)
	}
	return axisOf(p.X, lo, hi, left, pageWidth-fonts.labelColumn(names)-44), y
}

// axisOf returns a scale that holds lo to hi; a linear one starts at zero.
func axisOf(a report.Axis, lo, hi, start, end float64) scale {
	if a.Log {
		return logScale(lo, hi, start, end)
	}
	lo = min(lo, 0)
	return scale{lo: lo, hi: lo + max(hi-lo, 1e-9)*1.05, start: start, end: end}
}

// labelHeights gives each name the height of its line's end, pushed apart until
// none overlaps.
func (p *lines) labelHeights(y scale) []float64 {
	var ends []float64
	for _, s := range p.Series {
		ends = append(ends, y.at(last(s.Y)))
	}
	return spread(ends, labelPitch, y.end, y.start)
}

func (p *lines) drawGrid(s *sheet, x, y scale) {
	for _, v := range upwards(y) {
		s.line(gridline, 1, nil, point{x.start, y.at(v)}, point{x.end, y.at(v)})
		s.text(x.start-8, y.at(v)+4, quantity(p.Y.Label, v), quiet(1))
	}
	edge := math.Inf(-1)
	for _, v := range p.columns(s.fonts, x) {
		s.line(gridline, 1, nil, point{x.at(v), y.start}, point{x.at(v), y.end})
		text := quantity(p.X.Label, v)
		half := s.fonts.width(text, quiet(0)) / 2
		if x.at(v)-half < edge+8 {
			continue // its line is enough
		}
		edge = x.at(v) + half
		s.text(x.at(v), y.start+18, text, quiet(0.5))
	}
	s.line(muted, 1, nil, point{x.start, y.end}, point{x.start, y.start}, point{x.end, y.start})
	s.text((x.start+x.end)/2, y.start+36, axisName(p.X.Label, p.X.Log), quiet(0.5))
	s.text(margin, y.end-11, axisName(p.Y.Label, p.Y.Log), quiet(0))
}

// columns returns where the vertical lines are: at the points themselves if
// these are few, as sizes and counts are.
func (p *lines) columns(fonts *typeface, x scale) []float64 {
	var all []float64
	for _, s := range p.Series {
		all = append(all, s.X...)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) <= fewColumns {
		return all
	}
	return fonts.across(x, p.X.Label, 10)
}

// drawSeries draws the i-th series, and its name at a height.
func (p *lines) drawSeries(s *sheet, i int, x, y scale, labelY float64) {
	series, pen := p.Series[i], penOf(i)
	shift := p.shift(i)
	var line []point
	for k := range series.X {
		at := point{x.at(series.X[k]) + shift, y.at(series.Y[k])}
		line = append(line, at)
		if len(series.Low) > 0 && !math.IsNaN(series.Low[k]) && !math.IsNaN(series.High[k]) {
			s.drawWhisker(pen.ink, at.x, series.Low[k], series.High[k], y)
		}
	}
	switch {
	case len(line) < 2:
	case p.Guides:
		s.line(pen.ink, 0.9, guide, line...)
	default:
		s.line(pen.ink, 1.8, pen.dash, line...)
	}
	if len(line) <= crowded {
		for _, at := range line {
			s.mark(pen.mark, pen.ink, at.x, at.y, 3.5, false)
		}
	}
	end, mark := last(line), point{x.end + 30, labelY}
	s.line(leader, 0.8, nil, point{end.x + 6, end.y}, point{x.end + 4, end.y}, point{mark.x - 7, mark.y})
	s.mark(pen.mark, pen.ink, mark.x, mark.y, 3.5, false)
	s.text(mark.x+8, mark.y+4.5, series.Name, style{})
}

// shift returns how far to the right the i-th series is drawn of where it is, in
// pixels.
func (p *lines) shift(i int) float64 {
	if !p.Apart {
		return 0
	}
	return min(4, 16/float64(len(p.Series))) * (float64(i) - float64(len(p.Series)-1)/2)
}

// drawWhisker draws an interval, with a triangle where it is cut.
func (s *sheet) drawWhisker(ink report.Colour, x, low, high float64, y scale) {
	s.line(ink, 1.2, nil, point{x, y.at(y.clamp(low))}, point{x, y.at(y.clamp(high))})
	if low < y.lo {
		s.beyond(ink, point{x, y.start}, point{0, 1})
	}
	if high > y.hi {
		s.beyond(ink, point{x, y.end}, point{0, -1})
	}
}

// spread moves heights as little as it can so that neighbours are pitch apart and
// all lie between top and bottom, room permitting. It keeps their order, so that no
// two leaders cross.
func spread(heights []float64, pitch, top, bottom float64) []float64 {
	type cluster struct {
		sum     float64 // of the first members' wanted positions
		members []int
	}
	size := func(c cluster) float64 { return float64(len(c.members)) }
	start := func(c cluster) float64 { return max(top, min(c.sum/size(c), bottom-(size(c)-1)*pitch)) }
	var clusters []cluster
	for _, i := range ascending(heights) {
		clusters = append(clusters, cluster{heights[i], []int{i}})
		for n := len(clusters); n > 1; n = len(clusters) {
			a, b := clusters[n-2], clusters[n-1]
			if start(a)+size(a)*pitch <= start(b) {
				break
			}
			// b's members want to lie a's size in pitches behind a's first one.
			merged := cluster{a.sum + b.sum - size(b)*size(a)*pitch, slices.Concat(a.members, b.members)}
			clusters = append(clusters[:n-2], merged)
		}
	}
	placed := make([]float64, len(heights))
	for _, c := range clusters {
		for k, i := range c.members {
			placed[i] = start(c) + float64(k)*pitch
		}
	}
	return placed
}

// ascending returns the indices of values in the order of these.
func ascending(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return order
}

func last[T any](s []T) T { return s[len(s)-1] }
