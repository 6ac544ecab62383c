package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Power fits y = c xᵏ by ordinary least squares of the logarithms and returns k,
// with Student's t at two degrees of freedom less than there are points. N is
// the number of points, of which three at least are needed; all values must be
// positive.
func Power(x, y []float64) Estimate {
	n := len(x)
	if n < 3 || len(y) != n {
		return Nothing()
	}
	u, v := logs(x), logs(y)
	intercept, slope := stat.LinearRegression(u, v, nil, false)
	mean, squares, residuals := stat.Mean(u, nil), 0.0, 0.0
	for i := range u {
		squares += (u[i] - mean) * (u[i] - mean)
		off := v[i] - intercept - slope*u[i]
		residuals += off * off
	}
	freedom := float64(n - 2)
	err := math.Sqrt(residuals / freedom / squares)
	half := quantileT(freedom) * err
	return Estimate{
		Value: slope, Low: slope - half, High: slope + half, N: n,
		from: &sample{center: slope, error: err, freedom: freedom, onto: same},
	}
}

// Slope is Power's k without an interval, from two points on.
func Slope(x, y []float64) float64 {
	_, slope := stat.LinearRegression(logs(x), logs(y), nil, false)
	return slope
}
