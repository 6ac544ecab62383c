package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// tukey is the mean without the lowest and highest fifth, with the interval of Tukey
// and McLaughlin: what was tried beside [Center] and [Mean].
func tukey(xs []float64) Estimate {
	xs = slices.Sorted(slices.Values(xs))
	n := len(xs)
	g := n / 5
	inner := xs[g : n-g]
	winsorized := slices.Clone(xs)
	for i := range g {
		winsorized[i], winsorized[n-1-i] = xs[g], xs[n-1-g]
	}
	mean := stat.Mean(inner, nil)
	half := quantileT(float64(len(inner)-1)) * stat.StdDev(winsorized, nil) / (1 - 2*float64(g)/float64(n)) / math.Sqrt(float64(n))
	return Estimate{Value: mean, Low: mean - half, High: mean + half, N: n}
}

// A model draws the logarithms of costs of n blocks of two arms, the second of which costs
// exp(0.1) times as much; what it is disturbed by hits both alike.
type model struct {
	name string
	draw func(rng *rand.Rand, n int) (base, other []float64)
}

func models() []model {
	const deviation, effect = 0.02, 0.1
	pairs := func(of func(rng *rand.Rand, n int) func() float64) func(*rand.Rand, int) ([]float64, []float64) {
		return func(rng *rand.Rand, n int) (base, other []float64) {
			next := of(rng, n)
			for range n {
				base, other = append(base, next()), append(other, next()+effect)
			}
			return base, other
		}
	}
	normal := func(rng *rand.Rand, _ int) func() float64 {
		return func() float64 { return deviation * rng.NormFloat64() }
	}
	return []model{
		{"normal", pairs(normal)},
		{"one in eight disturbed by 5 to 35%", pairs(func(rng *rand.Rand, n int) func() float64 {
			of := normal(rng, n)
			return func() float64 {
				if x := of(); rng.Float64() >= 0.125 {
					return x
				} else {
					return x + 0.05 + 0.3*rng.Float64()
				}
			}
		})},
		{"skewed, exponential", pairs(func(rng *rand.Rand, _ int) func() float64 {
			return func() float64 { return deviation * (rng.ExpFloat64() - math.Ln2) }
		})},
		{"drifting by 10%, autocorrelation 0.4", pairs(func(rng *rand.Rand, n int) func() float64 {
			at, last := 0.0, 0.0
			return func() float64 {
				at++
				last = 0.4*last + math.Sqrt(1-0.16)*deviation*rng.NormFloat64()
				return last + 0.1*at/float64(2*n)
			}
		})},
	}
}

// The estimator is chosen by this table: how often the interval of a ratio of two arms
// holds the truth, and how wide it is, for what a shared machine does to a run. The
// numbers of 1,000 draws stand in METHODOLOGY.md.
func TestChoiceOfTheEstimator(t *testing.T) {
	draws := 300
	if os.Getenv("COPYTAX_SOAK") != "" {
		draws = 1000
	}
	estimators := []struct {
		name string
		of   func([]float64) Estimate
	}{{"centre", Center}, {"trimmed", tukey}, {"mean", Mean}}
	for _, m := range models() {
		for _, n := range []int{6, 10, 20, 60} {
			rng := rand.New(rand.NewPCG(7, uint64(n)))
			held, width := make([]float64, len(estimators)), make([]float64, len(estimators))
			for range draws {
				base, other := m.draw(rng, n)
				logs := make([]float64, n)
				for i := range logs {
					logs[i] = other[i] - base[i]
				}
				for i, e := range estimators {
					got := e.of(logs)
					if got.Holds(0.1) {
						held[i] += 100 / float64(draws)
					}
					width[i] += 100 * got.Half() / float64(draws)
				}
			}
			line := fmt.Sprintf("%-38s n %2d", m.name, n)
			for i, e := range estimators {
				line += fmt.Sprintf("  %s %.1f%% ± %.2f", e.name, held[i], width[i])
			}
			t.Log(line)
			if slack := 300 * math.Sqrt(0.95*0.05/float64(draws)); held[0] < 93-slack {
				t.Errorf("%s, %d blocks: the centre's interval holds the truth in %.1f%% of %d draws", m.name, n, held[0], draws)
			}
		}
	}
}
