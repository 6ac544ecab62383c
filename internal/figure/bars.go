package figure

import (
	"cmp"

	"github.com/copytax/copytax/experiment/report"
)

const (
	barHeight = 22
	barPitch  = 30   // from one bar to the next
	least     = 2e-4 // the share of a bar from which on a part can be seen
)

// bars is a plot of stacked bars, scaled to what is drawn.
type bars struct {
	*report.Bars
	values  [][]float64 // by row and part, none below zero
	visible []bool      // the parts that take a visible share of any bar
	longest float64
}

func newBars(from *report.Bars) *bars {
	p := &bars{Bars: from, visible: make([]bool, len(from.Parts))}
	for _, row := range from.Rows {
		values, sum := make([]float64, len(row.Values)), 0.0
		for i, v := range row.Values {
			if v > 0 { // a scaled-up sample can lie below zero
				values[i] = v
				sum += v
			}
		}
		for i, v := range values {
			p.visible[i] = p.visible[i] || v > least*sum
		}
		if from.Share && sum > 0 {
			for i := range values {
				values[i] *= 100 / sum
			}
			sum = 100
		}
		p.values, p.longest = append(p.values, values), max(p.longest, sum)
	}
	p.longest = cmp.Or(p.longest, 1)
	return p
}

func (p *bars) height(fonts *typeface) float64 {
	return legendRow*float64(len(p.legend(fonts))) + barPitch*float64(len(p.Rows)) + axisRoom
}

// legend returns the parts that take a visible share of any bar, in rows.
func (p *bars) legend(fonts *typeface) (rows [][]int) {
	x, row := float64(margin), []int(nil)
	for i, part := range p.Parts {
		if !p.visible[i] {
			continue
		}
		w := fonts.legendWidth(part.Name)
		if row != nil && x+w > pageWidth-margin {
			rows, row, x = append(rows, row), nil, margin
		}
		row, x = append(row, i), x+w
	}
	return append(rows, row)
}

func (t *typeface) legendWidth(name string) float64 { return 19 + t.width(name, style{}) + 16 }

func (p *bars) draw(s *sheet, top float64) {
	for _, row := range p.legend(s.fonts) {
		x := float64(margin)
		for _, i := range row {
			s.rect(p.Parts[i].Colour, x, top, 14, 14)
			s.text(x+19, top+12, p.Parts[i].Name, style{})
			x += s.fonts.legendWidth(p.Parts[i].Name)
		}
		top += legendRow
	}
	axis := p.axis(s.fonts)
	most := 8
	if p.Share {
		most = 6
	}
	s.grid(axis, s.fonts.across(axis, p.X, most), p.X, top+2, top+barPitch*float64(len(p.Rows)))
	s.text(pageWidth-margin, top-2, p.Ends, quiet(1))
	for i := range p.Rows {
		p.drawBar(s, i, axis, top+barPitch*float64(i)+(barPitch-barHeight)/2)
	}
}

// axis leaves room for the labels at the left and the texts at the right.
func (p *bars) axis(fonts *typeface) scale {
	var labels, texts []string
	for _, row := range p.Rows {
		labels, texts = append(labels, row.Label), append(texts, row.Text)
	}
	room := max(fonts.widest(texts, style{}), fonts.width(p.Ends, quiet(0)))
	return scale{hi: p.longest, start: fonts.labelColumn(labels) + 10, end: pageWidth - margin - room - 14}
}

// drawBar draws one row, with the percentage in every part that is wide enough
// for it if the bars are shares. The texts stand in a column of their own.
func (p *bars) drawBar(s *sheet, i int, axis scale, y float64) {
	row, sum := p.Rows[i], 0.0
	s.text(axis.start-10, y+barHeight-6, row.Label, style{align: 1})
	for part, v := range p.values[i] {
		x, w := axis.at(sum), axis.at(sum+v)-axis.at(sum)
		sum += v
		if w <= 0 {
			continue
		}
		colour := p.Parts[part].Colour
		s.rect(colour, x, y, w, barHeight)
		if label := report.Fixed(v, 0); p.Share && w > s.fonts.width(label, quiet(0))+6 {
			s.text(x+w/2, y+barHeight-6.5, label, style{size: smallSize, ink: inkOn(colour), align: 0.5})
		}
	}
	s.text(pageWidth-margin, y+barHeight-6, row.Text, style{align: 1})
}
