package stats

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// R's psignrank(k, n): by going through every pattern of signs, and two values of its
// documentation's tables.
func TestSignedRank(t *testing.T) {
	for _, n := range []int{1, 6, 9, 12} {
		for _, k := range []int{0, 3, n * (n + 1) / 4, n * (n + 1) / 2} {
			if got, want := signedRank(k, n), enumerated(k, n); math.Abs(got-want) > 1e-12 {
				t.Errorf("psignrank(%d, %d): got %v, want %v", k, n, got, want)
			}
		}
	}
	for _, c := range []struct {
		k, n int
		want float64
	}{{5, 10, 0.009765625}, {8, 10, 0.0244140625}} {
		if got := signedRank(c.k, c.n); got != c.want {
			t.Errorf("psignrank(%d, %d): got %v, want %v", c.k, c.n, got, c.want)
		}
	}
	if exact, normal := signedRank(600, exactSigns), signedRank(600, exactSigns+1); math.Abs(exact-normal) > 0.02 {
		t.Errorf("%d values: %v, one more: %v", exactSigns, exact, normal)
	}
}

func enumerated(k, n int) float64 {
	found := 0
	for pattern := range uint(1) << n {
		sum := 0
		for rest := pattern; rest != 0; rest &= rest - 1 {
			sum += bits.TrailingZeros(rest) + 1
		}
		if sum <= k {
			found++
		}
	}
	return float64(found) / math.Pow(2, float64(n))
}

// Hollander and Wolfe's example 3.1: wilcox.test(x, y, paired = TRUE) of R gives
// V = 40 and p = 0.03906. t.test of the first four differences has t = 5.414 on three
// degrees of freedom, for which the distribution is elementary: p = 0.01236.
func TestPValuesOfR(t *testing.T) {
	x := []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	y := []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	var z []float64
	for i := range x {
		z = append(z, x[i]-y[i])
	}
	if p, _ := apart(Center(z))(1); math.Abs(p-0.0390625) > 1e-9 {
		t.Errorf("signed ranks: got p = %v, want 0.03906", p)
	}
	few := []float64{0.952, 1.022, 0.43, 0.62}
	if p, _ := apart(Center(few))(1); math.Abs(p-0.01236) > 0.00001 {
		t.Errorf("Student's t: got p = %v, want 0.01236", p)
	}
	// In a family of forty no nine signs are enough, whatever the values.
	if p, _ := apart(Center(z))(40); math.Abs(p-0.01618) > 0.00001 {
		t.Errorf("nine values in a family of forty: got p = %v, want 0.01618 of Student's t", p)
	}
}

// A test of one estimate says what its interval says, whatever the unit, the number of
// blocks, and the side.
func TestTestsAgreeWithIntervals(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{2, 5, 6, 10, 60, 61, 90} {
		for range 15 {
			var xs []float64
			for range n {
				xs = append(xs, math.Exp(0.3*rng.NormFloat64()))
			}
			for name, e := range map[string]Estimate{
				"mean": Mean(xs), "center": Center(xs), "geometric": GeoCenter(xs), "tax": OneMinus(xs), "scaled": GeoCenter(xs).Times(7), "log": GeoCenter(xs).Log(),
			} {
				for _, limit := range []float64{-0.3, -0.1, 0, 0.05, 0.9, 1, 1.1, 7} {
					want := Unresolved
					switch {
					case e.High < limit:
						want = Supported
					case e.Low > limit:
						want = Refuted
					}
					if got := e.AtMost(limit); got != want {
						t.Fatalf("%s of %d: [%v, %v] at most %v: got %s, want %s", name, n, e.Low, e.High, limit, got, want)
					}
					if got := e.AtLeast(limit); want == Unresolved != (got == Unresolved) || got == want && got != Unresolved {
						t.Fatalf("%s of %d: [%v, %v] at least %v: got %s beside %s", name, n, e.Low, e.High, limit, got, want)
					}
				}
				if got, want := e.Within(0.1), -0.1 < e.Low && e.High < 0.1; (got == Supported) != want {
					t.Fatalf("%s of %d: [%v, %v] within 0.1: got %s", name, n, e.Low, e.High, got)
				}
				if got, want := Compare([]Estimate{e})[0], e.Low > 0 || e.High < 0; (got == Differs) != want {
					t.Fatalf("%s of %d: [%v, %v] against zero: got %s", name, n, e.Low, e.High, got)
				}
			}
		}
	}
}

// The ends belong to a limit, also of values that are all alike.
func TestLimitsBelongToTheClaim(t *testing.T) {
	alike := Center(slices.Repeat([]float64{0}, 8))
	for name, got := range map[string]Holding{"at most": alike.AtMost(0), "at least": alike.AtLeast(0), "by hand": Estimate{Low: -1, High: 0, N: 3}.AtMost(0)} {
		if got != Supported {
			t.Errorf("%s: got %s, want supported", name, got)
		}
	}
	if got := Compare([]Estimate{alike, Point(1), Nothing()}); got[0] != Equivalent || got[1] != "" || got[2] != "" {
		t.Errorf("got %q, want equivalent and nothing twice", got)
	}
}

