package kernel

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
)

const (
	headRoom  = 62 // pixels that title and subtitle take
	legendRow = 26
	barPitch  = 30 // from one bar to the next
	barHeight = 22
	axisRoom  = 44 // numbers and label below the axis
	lineSpace = 15 // between the lines of a caption
)

// A part is one colour of a bar.
type part struct {
	name string
	ink  color.NRGBA
	of   func(Row) float64
}

// parts lists the parts of a step, in colours that readers with any common
// colour blindness tell apart: those of Okabe and Ito, as in all figures.
func parts() []part {
	return []part{
		{"sort", rgb(0xE69F00), func(r Row) float64 { return r.Sort.Value }},
		{"force", rgb(0x0072B2), func(r Row) float64 { return r.Force.Value }},
		{"integration", rgb(0x009E73), func(r Row) float64 { return r.Integrate.Value }},
	}
}

// A figure is a world's table as stacked bars.
type figure struct {
	table   Table
	fonts   *font.Cache
	caption []string
}

// newFigure draws the world that says most: 100,000 boids with 8 neighbours, or
// else the first with the most back ends. It returns false when there is none.
func (r *Results) newFigure(a *Analysis) (figure, bool) {
	best := -1
	for i, t := range a.Worlds {
		if len(t.Rows) == 0 {
			continue
		}
		if t.Name == "3d-8-100k" {
			best = i
			break
		}
		if best < 0 || len(t.Rows) > len(a.Worlds[best].Rows) {
			best = i
		}
	}
	if best < 0 {
		return figure{}, false
	}
	f := figure{table: a.Worlds[best], fonts: font.NewCache(liberation.Collection())}
	text := fmt.Sprintf("Means over n = %d rounds; the number is the geometric mean of the whole step with its 95%% interval. "+
		"A tick that renumbers the boids, one in 60, is not timed. %s.", len(f.table.Rounds), r.machine())
	f.caption = wrap(f.fonts, text, captionStyle(), pageWidth-2*margin)
	return f, true
}

func captionStyle() style { return style{size: smallSize, ink: rgb(muted)} }

func (f figure) height() float64 {
	return headRoom + legendRow + barPitch*float64(len(f.table.Rows)) + axisRoom + lineSpace*float64(len(f.caption)) + margin
}

// svg returns the figure as a document.
func (f figure) svg() ([]byte, error) { return svg(f.height(), f.draw) }

func (f figure) draw(s *sheet) {
	s.text(margin, 26, "What a boid costs: "+worldTitle(f.table.Measured), style{size: titleSize, bold: true})
	s.text(margin, 46, "Nanoseconds a boid and step, by back end; shorter is faster", style{ink: rgb(muted)})
	x := float64(margin)
	for _, p := range parts() {
		s.rect(p.ink, x, headRoom, 14, 14)
		s.text(x+19, headRoom+12, p.name, style{})
		x += 19 + textWidth(s.fonts, p.name, style{}) + 16
	}
	f.drawBars(s, headRoom+legendRow)
	y := s.height - margin - lineSpace*float64(len(f.caption)-1)
	for i, line := range f.caption {
		s.text(margin, y+lineSpace*float64(i), line, captionStyle())
	}
}

func (f figure) drawBars(s *sheet, top float64) {
	left, right, longest := f.axis(s)
	at := func(ns float64) float64 { return left + ns/longest*(right-left) }
	bottom := top + barPitch*float64(len(f.table.Rows))
	for ns, step := 0.0, roundStep(longest/8); ns <= longest; ns += step {
		s.line(rgb(gridline), 1, at(ns), top, bottom+4)
		s.text(at(ns), bottom+18, fixed(ns, max(0, decimals(step)-2)), style{size: smallSize, ink: rgb(muted), align: 0.5})
	}
	s.text((left+right)/2, bottom+34, "ns a boid", style{size: smallSize, ink: rgb(muted), align: 0.5})
	for i, row := range f.table.Rows {
		y := top + barPitch*float64(i) + (barPitch-barHeight)/2
		s.text(left-10, y+barHeight-6, row.Backend.Name, style{align: 1})
		end := left
		for _, p := range parts() {
			if ns := p.of(row); ns > 0 {
				w := at(ns) - left
				s.rect(p.ink, end, y, w, barHeight)
				end += w
			}
		}
		s.text(end+8, y+barHeight-6, plusMinus(row.NS), style{})
	}
}

// axis returns the ends of the axis in pixels, and what its right end stands for.
func (f figure) axis(s *sheet) (left, right, longest float64) {
	room := 0.0
	for _, row := range f.table.Rows {
		left = max(left, textWidth(s.fonts, row.Backend.Name, style{}))
		room = max(room, textWidth(s.fonts, plusMinus(row.NS), style{}))
		total := 0.0
		for _, p := range parts() {
			total += max(0, p.of(row))
		}
		longest = max(longest, total)
	}
	return margin + left + 10, pageWidth - margin - room - 8, longest
}

// roundStep returns the least of 1, 2 and 5 times a power of ten from v on.
func roundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v {
			return m * power
		}
	}
	return 10 * power
}
