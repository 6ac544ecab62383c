package stats

import (
	"cmp"
	"math"
	"slices"
)

// A Holding is the one word that every verdict of the project ends in: whether a claim
// holds, or whether two things differ. It is empty where nothing can be said, as of one
// block.
type Holding string

// The verdicts on a claim.
const (
	Supported  Holding = "supported"
	Refuted    Holding = "refuted"
	Unresolved Holding = "unresolved" // the data, or the lack of them, leave both open
)

// The verdicts on a comparison; Unresolved is the third.
const (
	Differs    Holding = "differs"
	Equivalent Holding = "equivalent" // less apart than Margin
)

// Margin is how far two costs may be apart and count as equivalent: the difference as a
// share of the larger cost.
const Margin = 0.02

// A Test gives the two-sided p-values of a claim, as one of a family of so many: how
// often data that speak so clearly for the claim come where it does not hold, and how
// often such that speak so clearly against it come where it does. Both are NaN where
// there is nothing to test. [Judge] turns tests into verdicts.
type Test func(family int) (supported, refuted float64)

// AtMost tests that a value is limit or less.
func AtMost(e Estimate, limit float64) Test {
	return func(m int) (float64, float64) { return twice(e.less(limit, true, m)), twice(e.more(limit, false, m)) }
}

// AtLeast tests that a value is limit or more.
func AtLeast(e Estimate, limit float64) Test {
	return func(m int) (float64, float64) { return twice(e.more(limit, true, m)), twice(e.less(limit, false, m)) }
}

// Within tests that a value lies between low and high, by two one-sided tests.
func Within(e Estimate, low, high float64) Test {
	return func(m int) (float64, float64) {
		inside := math.Max(e.more(low, false, m), e.less(high, false, m))
		outside := math.Min(e.less(low, true, m), e.more(high, true, m))
		return twice(inside), twice(outside)
	}
}

// apart tests that a value is not zero. Nothing supports that it is exactly zero.
func apart(e Estimate) Test {
	return func(m int) (float64, float64) {
		p := twice(math.Min(e.less(0, false, m), e.more(0, false, m)))
		return p, math.Max(p, 1) // NaN for NaN
	}
}

// All tests that several claims hold together.
func All(claims ...Test) Test {
	return func(m int) (supported, refuted float64) {
		n := len(claims)
		supported, refuted = math.NaN(), math.NaN()
		for i, t := range claims {
			s, _ := t(m)
			_, r := t(m * n) // one of n that may fail
			if r = math.Min(1, r*float64(n)); i == 0 {
				supported, refuted = s, r
			} else {
				supported, refuted = math.Max(supported, s), math.Min(refuted, r)
			}
		}
		return supported, refuted
	}
}

// Counted is the test of what was counted, and not estimated: it leaves no doubt.
func Counted(holds bool) Test {
	return func(int) (float64, float64) {
		if holds {
			return 0, 1
		}
		return 1, 0
	}
}

// Open is the test of what was not measured.
func Open() Test { return func(int) (float64, float64) { return math.NaN(), math.NaN() } }

// twice makes a one-sided p-value a two-sided one.
func twice(p float64) float64 { return math.Min(1, 2*p) }

// Judge returns the verdicts on a family of claims. The chance that any of them is
// wrong is at most 1 − [Confidence], by Holm's correction. Claims without a p-value are
// unresolved and make the family no larger. A family of one is judged as by the
// interval: supported or refuted where the whole of it lies on one side.
func Judge(family ...Test) []Holding {
	m := 0
	for _, t := range family {
		if s, r := t(1); !math.IsNaN(s + r) {
			m++
		}
	}
	least, holds := make([]float64, len(family)), make([]Holding, len(family))
	for i, t := range family {
		s, r := t(m)
		least[i], holds[i] = math.Min(s, r), Supported
		if r < s {
			holds[i] = Refuted
		}
	}
	for i, p := range Holm(least) {
		if !(p <= 1-Confidence) {
			holds[i] = Unresolved
		}
	}
	return holds
}

// Compare returns the verdicts on a family of differences, each the share by which two
// costs differ, such as a tax: Differs where it is not zero, Equivalent where all that
// it may be lies within [Margin], or else Unresolved. It is empty for an estimate
// without an interval. Differences and equivalences are corrected each by themselves.
func Compare(family []Estimate) []Holding {
	var differ, within []Test
	for _, e := range family {
		differ, within = append(differ, apart(e)), append(within, Within(e, -Margin, Margin))
	}
	verdicts, equivalent := Judge(differ...), Judge(within...)
	for i, e := range family {
		switch {
		case !e.HasInterval():
			verdicts[i] = ""
		case verdicts[i] == Supported:
			verdicts[i] = Differs
		case equivalent[i] == Supported:
			verdicts[i] = Equivalent
		default:
			verdicts[i] = Unresolved
		}
	}
	return verdicts
}

// AtMost says whether a value is limit or less, by its interval alone: as a family of
// one. See [Judge] for more.
func (e Estimate) AtMost(limit float64) Holding { return Judge(AtMost(e, limit))[0] }

// AtLeast says whether a value is limit or more.
func (e Estimate) AtLeast(limit float64) Holding { return Judge(AtLeast(e, limit))[0] }

// Within says whether a value lies between −limit and limit.
func (e Estimate) Within(limit float64) Holding { return Judge(Within(e, -limit, limit))[0] }

// Holm adjusts the p-values of a family, so that each may be compared with the level of
// the whole family: the smallest is multiplied by their number, the next by one less,
// and none is below one that was smaller. NaN stays NaN and does not count.
//
// Source: S. Holm, A simple sequentially rejective multiple test procedure,
// Scandinavian Journal of Statistics 6 (1979) 65–70.
func Holm(ps []float64) []float64 {
	adjusted := slices.Clone(ps)
	var order []int
	for i, p := range ps {
		if !math.IsNaN(p) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ps[a], ps[b]) })
	most := 0.0
	for rank, i := range order {
		most = math.Max(most, math.Min(1, ps[i]*float64(len(order)-rank)))
		adjusted[i] = most
	}
	return adjusted
}
