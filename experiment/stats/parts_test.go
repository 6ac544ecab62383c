package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Of ten blocks the two at either end of the sum are left out, of all parts alike.
func TestPartsAddUp(t *testing.T) {
	var rows [][]float64
	for i := range 10 {
		x := float64(i)
		rows = append(rows, []float64{10 + x, 5 - x/2, math.Mod(7*x, 4)})
	}
	rows[0][0], rows[9][1] = -1e6, 1e6 // both far off, and both at an end of the sum
	parts, sum := Parts(rows)
	total, mean := 0.0, 0.0
	for i, p := range parts {
		total += p.Value
		mean += p.Student.Value
		if !p.HasInterval() || p.N != 10 {
			t.Errorf("part %d is %+v, want an interval of 10 blocks", i, p)
		}
	}
	if math.Abs(total-sum.Value) > 1e-12*math.Abs(sum.Value) || math.Abs(mean-sum.Student.Value) > 1e-9*math.Abs(mean) {
		t.Errorf("parts add up to %v (means %v), the sum is %v (%v)", total, mean, sum.Value, sum.Student.Value)
	}
	if sum.Value < 10 || sum.Value > 30 {
		t.Errorf("got the sum %v: a block that lies far off moved it", sum.Value)
	}
}

// The trimmed mean of the sum is that of Wilcox's data on self-awareness, whose trimmed
// mean at 20% is 283 and whose winsorized deviation is 146.8 (Introduction to Robust
// Estimation and Hypothesis Testing, 3rd ed., section 3.3); 13 of 19 values are kept.
func TestPartsOfWilcox(t *testing.T) {
	var rows [][]float64
	for _, x := range []float64{77, 87, 88, 114, 151, 210, 219, 246, 253, 262, 296, 299, 306, 376, 428, 515, 666, 1310, 2611} {
		rows = append(rows, []float64{x / 4, 3 * x / 4})
	}
	parts, sum := Parts(rows)
	if half := 146.8 * math.Sqrt(18./(13*12)) * quantileT(12); math.Abs(sum.Value-282.7) > 0.1 || math.Abs(sum.Half()-half) > 0.2 {
		t.Errorf("got %v ± %v, want 282.7 ± %v", sum.Value, sum.Half(), half)
	}
	if math.Abs(parts[1].Half()-0.75*sum.Half()) > 1e-9 { // in proportion to the sum
		t.Errorf("got half %v of a part that is three quarters of a sum of half %v", parts[1].Half(), sum.Half())
	}
}

func TestPartsOfFew(t *testing.T) {
	if parts, sum := Parts([][]float64{{1, 2}, {3, 4}, {math.NaN(), 1}}); parts[0].Value != 2 || sum.Value != 5 || sum.N != 2 || !sum.HasInterval() {
		t.Errorf("got %+v and %+v, want means of two rows", parts, sum)
	}
	if parts, sum := Parts(nil); len(parts) != 0 || sum.N != 0 || !math.IsNaN(sum.Value) {
		t.Errorf("got %+v and %+v of nothing", parts, sum)
	}
	same := [][]float64{{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}}
	if parts, _ := Parts(same); parts[0].Low != 1 || parts[0].High != 1 {
		t.Errorf("got %+v of blocks that are alike", parts[0])
	}
}

// The intervals of the parts and of the sum hold the truth as often as they say, with
// parts that move together, against each other and not at all, and with one block in five
// disturbed.
func TestPartsCover(t *testing.T) {
	const draws = 2000
	for _, n := range []int{3, 6, 10, 20} {
		for _, wild := range []bool{false, true} {
			rng := rand.New(rand.NewPCG(3, uint64(n)))
			var held [4]int
			for range draws {
				var rows [][]float64
				for range n {
					a, b, c := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
					if wild && rng.Float64() < 0.2 {
						a *= 8
					}
					rows = append(rows, []float64{10 + a, 5 - 0.5*a + b, 1 + 0.3*c})
				}
				parts, sum := Parts(rows)
				for i, truth := range []float64{10, 5, 1} {
					if parts[i].Holds(truth) {
						held[i]++
					}
				}
				if sum.Holds(16) {
					held[3]++
				}
			}
			t.Logf("%d blocks, disturbed %v: %v of %d", n, wild, held, draws)
			for i, h := range held {
				if share := float64(h) / draws; share < 0.93 || share > 0.99 {
					t.Errorf("%d blocks, disturbed %v: interval %d holds the truth in %.3f of the draws, want 0.95", n, wild, i, share)
				}
			}
		}
	}
}
