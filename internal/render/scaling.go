package render

import (
	"math"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/stats"
)

const (
	scalingTop    = 22.0 // pixels above the plot, for the name of its axis
	scalingHeight = 430  // pixels of the plot
	labelPitch    = 16   // least distance of two labels
)

// A curve is the CPU of one arm over the number of boids.
type curve struct {
	name   string
	pen    pen
	boids  []float64
	cpu    []stats.Estimate // ns a tick
	shift  float64          // pixels to the right, so that whiskers at one N can be told apart
	labelY float64
}

// scaling draws CPU a tick against N, a line an arm, with its name at its end.
func (r *report) scaling(series []*chapter, slug, label string) figure {
	curves := curvesOf(series)
	l := newLayout(r.fonts, "What a tick costs as the world grows"+label, "CPU time a tick of all roles, µs, against the number of boids; both logarithmic",
		r.caption("Marks: means over blocks; whiskers: their intervals, where these are larger than the marks. The curves are shifted sideways by a few dots so that they can be told apart.", series...))
	body := scalingHeight + axisRoom + scalingTop
	return figure{name: "scaling" + slug, height: l.height(body), draw: func(s *sheet) {
		l.draw(s)
		s.drawCurves(curves, l.top+scalingTop, l.top+scalingTop+scalingHeight)
	}}
}

func curvesOf(series []*chapter) []curve {
	var curves []curve
	for _, c := range series {
		for _, arm := range c.measured() {
			i := slices.IndexFunc(curves, func(k curve) bool { return k.name == armLabel(arm.Name) })
			if i < 0 {
				i = len(curves)
				curves = append(curves, curve{name: armLabel(arm.Name), pen: penOf(i)})
			}
			curves[i].boids = append(curves[i].boids, float64(c.Config.Boids))
			curves[i].cpu = append(curves[i].cpu, arm.CPU)
		}
	}
	step := min(4, 16/float64(len(curves)))
	for i := range curves {
		curves[i].shift = step * (float64(i) - float64(len(curves)-1)/2)
	}
	return curves
}

func (s *sheet) drawCurves(curves []curve, top, bottom float64) {
	var names []string
	for _, k := range curves {
		names = append(names, k.name)
	}
	right := pageWidth - labelColumn(s.fonts, names) - 44
	x, y := scalingAxes(curves, 74, right, top, bottom)
	s.drawScalingGrid(curves, x, y)
	for _, k := range curves {
		s.drawCurve(k, x, y)
	}
	placeLabels(curves, y, top, bottom)
	for _, k := range curves {
		s.drawCurveLabel(k, x, y)
	}
}

func scalingAxes(curves []curve, left, right, top, bottom float64) (x, y scale) {
	loN, hiN, lo, hi := math.Inf(1), 0.0, math.Inf(1), 0.0
	for _, k := range curves {
		for i, e := range k.cpu {
			loN, hiN = min(loN, k.boids[i]), max(hiN, k.boids[i])
			lo, hi = min(lo, e.Value*perMicro), max(hi, e.Value*perMicro)
			if e.HasInterval() {
				hi = max(hi, e.High*perMicro)
			}
		}
	}
	return logScale(loN, hiN, left, right), logScale(lo, hi, bottom, top)
}

func (s *sheet) drawScalingGrid(curves []curve, x, y scale) {
	for _, v := range y.logTicks(12)[0] {
		s.line(hex(gridline), 1, nil, point{x.start, y.at(v)}, point{x.end, y.at(v)})
		s.text(x.start-8, y.at(v)+4, axisNumber(v), style{size: smallSize, ink: hex(muted), align: 1})
	}
	seen := map[float64]bool{}
	for _, k := range curves {
		for _, n := range k.boids {
			if seen[n] {
				continue
			}
			seen[n] = true
			s.line(hex(gridline), 1, nil, point{x.at(n), y.start}, point{x.at(n), y.end})
			s.text(x.at(n), y.start+18, axisNumber(n), style{size: smallSize, ink: hex(muted), align: 0.5})
		}
	}
	s.line(hex(muted), 1, nil, point{x.start, y.end}, point{x.start, y.start}, point{x.end, y.start})
	s.text((x.start+x.end)/2, y.start+36, "boids (logarithmic)", style{size: smallSize, ink: hex(muted), align: 0.5})
	s.text(margin, y.end-6, "CPU µs a tick", style{size: smallSize, ink: hex(muted)})
}

