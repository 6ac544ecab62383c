package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The ranks are those of R's qsignrank(0.025, n), which is the k that is left out on
// each side, and 0 where there is no interval.
func TestLeftOut(t *testing.T) {
	for n, want := range map[int]int{1: 0, 5: 0, 6: 1, 7: 3, 8: 4, 10: 9, 15: 26, 20: 53, 25: 90, 50: 435} {
		if got := leftOut(n); got != want {
			t.Errorf("%d values: got %d, want %d", n, got, want)
		}
	}
	if exact, normal := leftOut(exactSigns), leftOut(exactSigns+1); normal < exact || normal > exact+40 {
		t.Errorf("%d values leave out %d, one more %d", exactSigns, exact, normal)
	}
}

// Hollander and Wolfe's example 3.1, the depression scores of nine patients: their
// estimate is -0.46, and the interval of 96.1% that of ranks 6 and 40.
func TestCenterOfHollanderAndWolfe(t *testing.T) {
	x := []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	y := []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	var z []float64
	for i := range x {
		z = append(z, y[i]-x[i])
	}
	e := Center(z)
	if math.Abs(e.Value+0.46) > 1e-9 || math.Abs(e.Low+0.786) > 1e-9 || math.Abs(e.High+0.010) > 1e-9 || e.N != 9 {
		t.Errorf("got %+v, want -0.46 [-0.786, -0.010]", e)
	}
}

// A value in five that is far off moves the mean's interval and not the center's, and
// the interval holds the truth as often as it says.
func TestCenterCoversInSpiteOfOutliers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const draws = 1000
	held, width, widthT := 0, 0.0, 0.0
	for range draws {
		var xs []float64
		for i := range 20 {
			x := rng.NormFloat64()
			if i%5 == 0 {
				x *= 10
			}
			xs = append(xs, x)
		}
		e, m := Center(xs), Mean(xs)
		if e.Holds(0) {
			held++
		}
		width += e.Half() / draws
		widthT += m.Half() / draws
	}
	if held < 930 {
		t.Errorf("the interval held the truth in %d of %d draws, want some 950", held, draws)
	}
	if width > 0.6*widthT {
		t.Errorf("half an interval is %.2f, that of Student's t %.2f: want far less", width, widthT)
	}
}

// Below six values the signs alone say nothing at 95%: the mean has an interval.
func TestCenterOfFew(t *testing.T) {
	if e := Center([]float64{1, 2, 3, math.NaN()}); e.Value != 2 || math.Abs(e.Half()-2.484138) > 1e-6 || e.N != 3 || e.Student.Low != e.Low {
		t.Errorf("got %+v, want 2 ± 2.48 of 3", e)
	}
	if e := Center([]float64{1, 2, 3, 4, 5, 96}); e.Value != 3.5 || e.Low != 1 || e.High != 96 || e.Student.Value != 18.5 {
		t.Errorf("got %+v, want 3.5 [1, 96] and a mean of 18.5", e)
	}
	if e := Center([]float64{7}); e.Value != 7 || e.HasInterval() {
		t.Errorf("got %+v, want 7 without an interval", e)
	}
	if e := Center(nil); !math.IsNaN(e.Value) {
		t.Errorf("got %+v of nothing", e)
	}
	if e := GeoCenter([]float64{1, 4, 16, 1, 4, 16, 4}); math.Abs(e.Value-4) > 1e-9 || !e.HasInterval() {
		t.Errorf("got %+v, want 4", e)
	}
}
