package render

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/stats"
)

const (
	barHeight = 22
	barPitch  = 30 // from one bar to the next
	axisRoom  = 40 // numbers and label below an axis
	legendRow = 24
)

// phases draws a bar an arm: the shares of the phases in its CPU, and what all
// of it is in absolute terms. Absolute bars would differ by a factor of fifty.
func (r *report) phases(c *chapter) figure {
	arms := c.measured()
	l := newLayout(r.fonts, "Where the CPU time goes: "+c.label,
		"Share of each phase in the CPU time of a tick, all roles together, and its total",
		r.caption("Bars are shares of the sum of phases, means over blocks. Residual is the collector, the scheduler and servers at work during "+
			"other phases. Blocked time is not CPU time; a spin is, as wait. Here "+closureNote(arms), c))
	present := presentPhases(arms)
	rows := legendRows(r.fonts, present)
	body := float64(rows*legendRow) + barPitch*float64(len(arms)) + axisRoom
	return figure{name: "phases-" + c.slug, height: l.height(body), draw: func(s *sheet) {
		l.draw(s)
		drawLegend(s, l.top, present)
		s.drawBars(arms, l.top+float64(rows*legendRow))
	}}
}

func (s *sheet) drawBars(arms []stats.Arm, top float64) {
	x0 := labelColumn(s.fonts, armLabels(arms)) + 10
	x1 := pageWidth - margin - totalsWidth(s.fonts, arms) - 14
	axis := scale{lo: 0, hi: 100, start: x0, end: x1}
	bottom := top + barPitch*float64(len(arms))
	s.text(pageWidth-margin, top-2, "total, µs a tick", style{size: smallSize, ink: hex(muted), align: 1})
	for _, v := range axis.linearTicks(6) {
		s.line(hex(gridline), 1, nil, point{axis.at(v), top + 2}, point{axis.at(v), bottom + 4})
		s.text(axis.at(v), bottom+18, axisNumber(v), style{size: smallSize, ink: hex(muted), align: 0.5})
	}
	s.text((x0+x1)/2, bottom+34, "share of CPU time, %", style{size: smallSize, ink: hex(muted), align: 0.5})
	for i, arm := range arms {
		y := top + barPitch*float64(i) + (barPitch-barHeight)/2
		s.text(x0-10, y+barHeight-6, armLabel(arm.Name), style{align: 1})
		s.drawBar(arm, axis, y)
		s.text(pageWidth-margin, y+barHeight-6, plusMinus(arm.CPU, perMicro), style{align: 1})
	}
}

// drawBar draws one stacked bar, with the percentage in every part that is
// wide enough for it.
func (s *sheet) drawBar(arm stats.Arm, axis scale, y float64) {
	shares, from := shares(arm), 0.0
	for p := range copytax.NumPhases {
		x, w := axis.at(from), axis.at(from+shares[p])-axis.at(from)
		from += shares[p]
		if w <= 0 {
			continue
		}
		s.rect(phaseColour(p), x, y, w, barHeight)
		if label := fixed(shares[p], 0); w > s.fonts.width(label, style{size: smallSize})+6 {
			s.text(x+w/2, y+barHeight-6.5, label, style{size: smallSize, ink: inkOn(phaseColour(p)), align: 0.5})
		}
	}
}

// shares returns the phases of an arm in percent of their sum. A scaled-up
// sample can put a phase slightly below zero; it is drawn as nothing.
func shares(arm stats.Arm) [copytax.NumPhases]float64 {
	var shares [copytax.NumPhases]float64
	sum := 0.0
	for p, e := range arm.Phase {
		shares[p] = max(0, e.Value)
		sum += shares[p]
	}
	if sum == 0 {
		return shares
	}
	for p := range shares {
		shares[p] *= 100 / sum
	}
	return shares
}

// presentPhases returns the phases that take a visible part of any bar.
func presentPhases(arms []stats.Arm) []copytax.Phase {
	var present []copytax.Phase
	for p := range copytax.NumPhases {
		for _, arm := range arms {
			if shares(arm)[p] > 0.02 {
				present = append(present, p)
				break
			}
		}
	}
	return present
}

func legendWidth(fonts *typeface, p copytax.Phase) float64 {
	return 19 + fonts.width(p.String(), style{}) + 16
}

func legendRows(fonts *typeface, phases []copytax.Phase) int {
	rows, x := 1, float64(margin)
	for _, p := range phases {
		w := legendWidth(fonts, p)
		if x+w > pageWidth-margin {
			rows, x = rows+1, margin
		}
		x += w
	}
	return rows
}

func drawLegend(s *sheet, y float64, phases []copytax.Phase) {
	x := float64(margin)
	for _, p := range phases {
		w := legendWidth(s.fonts, p)
		if x+w > pageWidth-margin {
			x, y = margin, y+legendRow
		}
		s.rect(phaseColour(p), x, y, 14, 14)
		s.text(x+19, y+12, p.String(), style{})
		x += w
	}
}

func totalsWidth(fonts *typeface, arms []stats.Arm) float64 {
	widest := 60.0
	for _, arm := range arms {
		widest = max(widest, fonts.width(plusMinus(arm.CPU, perMicro), style{}))
	}
	return widest
}

// closureNote says how well the phases add up to what the processes used.
func closureNote(arms []stats.Arm) string {
	closure, meter := 0.0, 0.0
	for _, arm := range arms {
		closure, meter = max(closure, arm.ClosureError), max(meter, arm.MeterShare)
	}
	return fmt.Sprintf("the phases miss the CPU time of the processes by at most %.1f%% in any trial; the meter takes at most %.2f%%.", 100*closure, 100*meter)
}
