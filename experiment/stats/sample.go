package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A sample is what an estimate was made of, for tests. Its values are on the scale on
// which they are symmetric, such as logarithms.
type sample struct {
	values                 []float64 // one a block; none where the interval is Student's
	center, error, freedom float64   // of Student's t
	// onto takes a value in the unit of the estimate to that scale; it falls where the
	// larger is the smaller there.
	onto  func(float64) float64
	falls bool
}

func same(v float64) float64 { return v }

// logOf is the logarithm, of which a value that is not above zero lies below all.
func logOf(v float64) float64 {
	if v <= 0 {
		return math.Inf(-1)
	}
	return math.Log(v)
}

// then returns the sample behind another unit, from which back leads to its own.
func (s *sample) then(back func(float64) float64, falls bool) *sample {
	if s == nil {
		return nil
	}
	next := *s
	next.onto = func(v float64) float64 { return s.onto(back(v)) }
	next.falls = s.falls != falls
	return &next
}

// less returns the one-sided p-value of the value being less than limit, or equal to
// it, as one of a family of so many tests.
//
// A signed-rank test of n values cannot be surer than 2⁻ⁿ. Where that is too much for
// the family, whatever the values are, Student's t is used, as for the interval of few
// values: a family of one has the t below six of them, one of twelve below nine.
func (e Estimate) less(limit float64, orEqual bool, family int) float64 {
	s := e.from
	switch {
	case !e.HasInterval():
		return math.NaN()
	case s == nil: // made by hand: there is the interval, and nothing for a family
		return tailOf(e.High < limit || orEqual && e.High == limit)
	}
	return s.beyond(limit, s.falls, orEqual, family)
}

// more is less for the other side.
func (e Estimate) more(limit float64, orEqual bool, family int) float64 {
	s := e.from
	switch {
	case !e.HasInterval():
		return math.NaN()
	case s == nil:
		return tailOf(e.Low > limit || orEqual && e.Low == limit)
	}
	return s.beyond(limit, !s.falls, orEqual, family)
}

func tailOf(clear bool) float64 {
	if clear {
		return tail
	}
	return 1
}

// tail is what an interval leaves out on each side.
const tail = (1 - Confidence) / 2

// beyond returns the one-sided p-value of the center lying beyond limit, which is in the
// unit of the estimate: above it on the sample's scale, or below it.
func (s *sample) beyond(limit float64, above, orEqual bool, family int) float64 {
	sign, at := 1.0, s.onto(limit)
	if !above {
		sign = -1
	}
	n := len(s.values)
	if math.Pow(2, float64(-n))*float64(family) > tail || n == 0 {
		return s.student(sign, at, orEqual)
	}
	contrary := 0 // means of pairs that do not lie beyond
	for i, x := range s.values {
		for _, y := range s.values[i:] {
			if off := sign * (x/2 + y/2 - at); off < 0 || off == 0 && !orEqual {
				contrary++
			}
		}
	}
	return signedRank(contrary, n)
}

func (s *sample) student(sign, at float64, orEqual bool) float64 {
	switch off := sign * (s.center - at); {
	case s.error > 0 && !math.IsInf(off, 0):
		return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: s.freedom}.Survival(off / s.error)
	case off > 0 || off == 0 && orEqual:
		return 0
	}
	return 1
}

// signedRank returns the chance that Wilcoxon's signed-rank statistic of n values is at
// most k: psignrank of R. Beyond [exactSigns] values it is that of a normal distribution at
// k + 1, so that the interval, whose rank is rounded down, and the test agree.
func signedRank(k, n int) float64 {
	if n > exactSigns {
		mean, deviation := momentsOfRanks(n)
		return distuv.Normal{Mu: mean, Sigma: deviation}.CDF(float64(k + 1))
	}
	below := 0.0
	for s, share := range rankSums(n) {
		if s > k {
			break
		}
		below += share
	}
	return math.Min(1, below)
}

// momentsOfRanks returns mean and standard deviation of the statistic.
func momentsOfRanks(n int) (mean, deviation float64) {
	f := float64(n)
	return f * (f + 1) / 4, math.Sqrt(f * (f + 1) * (2*f + 1) / 24)
}

// rankSums returns the share of the patterns of n signs whose positive ranks add up to
// 0, 1, and so on.
func rankSums(n int) []float64 {
	ways := make([]float64, n*(n+1)/2+1)
	ways[0] = 1
	for rank := 1; rank <= n; rank++ {
		for s := len(ways) - 1; s >= 0; s-- {
			ways[s] /= 2
			if s >= rank {
				ways[s] += ways[s-rank] / 2
			}
		}
	}
	return ways
}
