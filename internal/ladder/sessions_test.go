package ladder

import (
	"math"
	"testing"

	"github.com/copytax/copytax/experiment/stats"
)

// What differs from session to session is in the interval, which that of all blocks
// together does not show.
func TestEstimatesAreOverSessions(t *testing.T) {
	var ratios []float64
	var of []uint64
	for session := range 8 {
		for block := range 40 {
			ratios = append(ratios, math.Exp(-0.1+0.03*float64(session%4-1)+0.001*float64(block%5-2)))
			of = append(of, uint64(7+session))
		}
	}
	nested, flat := taxOfRatios(ratios, of), stats.OneMinus(ratios)
	if nested.N != 8 || flat.N != 320 {
		t.Errorf("got estimates of %d and %d, want 8 sessions and 320 blocks", nested.N, flat.N)
	}
	if nested.Half() < 2.5*flat.Half() || !nested.Holds(flat.Value) {
		t.Errorf("got %.4f ± %.4f over sessions, %.4f ± %.4f over blocks", nested.Value, nested.Half(), flat.Value, flat.Half())
	}
	if one := taxOfRatios(ratios[:40], of[:40]); one.N != 40 {
		t.Errorf("got an estimate of %d, want the 40 blocks of one session", one.N)
	}
}

// Parts of a tax add up to it over sessions too.
func TestPartsAddUpOverSessions(t *testing.T) {
	var rows [][]float64
	var of []uint64
	for i := range 60 {
		x := float64(i%7) / 100
		rows, of = append(rows, []float64{x, 0.1 - x/2, 0.01}), append(of, uint64(i%6))
	}
	parts, sum := stats.Parts(partsPerSession(rows, of))
	got := 0.0
	for _, p := range parts {
		got += p.Value
	}
	if math.Abs(got-sum.Value) > 1e-12 || sum.N != 6 {
		t.Errorf("got %v of %d, want the sum %v of 6 sessions", got, sum.N, sum.Value)
	}
}
