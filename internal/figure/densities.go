package figure

import (
	"math"
	"slices"

	"github.com/copytax/copytax/experiment/report"
)

const (
	densityPitch  = 36  // pixels from one row to the next
	densityHeight = 24  // of the highest point of a row
	densityStep   = 3.0 // width of a bin, in pixels
)

// densities is a plot of distributions, a row each.
type densities struct{ *report.Densities }

func (p densities) height(*typeface) float64 {
	return legendRow + densityPitch*float64(len(p.Rows)) + axisRoom
}

// markOf returns the form of the i-th mark of every row.
func markOf(i int) shape {
	marks := []shape{circle, diamond, square, triangle, cross}
	return marks[i%len(marks)]
}

func (p densities) draw(s *sheet, top float64) {
	x := float64(margin)
	for i, name := range p.Marks {
		s.mark(markOf(i), ink, x+6, top+8, 4, false)
		s.text(x+16, top+12.5, name, style{})
		x += 34 + s.fonts.width(name, style{})
	}
	top += legendRow
	s.text(pageWidth-margin, top-6, p.Ends, quiet(1))
	axis := p.axis(s.fonts)
	s.grid(axis, s.fonts.across(axis, p.X, 10), p.X, top, top+densityPitch*float64(len(p.Rows)))
	for i, row := range p.Rows {
		y := top + densityPitch*float64(i+1) - 7
		s.text(axis.start-10, y, row.Label, style{align: 1})
		s.drawDensity(row.Buckets, axis, y)
		s.drawMarks(row.Marks, axis, y)
		s.text(pageWidth-margin, y, row.Text, style{align: 1})
	}
}

// axis holds all marks, and the least of all buckets.
func (p densities) axis(fonts *typeface) scale {
	var labels, texts []string
	lo, hi := math.Inf(1), 0.0
	for _, row := range p.Rows {
		labels, texts = append(labels, row.Label), append(texts, row.Text)
		for _, v := range positive(row.Marks) {
			lo, hi = min(lo, v), max(hi, v)
		}
		for _, b := range row.Buckets {
			if b[0] > 0 && b[1] > 0 {
				lo = min(lo, b[0])
			}
		}
	}
	if hi == 0 {
		lo, hi = 1, 1
	}
	room := max(fonts.widest(texts, style{}), fonts.width(p.Ends, quiet(0)))
	return logScale(lo, hi, fonts.labelColumn(labels)+10, pageWidth-margin-room-14)
}

// positive returns the marks that there are.
func positive(marks []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(marks), func(v float64) bool { return !(v > 0) || math.IsInf(v, 0) })
}

func (s *sheet) drawMarks(marks []float64, axis scale, y float64) {
	there := positive(marks)
	if len(there) == 0 {
		return
	}
	s.line(ink, 1, nil, point{axis.at(slices.Min(there)), y}, point{axis.at(slices.Max(there)), y})
	for i, v := range marks {
		if slices.Contains(there, v) {
			s.mark(markOf(i), ink, axis.at(v), y, 4, false)
		}
	}
}

// drawDensity fills the smoothed density of a histogram over the line at y.
func (s *sheet) drawDensity(buckets [][2]float64, axis scale, y float64) {
	heights := density(buckets, axis)
	if len(heights) == 0 || slices.Max(heights) == 0 {
		return
	}
	most := slices.Max(heights)
	outline := []point{{axis.start, y}}
	for i, h := range heights {
		outline = append(outline, point{axis.start + (float64(i)+0.5)*densityStep, y - densityHeight*h/most})
	}
	s.polygon(rgb(report.Sky, 150), append(outline, point{axis.end, y})...)
}

// density returns the counts of bins that are equally wide on the axis, spread
// over the neighbours with the weights of a binomial so that the buckets of
// the histogram, which are 1% wide, leave no comb.
func density(buckets [][2]float64, axis scale) []float64 {
	bins := make([]float64, int((axis.end-axis.start)/densityStep))
	weights := []float64{1, 6, 15, 20, 15, 6, 1}
	for _, bucket := range buckets {
		middle := int((axis.at(axis.clamp(bucket[0])) - axis.start) / densityStep)
		for i, w := range weights {
			if bin := middle + i - len(weights)/2; bin >= 0 && bin < len(bins) {
				bins[bin] += w * bucket[1]
			}
		}
	}
	return bins
}