func (s *sheet) drawCurve(k curve, x, y scale) {
	var line []point
	for i, e := range k.cpu {
		at := point{x.at(k.boids[i]) + k.shift, y.at(e.Value * perMicro)}
		line = append(line, at)
		if e.HasInterval() {
			low := y.at(y.clamp(max(e.Low*perMicro, y.lo)))
			s.line(k.pen.ink, 1.2, nil, point{at.x, low}, point{at.x, y.at(e.High * perMicro)})
		}
	}
	if len(line) > 1 {
		s.line(k.pen.ink, 1.8, k.pen.dash, line...)
	}
	for _, at := range line {
		s.mark(k.pen.mark, k.pen.ink, at.x, at.y, 3.6, false)
	}
}

// placeLabels gives each label the height of its curve's end, pushed apart
// until none overlaps, in the order of the ends so that no two leaders cross.
func placeLabels(curves []curve, y scale, top, bottom float64) {
	order := make([]*curve, len(curves))
	for i := range curves {
		order[i] = &curves[i]
		curves[i].labelY = y.at(last(curves[i].cpu).Value * perMicro)
	}
	slices.SortStableFunc(order, func(a, b *curve) int {
		switch {
		case a.labelY < b.labelY:
			return -1
		case a.labelY > b.labelY:
			return 1
		}
		return 0
	})
	heights := make([]float64, len(order))
	for i, k := range order {
		heights[i] = k.labelY
	}
	for i, h := range spread(heights, labelPitch, top, bottom) {
		order[i].labelY = h
	}
}

// spread moves sorted heights as little as it can so that neighbours are pitch
// apart and all lie between top and bottom, room permitting.
func spread(heights []float64, pitch, top, bottom float64) []float64 {
	type cluster struct {
		sum float64 // of the first members' wanted positions
		n   int
	}
	start := func(c cluster) float64 {
		room := float64(c.n-1) * pitch
		return max(top, min(c.sum/float64(c.n), bottom-room))
	}
	var clusters []cluster
	for _, h := range heights {
		clusters = append(clusters, cluster{h, 1})
		for n := len(clusters); n > 1; n = len(clusters) {
			a, b := clusters[n-2], clusters[n-1]
			if start(a)+float64(a.n)*pitch <= start(b) {
				break
			}
			// b's members want to lie a.n pitches behind a's first one.
			merged := cluster{a.sum + b.sum - float64(b.n*a.n)*pitch, a.n + b.n}
			clusters = append(clusters[:n-2], merged)
		}
	}
	var placed []float64
	for _, c := range clusters {
		for i := range c.n {
			placed = append(placed, start(c)+float64(i)*pitch)
		}
	}
	return placed
}

func (s *sheet) drawCurveLabel(k curve, x, y scale) {
	end := point{x.at(last(k.boids)) + k.shift, y.at(last(k.cpu).Value * perMicro)}
	mark := point{x.end + 30, k.labelY}
	s.line(hex(leader), 0.8, nil, point{end.x + 6, end.y}, point{x.end + 4, end.y}, point{mark.x - 7, mark.y})
	s.mark(k.pen.mark, k.pen.ink, mark.x, mark.y, 3.6, false)
	s.text(mark.x+8, mark.y+4.5, k.name, style{})
}

func last[T any](s []T) T { return s[len(s)-1] }

// sameWorld reports whether two configs differ in nothing but size and length.
func sameWorld(a, b copytax.Config) bool { return a.Neighbours == b.Neighbours && a.Mode == b.Mode }
