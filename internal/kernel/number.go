package kernel

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/copytax/copytax/internal/stats"
)

// none stands where there is no number. It is never shown as zero.
const none = "–"

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
		return none
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

// value formats an estimate without its interval.
func value(e stats.Estimate) string {
	if e.N == 0 {
		return none
	}
	return number(e.Value)
}

// lopsided is the half of an interval, as a share of the value, from which on its
// two ends are given: that of a logarithm reaches further up than down.
const lopsided = 0.1

// plusMinus formats an estimate with half the width of its interval to the same
// place, with both ends of a wide one, or alone if it has none.
func plusMinus(e stats.Estimate) string {
	if e.N == 0 || !e.HasInterval() {
		return value(e)
	}
	if e.Half() > lopsided*math.Abs(e.Value) {
		return fmt.Sprintf("%s [%s, %s]", number(e.Value), number(e.Low), number(e.High))
	}
	places, half := decimals(e.Value), e.Half()
	if half > 0 {
		// No digits that the interval says nothing about, but one that it does.
		first := -int(math.Floor(math.Log10(half)))
		places = max(min(places, max(0, 1+first)), min(first, 4))
	}
	shown := fixed(half, places)
	if half > 0 && !strings.ContainsAny(shown, "123456789") {
		shown = "<" + fixed(math.Pow10(-places), places) // an interval is never shown as zero
	}
	return fixed(e.Value, places) + " ± " + shown
}
