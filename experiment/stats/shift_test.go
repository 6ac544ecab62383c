package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The ranks at the ends of the interval are one more than the critical values of the
// Mann-Whitney statistic for 5% on two sides, as every table has them.
func TestRankTailHasTheCriticalValuesOfTables(t *testing.T) {
	for _, c := range []struct{ n, m, critical int }{
		{3, 3, -1}, {4, 4, 0}, {4, 5, 1}, {5, 5, 2}, {5, 10, 8}, {8, 8, 13}, {10, 10, 23}, {12, 20, 69}, {20, 20, 127},
	} {
		tail, got := rankTail(c.n, c.m), -1
		for got+1 <= c.n*c.m && tail[c.n*c.m-got-1] <= 0.025 {
			got++
		}
		if got != c.critical {
			t.Errorf("%d and %d values: got %d, want %d", c.n, c.m, got, c.critical)
		}
		if other := rankTail(c.m, c.n); math.Abs(other[c.n]-tail[c.n]) > 1e-12 {
			t.Errorf("%d and %d values: another distribution the other way round", c.n, c.m)
		}
	}
	exact, normal := rankTail(exactRanks, exactRanks), rankTail(exactRanks, exactRanks+1)
	at := func(tail []float64) int { return slices.IndexFunc(tail, func(p float64) bool { return p <= 0.025 }) }
	if a, b := at(exact), at(normal); b < a || b > a+60 {
		t.Errorf("the 5%% value jumps from %d to %d where the normal distribution takes over", a, b)
	}
}

// Hollander and Wolfe's example 4.1, the permeability of membranes to water: they give
// the rank sum 30 with a one-sided P of 0.127, the estimate 0.305 for the other direction,
// and the interval of ranks 9 and 42 as [-0.15, 0.76].
func TestShiftOfHollanderAndWolfe(t *testing.T) {
	term := []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	early := []float64{1.15, 0.88, 0.90, 0.74, 1.21}
	s := ShiftOf(early, term)
	if math.Abs(s.Value-0.305) > 1e-9 || math.Abs(s.Low+0.15) > 1e-9 || math.Abs(s.High-0.76) > 1e-9 || s.N != 5 {
		t.Errorf("got %+v, want 0.305 [-0.15, 0.76]", s.Estimate)
	}
	if p := s.Above(0); math.Abs(p-0.1272) > 5e-5 {
		t.Errorf("P that early is as high: got %.4f, want 0.1272", p)
	}
	if back := ShiftOf(term, early); math.Abs(back.Below(0)-s.Above(0)) > 1e-12 || back.Value != -s.Value || back.Low != -s.High {
		t.Errorf("the other way round: %+v", back.Estimate)
	}
}

// The interval and the probabilities are one test: a limit is outside exactly where its
// probability is no more than half of what the interval leaves. Equal values count
// against a finding.
func TestShiftDecidesAsItsIntervalDoes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		old, new := make([]float64, 4+rng.IntN(8)), make([]float64, 4+rng.IntN(8))
		for i := range old {
			old[i] = float64(rng.IntN(12))
		}
		for i := range new {
			new[i] = float64(rng.IntN(12))
		}
		s := ShiftOf(old, new)
		for limit := -12.0; limit <= 12; limit += 0.5 {
			if above := s.Above(limit) <= 0.025; above != (s.Low > limit) {
				t.Fatalf("%v, %v: low %v, above %v: P %v", old, new, s.Low, limit, s.Above(limit))
			}
			if below := s.Below(limit) <= 0.025; below != (s.High < limit) {
				t.Fatalf("%v, %v: high %v, below %v: P %v", old, new, s.High, limit, s.Below(limit))
			}
		}
	}
}

// Runs whose blocks are scaled at random, a few of them by much, and that differ by 8%:
// the interval holds that as often as it says, also where the numbers of blocks differ,
// and values that were paired as if the blocks were one would not.
func TestRatioCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const draws, truth = 1000, 1.08
	costs := func(n int, by float64) []float64 {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = by * math.Exp(0.03*rng.NormFloat64())
			if rng.IntN(8) == 0 {
				xs[i] *= 1 + rng.Float64()
			}
		}
		return xs
	}
	for _, c := range []struct{ old, new int }{{10, 10}, {10, 5}, {30, 20}} {
		held, refuted, welchHeld := 0, 0, 0
		for range draws {
			old, new := costs(c.old, 100), costs(c.new, 100*truth)
			ratio, shift := Ratio(old, new)
			if ratio.Holds(truth) {
				held++
			}
			if shift.Above(math.Log(truth)) <= 0.025 || shift.Below(math.Log(truth)) <= 0.025 {
				refuted++
			}
			if few, _ := Ratio(old[:3], new[:3]); few.Holds(truth) {
				welchHeld++
			}
		}
		if held < draws*93/100 || held > draws*985/1000 {
			t.Errorf("%d and %d blocks: the interval held the truth in %d of %d draws, want some 95%%", c.old, c.new, held, draws)
		}
		if held+refuted != draws {
			t.Errorf("%d and %d blocks: %d intervals hold the truth, and %d tests refute it, of %d", c.old, c.new, held, refuted, draws)
		}
		if welchHeld < draws*93/100 {
			t.Errorf("three blocks: Welch's interval held the truth in %d of %d draws", welchHeld, draws)
		}
	}
}

// Student's sleep data as two groups: R's t.test gives t = -1.8608 with 17.776 degrees of
// freedom, P = 0.07939 and the interval [-3.3654832, 0.2054832].
func TestWelchOfStudentsSleep(t *testing.T) {
	w := welchOf([]float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}, []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2})
	if math.Abs(w.at(0.025)+3.3654832) > 1e-6 || math.Abs(w.at(0.975)-0.2054832) > 1e-6 || math.Abs(2*w.below(0)-0.07939) > 5e-6 || math.Abs(w.freedom-17.776) > 5e-4 {
		t.Errorf("got %+v [%v, %v], P %v", w, w.at(0.025), w.at(0.975), 2*w.below(0))
	}
}

func TestShiftOfFew(t *testing.T) {
	s := ShiftOf([]float64{1, 2, 3}, []float64{11, 12, 13})
	if s.Value != 10 || !s.HasInterval() || s.Above(0) > 0.001 || s.Above(10) != 0.5 || s.Below(0) < 0.999 {
		t.Errorf("three of each: got %+v, P %v", s.Estimate, s.Above(0))
	}
	if s := ShiftOf([]float64{1}, []float64{2, 3}); s.Value != 1.5 || s.HasInterval() || s.Above(0) != 1 || s.Below(5) != 1 {
		t.Errorf("one of old: got %+v", s.Estimate)
	}
	if s := ShiftOf(nil, []float64{2, math.NaN()}); !math.IsNaN(s.Value) || s.Above(0) != 1 {
		t.Errorf("nothing of old: got %+v", s.Estimate)
	}
	if s := ShiftOf([]float64{5, 5}, []float64{5, 5}); s.Above(0) != 1 || s.Above(-1) != 0 || s.Below(1) != 0 {
		t.Errorf("values that do not vary: P %v and %v", s.Above(0), s.Above(-1))
	}
}

// The least probability is that of the one order in which all of one sample come first.
func TestLeastP(t *testing.T) {
	for _, c := range []struct {
		old, new int
		want     float64
	}{{4, 4, 1.0 / 70}, {10, 10, 1.0 / 184756}, {3, 3, 0}, {0, 4, 0}} {
		if got := LeastP(c.old, c.new); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d and %d values: got %v, want %v", c.old, c.new, got, c.want)
		}
	}
}
