package render

import (
	"image/color"
	"math"

	"github.com/copytax/copytax/internal/stats"
)

const taxPitch = 26 // pixels from one row to the next

// A taxPanel is one column of the figure of taxes.
type taxPanel struct {
	name, formula string
	of            func(stats.Arm) stats.Tax
	floor         float64 // NaN for none
}

func taxPanels(c stats.Case) []taxPanel {
	return []taxPanel{
		{"additive", "1 − compute ÷ all CPU", func(a stats.Arm) stats.Tax { return a.Additive }, math.NaN()},
		{"differential", "1 − CPU(direct) ÷ CPU", func(a stats.Arm) stats.Tax { return a.Differential }, c.Floor.CPU},
		{"latency, p50", "1 − p50(direct) ÷ p50", func(a stats.Arm) stats.Tax { return a.LatencyTax[stats.LatencyP50] }, c.Floor.Latency[stats.LatencyP50]},
	}
}

// taxes draws the three taxes of each arm as dots with whiskers, and their
// values beside them.
func (r *report) taxes(c *chapter) figure {
	arms := withTrials(c.Arms)
	l := newLayout(r.fonts, "The copy tax, three ways: "+c.label,
		"Share of the cost that is not the world, %; below 0: cheaper than direct",
		r.caption(taxNote(c.Case), c))
	body := 40 + taxPitch*float64(len(arms)) + 24
	return figure{name: "taxes-" + c.slug, height: l.height(body), draw: func(s *sheet) {
		l.draw(s)
		x0 := labelColumn(s.fonts, armLabels(arms)) + 10
		top := l.top + 40
		for i, arm := range arms {
			s.text(x0-10, rowMiddle(top, i)+4.5, armLabel(arm.Name), style{align: 1})
		}
		panels := taxPanels(c.Case)
		width := (pageWidth - margin - x0 + 16) / float64(len(panels))
		for i, p := range panels {
			s.drawTaxes(p, arms, x0+width*float64(i), width-16, top)
		}
	}}
}

func rowMiddle(top float64, i int) float64 { return top + taxPitch*(float64(i)+0.5) }

// drawTaxes draws one panel: a plot, and a column of values at its right.
func (s *sheet) drawTaxes(p taxPanel, arms []stats.Arm, x, width, top float64) {
	values := 0.0
	for _, arm := range arms {
		values = max(values, s.fonts.width(taxText(p.of(arm), arm.Name), style{size: smallSize}))
	}
	axis := p.axis(arms, x+4, x+width-values-16)
	bottom := top + taxPitch*float64(len(arms))
	s.text(x, top-24, p.name, style{bold: true})
	s.text(x, top-9, p.formula, style{size: smallSize, ink: hex(muted)})
	s.drawTaxGrid(p, axis, top, bottom)
	for i, arm := range arms {
		s.drawTax(p.of(arm), arm.Name, axis, x+width, rowMiddle(top, i))
	}
}

// axis covers all intervals and the floor, but nothing below −100%: a tax has
// no lower bound, and one extreme arm would squeeze all others.
func (p taxPanel) axis(arms []stats.Arm, start, end float64) scale {
	lo := -2.0
	if !math.IsNaN(p.floor) {
		lo = min(lo, -100*p.floor-1)
	}
	for _, arm := range arms {
		if t := p.of(arm); t.N > 0 {
			lo = min(lo, 100*t.Value-3)
			if t.HasInterval() {
				lo = min(lo, 100*t.Low-2)
			}
		}
	}
	return scale{lo: max(lo, -100), hi: 100, start: start, end: end}
}

func (s *sheet) drawTaxGrid(p taxPanel, axis scale, top, bottom float64) {
	if !math.IsNaN(p.floor) {
		from, to := axis.at(axis.clamp(-100*p.floor)), axis.at(axis.clamp(100*p.floor))
		s.rect(hex(shade), from, top, to-from, bottom-top)
	}
	for _, v := range axis.linearTicks(5) {
		s.line(hex(gridline), 1, nil, point{axis.at(v), top}, point{axis.at(v), bottom})
		s.text(axis.at(v), bottom+16, axisNumber(v), style{size: smallSize, ink: hex(muted), align: 0.5})
	}
	s.line(hex(muted), 1.2, nil, point{axis.at(0), top}, point{axis.at(0), bottom})
}

// drawTax draws one dot, its whisker, and its value with the right end at right.
func (s *sheet) drawTax(t stats.Tax, arm string, axis scale, right, y float64) {
	colour, text := hex(blue), hex(ink)
	if t.Indistinct || t.N == 0 {
		colour, text = hex(muted), hex(muted)
	}
	s.text(right, y+4, taxText(t, arm), style{size: smallSize, ink: text, align: 1})
	switch {
	case t.N == 0:
		return
	case 100*t.Value < axis.lo:
		s.drawBeyond(colour, axis, y)
		return
	}
	if t.HasInterval() {
		from, to := axis.at(axis.clamp(100*t.Low)), axis.at(axis.clamp(100*t.High))
		s.line(colour, 1.6, nil, point{from, y}, point{to, y})
		if 100*t.Low < axis.lo {
			s.drawBeyond(colour, axis, y)
		} else {
			s.line(colour, 1.6, nil, point{from, y - 5}, point{from, y + 5})
		}
		s.line(colour, 1.6, nil, point{to, y - 5}, point{to, y + 5})
	}
	s.mark(circle, colour, axis.at(axis.clamp(100*t.Value)), y, 3.4, t.Indistinct)
}

// drawBeyond marks that something lies beyond the left end of the axis.
func (s *sheet) drawBeyond(ink color.Color, axis scale, y float64) {
	s.polygon(ink, point{axis.start - 4, y}, point{axis.start + 5, y - 5}, point{axis.start + 5, y + 5})
}

// taxText is a tax with its interval, or why there is none.
func taxText(t stats.Tax, arm string) string {
	if t.N == 0 && arm == stats.Baseline {
		return "reference"
	}
	return percent(t.Estimate)
}

// floorText gives the noise floor in words.
func floorText(c stats.Case) string {
	if math.IsNaN(c.Floor.CPU) {
		return "No noise floor: it takes a second arm of direct and two blocks."
	}
	text := "Noise floor, the most by which direct may differ from itself: CPU ±" + fixed(100*c.Floor.CPU, 1) + "%"
	if latency := c.Floor.Latency[stats.LatencyP50]; !math.IsNaN(latency) {
		text += ", latency p50 ±" + fixed(100*latency, 1) + "%"
	}
	return text + "."
}

// taxNote explains the marks that the figure uses, and no others.
func taxNote(c stats.Case) string {
	note := floorText(c)
	if !math.IsNaN(c.Floor.CPU) {
		note += " It is the grey band."
	}
	hollow, beyond := false, false
	for _, arm := range c.Arms {
		for _, p := range taxPanels(c) {
			t := p.of(arm)
			hollow = hollow || t.Indistinct
			beyond = beyond || t.Value < -1 || t.Low < -1
		}
	}
	if hollow {
		note += " Hollow marks: not to be told from direct in this run."
	}
	if native := nativeNote(c); native != "" {
		note += " " + native
	}
	if beyond {
		note += " A triangle at the left edge: the value, or the end of its interval, lies beyond it."
	}
	return note
}
