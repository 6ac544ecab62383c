package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/copytax/copytax/internal/stats"
)

// absent stands where there is no number. It is never shown as zero.
const absent = "–"

// number formats v with three significant digits at least, commas between
// thousands and a true minus sign.
func number(v float64) string { return fixed(v, decimals(v)) }

// decimals returns how many digits behind the point give v three significant ones.
func decimals(v float64) int {
	v = math.Abs(v)
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return min(max(0, 2-int(math.Floor(math.Log10(v)))), 4)
}

func fixed(v float64, places int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return absent
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', places, 64)
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	if v < 0 && strings.ContainsAny(whole, "123456789") {
		return "−" + whole
	}
	return whole
}

// plusMinus formats an estimate, times scale, with half the width of its
// interval to the same place, or alone if it has none.
func plusMinus(e stats.Estimate, scale float64) string {
	v, half := e.Value*scale, e.Half()*scale
	if e.N == 0 {
		return absent
	}
	if !e.HasInterval() {
		return number(v)
	}
	places := decimals(v)
	if half > 0 {
		// No digits that the interval says nothing about, but one that it does.
		places = min(places, max(0, 1-int(math.Floor(math.Log10(half)))))
		places = max(places, min(-int(math.Floor(math.Log10(half))), 2))
	}
	return fixed(v, places) + " ± " + fixed(half, places)
}

// percent formats a tax, which is a share, with half the width of its
// interval. A tax has no upper end above 100% and no lower one at all, so that
// a wide interval is lopsided; then both ends are given instead.
func percent(e stats.Estimate) string {
	switch {
	case e.N == 0:
		return absent
	case !e.HasInterval():
		return fixed(100*e.Value, 1) + "%"
	}
	if lopsided(e) {
		return fmt.Sprintf("%s [%s, %s]%%", fixed(100*e.Value, 0), fixed(100*e.Low, 0), fixed(100*e.High, 0))
	}
	places := 1
	switch half := 100 * e.Half(); {
	case half >= 10:
		places = 0
	case half < 0.005:
		return fixed(100*e.Value, 2) + " ± <0.01%"
	case half < 0.05:
		places = 2 // an interval is never shown as zero
	}
	return fixed(100*e.Value, places) + " ± " + fixed(100*e.Half(), places) + "%"
}

// lopsided reports whether one arm of a wide interval is a quarter longer than
// the other.
func lopsided(e stats.Estimate) bool {
	below, above := e.Value-e.Low, e.High-e.Value
	return e.Half() > 0.02 && max(below, above) > 1.25*min(below, above)
}

// axisNumber formats the number at a tick, without needless digits.
func axisNumber(v float64) string {
	places := 0
	for places < 6 && math.Abs(v-math.Round(v*math.Pow10(places))/math.Pow10(places)) > 1e-9*math.Abs(v) {
		places++
	}
	return fixed(v, places)
}
