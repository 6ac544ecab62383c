package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// exactSigns is the number of values up to which the distribution of the signed-rank
// statistic is counted; beyond it the normal distribution is used.
const exactSigns = 60

// FewestSigns is the number of values from which the signed-rank test has an interval:
// even five of the same sign come one time in sixteen.
const FewestSigns = 6

// Method names the intervals of [Center] for a reader.
const Method = "Hodges and Lehmann's centre with the signed-rank interval over blocks; below 6 blocks the mean with Student's t"

// Center estimates the centre of a symmetric distribution, of one value a block, by
// Hodges and Lehmann: the median of the means of all pairs of values, each with itself
// included. Its interval inverts Wilcoxon's signed-rank test. A few values that lie far
// off move neither much, which the mean and Student's t do not withstand: a machine that
// others share disturbs some trials by much and most by little. Fewer than six values
// have no such interval and are estimated by their mean with Student's t. Values that are
// NaN or infinite are left out.
//
// Source: M. Hollander, D. A. Wolfe, E. Chicken, Nonparametric Statistical Methods, 3rd
// ed. 2014, sections 3.2 and 3.3.
func Center(xs []float64) Estimate {
	xs = finite(xs)
	e := Mean(xs)
	if len(xs) < FewestSigns {
		return e
	}
	var means []float64
	for i, x := range xs {
		for _, y := range xs[i:] {
			means = append(means, x/2+y/2)
		}
	}
	slices.Sort(means)
	m, k := len(means), leftOut(len(xs))
	e.Value, e.Low, e.High = means[(m-1)/2]/2+means[m/2]/2, means[k-1], means[m-k]
	e.from.values = xs
	return e
}

// GeoCenter is Center of positive values by way of their logarithms, mapped back.
// Values that are not above zero are left out.
//
// What disturbs a cost on a shared machine (clock frequency, neighbours, the
// state of caches) scales it, so that its logarithm is nearly symmetric.
func GeoCenter(xs []float64) Estimate { return Center(logs(xs)).through(math.Exp, logOf) }

// leftOut returns the rank, from 1, of the lower end of the interval among the sorted
// means of pairs: the largest k for which the signed-rank statistic of n values is below
// k with no more than half of the probability that the interval leaves. 0 is for none.
func leftOut(n int) int {
	if n > exactSigns {
		mean, deviation := momentsOfRanks(n)
		z := distuv.Normal{Mu: 0, Sigma: 1}.Quantile(1 - tail)
		return int(math.Floor(mean - z*deviation))
	}
	below := 0.0
	for k, share := range rankSums(n) {
		if below += share; below > tail {
			return k
		}
	}
	return 0
}
