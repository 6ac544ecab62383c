package figure

import (
	"math"
	"strings"

	"github.com/copytax/copytax/experiment/report"
)

// A scale maps values to pixels, from lo at start to hi at end.
type scale struct {
	lo, hi     float64
	start, end float64
	log        bool
}

// at returns the pixel of v.
func (s scale) at(v float64) float64 {
	lo, hi := s.lo, s.hi
	if s.log {
		lo, hi, v = math.Log10(lo), math.Log10(hi), math.Log10(v)
	}
	return s.start + (v-lo)/(hi-lo)*(s.end-s.start)
}

// clamp returns v, or the nearest end of the scale.
func (s scale) clamp(v float64) float64 { return max(s.lo, min(s.hi, v)) }

// logScale returns a scale that holds lo to hi, both positive, with a little
// room at both ends, and at least three quarters of a decade.
func logScale(lo, hi, start, end float64) scale {
	l, h := math.Log10(lo), math.Log10(hi)
	room := 0.04 * (h - l)
	if h-l < 0.75 {
		room = (0.75 - (h - l)) / 2
	}
	return scale{lo: math.Pow(10, l-room), hi: math.Pow(10, h+room), start: start, end: end, log: true}
}

// ticks returns the finest ticks whose numbers keep apart, at most most of them.
func (s scale) ticks(most int, apart func([]float64) bool) []float64 {
	if !s.log {
		for most > 2 && !apart(s.linearTicks(most)) {
			most--
		}
		return s.linearTicks(most)
	}
	sets := s.logTicks(most)
	for _, ticks := range sets {
		if apart(ticks) {
			return ticks
		}
	}
	return sets[len(sets)-1]
}

// logTicks returns sets of at most most ticks, the finest first: round steps
// within a decade, powers of ten, every second power and so on.
func (s scale) logTicks(most int) [][]float64 {
	var sets [][]float64
	add := func(ticks []float64) {
		if len(ticks) <= most {
			sets = append(sets, ticks)
		}
	}
	for _, steps := range [][]float64{{1, 1.5, 2, 3, 4, 5, 7}, {1, 1.5, 2, 3, 5, 7}, {1, 2, 5}, {1, 3}} {
		add(s.decades(steps, 1))
	}
	for every := 1; len(sets) == 0 || every < 4; every++ {
		add(s.decades([]float64{1}, every))
	}
	return sets
}

func (s scale) decades(steps []float64, every int) []float64 {
	var ticks []float64
	for d := int(math.Floor(math.Log10(s.lo))); d <= int(math.Ceil(math.Log10(s.hi))); d++ {
		if d%every != 0 {
			continue
		}
		for _, step := range steps {
			if v := step * math.Pow(10, float64(d)); v >= s.lo && v <= s.hi {
				ticks = append(ticks, v)
			}
		}
	}
	return ticks
}

// linearTicks returns the multiples of the smallest round step that gives at
// most most of them: 5, 10, 20, 25, 50 and so on, from a thousandth of the axis.
func (s scale) linearTicks(most int) []float64 {
	for size := math.Pow(10, math.Floor(math.Log10(s.hi-s.lo))-3); ; size *= 10 {
		for _, step := range []float64{5 * size, 10 * size, 20 * size, 25 * size} {
			first, last := math.Ceil(s.lo/step-1e-9), math.Floor(s.hi/step+1e-9)
			if int(last-first)+1 > most {
				continue
			}
			var ticks []float64
			for i := first; i <= last; i++ {
				ticks = append(ticks, i*step+0) // never −0
			}
			return ticks
		}
	}
}

// across returns the ticks of a horizontal axis.
func (t *typeface) across(axis scale, label string, most int) []float64 {
	return axis.ticks(most, func(ticks []float64) bool {
		edge := math.Inf(-1)
		for _, v := range ticks {
			half := t.width(quantity(label, v), quiet(0)) / 2
			if axis.at(v)-half < edge+12 {
				return false
			}
			edge = axis.at(v) + half
		}
		return true
	})
}

// upwards returns the ticks of a vertical axis.
func upwards(axis scale) []float64 { return axis.ticks(12, func([]float64) bool { return true }) }

func axisName(label string, log bool) string {
	if log {
		return label + " (logarithmic)"
	}
	return label
}

// quantity formats a number of an axis by the unit that ends the axis's label.
func quantity(label string, v float64) string {
	switch {
	case strings.HasSuffix(label, ", ns"):
		return trimUnit(report.Duration(v))
	case strings.HasSuffix(label, ", bytes") && v == math.Trunc(v):
		if v < 1<<10 || math.Mod(v, 1<<10) == 0 {
			return report.Bytes(int(v))
		}
		return report.Plain(v) + " B"
	}
	return report.Plain(v)
}

// trimUnit takes the needless zeros out of "1.00 µs".
func trimUnit(s string) string {
	number, unit, _ := strings.Cut(s, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number + " " + unit
}
