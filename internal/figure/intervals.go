package figure

import (
	"math"

	"github.com/copytax/copytax/experiment/report"
)

const (
	dotPitch  = 26 // pixels from one row to the next
	panelHead = 40 // for the name and the formula of a panel
	panelGap  = 16
)

// intervals is a plot of panels side by side.
type intervals struct{ *report.Intervals }

func (p intervals) height(*typeface) float64 { return panelHead + dotPitch*float64(len(p.Rows)) + 24 }

func (p intervals) draw(s *sheet, top float64) {
	top += panelHead
	left := s.fonts.labelColumn(p.Rows) + 10
	for i, label := range p.Rows {
		s.text(left-10, rowMiddle(top, i)+4.5, label, style{align: 1})
	}
	width := (pageWidth - margin - left + panelGap) / float64(len(p.Panels))
	for i, of := range p.Panels {
		panel{of}.draw(s, left+width*float64(i), width-panelGap, top)
	}
}

func rowMiddle(top float64, i int) float64 { return top + dotPitch*(float64(i)+0.5) }

type panel struct{ report.Panel }

// draw draws one panel: a plot, and a column of values at its right.
func (p panel) draw(s *sheet, x, width, top float64) {
	var texts []string
	for _, d := range p.Dots {
		texts = append(texts, d.Text)
	}
	axis := p.axis(x+4, x+width-s.fonts.widest(texts, quiet(0))-16)
	bottom := top + dotPitch*float64(len(p.Dots))
	s.text(x, top-24, p.Name, style{bold: true})
	s.text(x, top-9, p.Formula, quiet(0))
	p.drawGrid(s, axis, top, bottom)
	for i, d := range p.Dots {
		s.drawDot(d, axis, x+width, rowMiddle(top, i))
	}
}

// axis covers all intervals and the floor in percent, but nothing below −100: a
// tax has no lower bound, and one extreme row would squeeze all others.
func (p panel) axis(start, end float64) scale {
	ends := []float64{-100*p.Floor - 1}
	for _, d := range p.Dots {
		ends = append(ends, 100*d.Value-3, 100*d.Low-2)
	}
	lo := -2.0
	for _, end := range ends {
		if end < lo { // NaN is not
			lo = end
		}
	}
	return scale{lo: max(lo, -100), hi: 100, start: start, end: end}
}

func (p panel) drawGrid(s *sheet, axis scale, top, bottom float64) {
	if !math.IsNaN(p.Floor) {
		from, to := axis.at(axis.clamp(-100*p.Floor)), axis.at(axis.clamp(100*p.Floor))
		s.rect(shade, from, top, to-from, bottom-top)
	}
	for _, v := range s.fonts.across(axis, "", 5) {
		s.line(gridline, 1, nil, point{axis.at(v), top}, point{axis.at(v), bottom})
		s.text(axis.at(v), bottom+16, report.Plain(v), quiet(0.5))
	}
	s.line(muted, 1.2, nil, point{axis.at(0), top}, point{axis.at(0), bottom})
}

// drawDot draws one dot, its whisker, and its value with the right end at right.
func (s *sheet) drawDot(d report.Dot, axis scale, right, y float64) {
	none := math.IsNaN(d.Value)
	colour, text := report.Blue, ink
	if d.Hollow || none {
		colour, text = muted, muted
	}
	s.text(right, y+4, d.Text, style{size: smallSize, ink: text, align: 1})
	if none {
		return
	}
	if !math.IsNaN(d.Low) && !math.IsNaN(d.High) {
		s.line(colour, 1.6, nil, point{axis.at(axis.clamp(100 * d.Low)), y}, point{axis.at(axis.clamp(100 * d.High)), y})
		s.drawEnd(colour, 100*d.Low, axis, y)
		s.drawEnd(colour, 100*d.High, axis, y)
	}
	if v := 100 * d.Value; axis.clamp(v) == v {
		s.mark(circle, colour, axis.at(v), y, 3.4, d.Hollow)
	} else {
		s.drawEnd(colour, v, axis, y)
	}
}

// drawEnd draws the end of a whisker, or a triangle if it lies beyond the axis.
func (s *sheet) drawEnd(ink report.Colour, v float64, axis scale, y float64) {
	x := axis.at(axis.clamp(v))
	switch {
	case v < axis.lo:
		s.beyond(ink, point{x, y}, point{-1, 0})
	case v > axis.hi:
		s.beyond(ink, point{x, y}, point{1, 0})
	default:
		s.line(ink, 1.6, nil, point{x, y - 5}, point{x, y + 5})
	}
}
