package kernel

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/copytax/copytax/internal/stats"
)

// A Slope says how the time of a step grows with the number of boids: as its
// power. 1 is linear: a boid costs the same in any world of the series.
type Slope struct {
	Series   string
	Backend  string
	From, To int            // boids
	Exponent stats.Estimate // N is the number of worlds
}

// slopes fits every back end over every series of at least three worlds.
func slopes(worlds []Table) (list []Slope) {
	for _, name := range seriesOf(worlds) {
		for _, b := range Ladder() {
			var boids, ns []float64
			for _, w := range worlds {
				if row, ok := w.row(b.Name); ok && w.Series == name && row.NS.N > 0 {
					boids = append(boids, float64(w.Boids))
					ns = append(ns, row.NS.Value*float64(w.Boids))
				}
			}
			if len(boids) >= 3 {
				list = append(list, Slope{name, b.Name, int(least(boids)), int(most(boids)), power(boids, ns)})
			}
		}
	}
	return list
}

// seriesOf lists the names of the series in the order of the worlds.
func seriesOf(worlds []Table) (list []string) {
	seen := map[string]bool{"": true}
	for _, w := range worlds {
		if !seen[w.Series] {
			seen[w.Series] = true
			list = append(list, w.Series)
		}
	}
	return list
}

func (t Table) row(backend string) (Row, bool) {
	for _, r := range t.Rows {
		if r.Backend.Name == backend {
			return r, true
		}
	}
	return Row{}, false
}

func least(xs []float64) float64 {
	v := math.Inf(1)
	for _, x := range xs {
		v = math.Min(v, x)
	}
	return v
}

func most(xs []float64) float64 {
	v := math.Inf(-1)
	for _, x := range xs {
		v = math.Max(v, x)
	}
	return v
}

// power fits y = c xᵏ by ordinary least squares of the logarithms, one point a
// world, and puts Student's t with two degrees of freedom less than there are
// points around k. The rounds of a world are not points: they share its caches,
// and how far a world is off the line is what the interval is about.
func power(x, y []float64) stats.Estimate {
	n := len(x)
	u, v := logs(x), logs(y)
	intercept, slope := stat.LinearRegression(u, v, nil, false)
	mean, squares, residuals := stat.Mean(u, nil), 0.0, 0.0
	for i := range u {
		squares += (u[i] - mean) * (u[i] - mean)
		off := v[i] - intercept - slope*u[i]
		residuals += off * off
	}
	freedom := float64(n - 2)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile((1 + stats.Confidence) / 2)
	half := t * math.Sqrt(residuals/freedom/squares)
	return stats.Estimate{Value: slope, Low: slope - half, High: slope + half, N: n}
}

func logs(xs []float64) []float64 {
	ys := make([]float64, len(xs))
	for i, x := range xs {
		ys[i] = math.Log(x)
	}
	return ys
}
