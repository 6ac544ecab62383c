package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/copytax/copytax/experiment/stats"
)

// Absent stands where there is no number. It is never shown as zero.
const Absent = "–"

// Number formats v with three significant digits at least, commas between
// thousands and a true minus sign.
func Number(v float64) string { return Fixed(v, decimals(v)) }

// decimals returns how many digits behind the point give v three significant ones.
func decimals(v float64) int {
	v = math.Abs(v)
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return min(max(0, 2-int(math.Floor(math.Log10(v)))), 4)
}

// Fixed formats v with so many digits behind the point.
func Fixed(v float64, places int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Absent
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

// Plain formats a number without needless digits, as at the tick of an axis.
func Plain(v float64) string {
	places := 0
	for places < 6 && math.Abs(v-math.Round(v*math.Pow10(places))/math.Pow10(places)) > 1e-9*math.Abs(v) {
		places++
	}
	return Fixed(v, places)
}

// lopsided reports whether half the width of an interval says too little: one of
// its arms is a quarter longer than the other, and it is wider than narrow, in
// the unit of the estimate.
func lopsided(e stats.Estimate, narrow float64) bool {
	below, above := e.Value-e.Low, e.High-e.Value
	return e.Half() > narrow && max(below, above) > 1.25*min(below, above)
}

// narrow is the half of an interval, as a share of the value, up to which it is
// given by its half even if lopsided.
const narrow = 0.02

// Interval formats an estimate: "1,620 ± 25" to the same place, "33.6
// [12.1, 93.0]" where the interval is lopsided, the value alone if it has none.
func Interval(e stats.Estimate) string {
	switch {
	case e.N == 0:
		return Absent
	case !e.HasInterval():
		return Number(e.Value)
	case lopsided(e, narrow*math.Abs(e.Value)):
		return fmt.Sprintf("%s [%s, %s]", Number(e.Value), Number(e.Low), Number(e.High))
	}
	places, half := decimals(e.Value), e.Half()
	if half > 0 {
		// No digits that the interval says nothing about, but one that it does.
		first := -int(math.Floor(math.Log10(half)))
		places = max(min(places, max(0, 1+first)), min(first, 4))
	}
	shown := Fixed(half, places)
	if half > 0 && !strings.ContainsAny(shown, "123456789") {
		shown = "<" + Fixed(math.Pow10(-places), places) // an interval is never shown as zero
	}
	return Fixed(e.Value, places) + " ± " + shown
}

// Percent formats a share, such as a tax. It has no upper end above 100% and no
// lower one at all, so that a wide interval is lopsided; then both ends are given.
func Percent(e stats.Estimate) string {
	switch {
	case e.N == 0:
		return Absent
	case !e.HasInterval():
		return Fixed(100*e.Value, 1) + "%"
	case lopsided(e, narrow):
		return fmt.Sprintf("%s [%s, %s]%%", Fixed(100*e.Value, 0), Fixed(100*e.Low, 0), Fixed(100*e.High, 0))
	}
	places := 1
	switch half := 100 * e.Half(); {
	case half >= 10:
		places = 0
	case half < 0.005:
		return Fixed(100*e.Value, 2) + " ± <0.01%"
	case half < 0.05:
		places = 2 // an interval is never shown as zero
	}
	return Fixed(100*e.Value, places) + " ± " + Fixed(100*e.Half(), places) + "%"
}

// Duration formats ns with three significant digits and a unit: 87 ns, 4.71 µs,
// 1.02 ms, 2.50 s. NaN is a dash.
func Duration(ns float64) string {
	if math.IsNaN(ns) {
		return Absent
	}
	size, name := 1.0, "ns"
	for _, larger := range []string{"µs", "ms", "s"} {
		if math.Abs(ns) >= 0.9995*1000*size {
			size, name = 1000*size, larger
		}
	}
	return significant(ns/size) + " " + name
}

func significant(v float64) string {
	places := 0
	if math.Abs(v) < 99.95 {
		places = min(decimals(v), 2)
	}
	return Fixed(v, places)
}

// Bytes formats a size: 64 B, 16 KiB, 4 MiB.
func Bytes(n int) string { return largest(n, 1<<10, " B", " KiB", " MiB") }

// Count writes a number as it is typed: 500, 1k, 10k, 1M.
func Count(n int) string { return largest(n, 1000, "", "k", "M") }

// largest writes a number in the largest unit that divides it. A unit is step times
// the one before it.
func largest(n, step int, units ...string) string {
	for len(units) > 1 && n >= step && n%step == 0 {
		n, units = n/step, units[1:]
	}
	return fmt.Sprint(n) + units[0]
}

// OneLine keeps a message from breaking the list that it stands in.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
