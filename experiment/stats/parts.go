package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// cut is the share of blocks that [Parts] leaves out at either end, the usual one.
const cut = 0.2

// Parts estimates the parts of a sum, one row of equally many parts a block, so that the
// estimates of the parts add up to the estimate of the sum. The fifth of the blocks with
// the least sum and the fifth with the largest are left out, of all parts alike, and the
// mean of the others is taken: a mean trimmed by the sum. A few disturbed blocks move it
// little, as they do [Center], whose values would not add up. Fewer than six blocks are
// all kept. A row with a value that is NaN or infinite is left out. N is the number of
// blocks, those left out at the ends included.
//
// The interval of the sum is that of Tukey and McLaughlin for a trimmed mean: Student's t
// with the deviation of values of which those that were left out stand at the edge of
// what was kept. A part has no edge of its own. What it is expected to be at the edges of
// the sum follows from a straight line through the kept blocks, which is exact for the
// sum itself.
//
// Sources: J. W. Tukey, D. H. McLaughlin, Sankhyā A 25 (1963), for the interval; S.-S.
// Yang, J. Am. Stat. Assoc. 76 (1981), for means of one variable trimmed by another.
func Parts(rows [][]float64) (parts []Estimate, sum Estimate) {
	var blocks [][]float64 // the parts, and behind them their sum
	for _, row := range rows {
		total := 0.0
		for _, v := range row {
			total += v
		}
		if !math.IsNaN(total) && !math.IsInf(total, 0) {
			blocks = append(blocks, append(slices.Clone(row), total))
		}
	}
	width := 0
	if len(rows) > 0 {
		width = len(rows[0])
	}
	slices.SortFunc(blocks, func(a, b []float64) int { return cmp.Compare(a[width], b[width]) })
	column := func(i int) []float64 {
		xs := make([]float64, len(blocks))
		for b := range blocks {
			xs[b] = blocks[b][i]
		}
		return xs
	}
	for i := range width {
		parts = append(parts, trimmed(column(i), column(width)))
	}
	return parts, trimmed(column(width), column(width))
}

// trimmed estimates the mean of ys over the blocks in the middle, which are in the order
// of by.
func trimmed(ys, by []float64) Estimate {
	e, n := Mean(ys), len(ys)
	if n < FewestSigns {
		return e
	}
	out := int(cut * float64(n))
	kept, among := ys[out:n-out], by[out:n-out]
	slope := 0.0
	if _, s := stat.LinearRegression(among, kept, nil, false); !math.IsNaN(s) { // all alike have none
		slope = s
	}
	value, middle := stat.Mean(kept, nil), stat.Mean(among, nil)
	edged := slices.Clone(ys)
	for i := range out {
		edged[i] = value + slope*(among[0]-middle)
		edged[n-1-i] = value + slope*(among[len(among)-1]-middle)
	}
	h := float64(len(kept))
	half := quantileT(h-1) * stat.StdDev(edged, nil) * math.Sqrt(float64(n-1)/(h*(h-1)))
	e.Value, e.Low, e.High = value, value-half, value+half
	return e
}