// The example of Holm's correction that textbooks give: of 0.01, 0.04, 0.03 and 0.005
// the first and the last are below 5%.
func TestHolm(t *testing.T) {
	got := Holm([]float64{0.01, math.NaN(), 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, math.NaN(), 0.06, 0.06, 0.02} {
		if math.Abs(got[i]-want) > 1e-12 || math.IsNaN(got[i]) != math.IsNaN(want) {
			t.Errorf("got %v, want 0.03 NaN 0.06 0.06 0.02", got)
		}
	}
	if got := Holm([]float64{0.9, 0.8}); got[0] != 1 || got[1] != 1 {
		t.Errorf("got %v, want no more than 1", got)
	}
}

// What decides alone need not decide among many, and what is not there makes no crowd.
func TestFamilies(t *testing.T) {
	weak := Center([]float64{1, 2, 3, 4, 5, 6, 7, -1}) // p = 0.0156
	if got := weak.AtLeast(0); got != Supported {
		t.Errorf("alone: got %s", got)
	}
	noise := Center([]float64{1, -1, 2, -2, 3, -3, 4, -4})
	if got := Judge(AtLeast(weak, 0), AtLeast(noise, 0), AtLeast(noise, 0), AtLeast(noise, 0)); got[0] != Unresolved {
		t.Errorf("of four: got %v", got)
	}
	if got := Judge(AtLeast(weak, 0), Open(), AtLeast(Nothing(), 0), AtLeast(Point(3), 0)); got[0] != Supported || got[1] != Unresolved || got[3] != Unresolved {
		t.Errorf("beside nothing: got %v", got)
	}
	if got := Judge(Counted(true), Counted(false)); got[0] != Supported || got[1] != Refuted {
		t.Errorf("counts: got %v", got)
	}
	far := Center([]float64{5, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7})
	for _, c := range []struct {
		claims []Test
		want   Holding
	}{
		{[]Test{AtLeast(far, 0), AtMost(far, 9)}, Supported},
		{[]Test{AtLeast(far, 0), AtMost(far, 1)}, Refuted},
		{[]Test{AtLeast(far, 0), AtLeast(noise, 0)}, Unresolved},
		{[]Test{AtMost(far, 1), AtLeast(noise, 0)}, Refuted},
		{[]Test{AtLeast(far, 0), Open()}, Unresolved},
		{nil, Unresolved},
	} {
		if got := Judge(All(c.claims...))[0]; got != c.want {
			t.Errorf("%d claims: got %s, want %s", len(c.claims), got, c.want)
		}
	}
	// A tax of half in seven blocks, where no seven signs settle a family of twelve.
	half := OneMinus([]float64{0.5, 0.51, 0.49, 0.5, 0.52, 0.48, 0.5})
	family := append(slices.Repeat([]Estimate{noise}, 11), half)
	if got := Compare(family); got[11] != Differs || got[0] != Unresolved {
		t.Errorf("got %v, want differs at the end alone", got)
	}
}

// Pairs of one thing with itself, a trial in ten disturbed by up to ten times: the
// verdict is wrong no more often than it may be, alone and in a family.
func TestEqualPairsSeldomDiffer(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	pair := func() Estimate {
		var ratios []float64
		for range 10 {
			r := math.Exp(0.03 * rng.NormFloat64())
			for _, sign := range []float64{-1, 1} {
				if rng.Float64() < 0.1 {
					r *= math.Exp(sign * rng.Float64() * math.Log(10))
				}
			}
			ratios = append(ratios, r)
		}
		return OneMinus(ratios)
	}
	const pairs = 1000
	alone, families := 0, 0
	for range pairs {
		if Compare([]Estimate{pair()})[0] == Differs {
			alone++
		}
	}
	for range pairs / 4 {
		var family []Estimate
		for range 12 {
			family = append(family, pair())
		}
		if slices.Contains(Compare(family), Differs) {
			families++
		}
	}
	if most := pairs * 8 / 100; alone > most || alone == 0 {
		t.Errorf("%d of %d pairs differ, want 1 to %d", alone, pairs, most)
	}
	if most := pairs / 4 * 8 / 100; families > most {
		t.Errorf("%d of %d families have one that differs, want %d at most", families, pairs/4, most)
	}
	if close := OneMinus([]float64{1.001, 0.999, 1.002, 0.998, 1, 1.001, 0.9995, 1.0005}); Compare([]Estimate{close})[0] != Equivalent {
		t.Errorf("%v to %v: want equivalent", close.Low, close.High)
	}
}
