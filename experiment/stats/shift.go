package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// exactRanks is the number of values of either sample up to which the distribution of
// the rank-sum statistic is counted; beyond it the normal distribution is used.
const exactRanks = 50

// ShiftMethod names the intervals of [ShiftOf] for a reader.
const ShiftMethod = "Hodges and Lehmann's shift between unpaired blocks with the rank-sum interval; below 4 blocks of either run Welch's t"

// A Shift is by how much values lie above others that they are not paired with. The
// estimate's N is the number of the smaller sample.
type Shift struct {
	Estimate
	differences []float64 // new − old of all pairs, sorted; nil where Welch's t is used
	upper       []float64 // upper[u] is the probability of u such pairs or more above zero, if nothing has shifted
	welch       welch
}

// ShiftOf estimates a shift by Hodges and Lehmann: the median of the differences of all
// pairs of a new and an old value. Its interval inverts the rank-sum test of Wilcoxon,
// Mann and Whitney, which takes both samples to be of one shape, and nothing else. Three
// values on one side have no such interval: the difference of means with Welch's t stands
// in for it. Values that are NaN or infinite are left out.
//
// Two runs are of different times. What falls on a block of one falls on none of the
// other, so that blocks of equal numbers are no pairs.
//
// Source: M. Hollander, D. A. Wolfe, E. Chicken, Nonparametric Statistical Methods, 3rd
// ed. 2014, sections 4.1 to 4.3.
func ShiftOf(old, new []float64) Shift {
	old, new = finite(old), finite(new)
	s := Shift{Estimate: Nothing(), welch: welchOf(old, new)}
	if len(old) == 0 || len(new) == 0 {
		return s
	}
	var differences []float64
	for _, x := range old {
		for _, y := range new {
			differences = append(differences, y-x)
		}
	}
	slices.Sort(differences)
	m := len(differences)
	upper := rankTail(len(old), len(new))
	out := 0 // differences beyond either end of the interval
	for out < m/2 && upper[m-out] <= (1-Confidence)/2 {
		out++
	}
	s.N = min(len(old), len(new))
	s.Value = differences[(m-1)/2]/2 + differences[m/2]/2
	if out == 0 {
		s.Value, s.Low, s.High = s.welch.center, s.welch.at((1-Confidence)/2), s.welch.at((1+Confidence)/2)
		return s
	}
	s.differences, s.upper = differences, upper
	s.Low, s.High = differences[out-1], differences[m-out]
	return s
}

// Ratio is new ÷ old of positive values, as ShiftOf does their logarithms. Its limits
// are then those of logarithms. Values that are not above zero are left out.
func Ratio(old, new []float64) (ratio Estimate, shift Shift) {
	shift = ShiftOf(logs(old), logs(new))
	return shift.through(math.Exp, logOf), shift
}

// Above returns the probability of values that lie as far above or further if the shift
// is limit at most: one-sided, 1 where nothing can be said.
func (s Shift) Above(limit float64) float64 {
	if s.differences == nil {
		return s.welch.above(limit)
	}
	// Those that are equal to the limit count against the finding.
	at, _ := slices.BinarySearchFunc(s.differences, limit, func(d, limit float64) int {
		if d <= limit {
			return -1
		}
		return 1
	})
	return s.upper[len(s.differences)-at]
}

// Below is Above of the other side: that the shift is limit at least.
func (s Shift) Below(limit float64) float64 {
	if s.differences == nil {
		return s.welch.below(limit)
	}
	at, _ := slices.BinarySearch(s.differences, limit)
	return s.upper[at] // the statistic is symmetric
}

// LeastP returns the least one-sided probability that [Shift.Above] can give of two
// samples of so many values, 0 where there is no least.
func LeastP(old, new int) float64 {
	if s := ShiftOf(make([]float64, old), make([]float64, new)); s.differences != nil {
		return s.upper[len(s.differences)]
	}
	return 0
}

// rankTail returns the probability that u or more of the n·m pairs of two samples have
// the second above the first if both are of one distribution, by u.
func rankTail(n, m int) []float64 {
	most := n * m
	tail := make([]float64, most+1)
	if n > exactRanks || m > exactRanks {
		f, g := float64(n), float64(m)
		z := distuv.Normal{Mu: f * g / 2, Sigma: math.Sqrt(f * g * (f + g + 1) / 12)}
		for u := range tail {
			tail[u] = z.Survival(float64(u) - 0.5)
		}
		return tail
	}
	// chance[j][u] is that of i values of the first sample and j of the second: the
	// largest of all is one of the second, which then lies above all i, or it is not.
	chance := make([][]float64, m+1)
	for j := range chance {
		chance[j] = make([]float64, most+1)
		chance[j][0] = 1
	}
	for i := 1; i <= n; i++ {
		for j := 1; j <= m; j++ {
			next, share := make([]float64, most+1), float64(j)/float64(i+j)
			for u := range next {
				next[u] = (1 - share) * chance[j][u]
				if u >= i {
					next[u] += share * chance[j-1][u-i]
				}
			}
			chance[j] = next
		}
	}
	sum := 0.0
	for u := most; u >= 0; u-- {
		sum += chance[m][u]
		tail[u] = min(1, sum)
	}
	return tail
}

// A welch is the difference of two means by Welch's t. Its freedom is 0 where one side
// has fewer than two values.
type welch struct{ center, deviation, freedom float64 }

func welchOf(old, new []float64) welch {
	w := welch{center: stat.Mean(new, nil) - stat.Mean(old, nil)}
	if len(old) < 2 || len(new) < 2 {
		return w
	}
	part := func(xs []float64) float64 { return stat.Variance(xs, nil) / float64(len(xs)) }
	a, b := part(old), part(new)
	w.deviation = math.Sqrt(a + b)
	w.freedom = float64(len(old)+len(new)) - 2 // of values that do not vary
	if a+b > 0 {
		w.freedom = (a + b) * (a + b) / (a*a/float64(len(old)-1) + b*b/float64(len(new)-1))
	}
	return w
}

// at returns a quantile of where the difference may lie, NaN if there is none.
func (w welch) at(p float64) float64 {
	if w.freedom == 0 {
		return math.NaN()
	}
	return w.center + w.deviation*distuv.StudentsT{Mu: 0, Sigma: 1, Nu: w.freedom}.Quantile(p)
}

func (w welch) above(limit float64) float64 {
	switch {
	case w.freedom == 0:
		return 1
	case w.deviation == 0:
		return [...]float64{1, 1, 0}[1+cmp.Compare(w.center, limit)]
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: w.freedom}.Survival((w.center - limit) / w.deviation)
}

func (w welch) below(limit float64) float64 {
	w.center = -w.center
	return w.above(-limit)
}
