package wasmhost

import (
	"math"
	"slices"

	"github.com/copytax/copytax"
)

// An arithmetic computes as float64 does, or, with a seed, rounds each result to the
// 24 digits of a float32 at random: up with the probability of the part that is cut
// off. That is the random rounding of Monte Carlo arithmetic, D. S. Parker, "Monte
// Carlo Arithmetic", UCLA CSD-970002, 1997: the scatter of several runs is the
// uncertainty that rounding gives the result.
type arithmetic struct{ state uint64 }

// round rounds x, unless this is float64. Whatever 24 digits hold stays as it is.
func (a *arithmetic) round(x float64) float64 {
	if a.state == 0 {
		return x
	}
	a.state ^= a.state << 13 // xorshift64, Marsaglia 2003
	a.state ^= a.state >> 7
	a.state ^= a.state << 17
	const cut = 1<<29 - 1 // the digits that float64 has more
	return math.Float64frombits((math.Float64bits(x) + a.state>>35) &^ cut)
}

// plus returns v + w·scale, with each operation rounded.
func (a *arithmetic) plus(v, w vector, scale float64) vector {
	for i := range v {
		v[i] = a.round(v[i] + a.round(w[i]*scale))
	}
	return v
}

func (a *arithmetic) square(v vector) float64 {
	sum := a.round(v[0] * v[0])
	sum = a.round(sum + a.round(v[1]*v[1]))
	return a.round(sum + a.round(v[2]*v[2]))
}

func (a *arithmetic) length(v vector) float64 { return a.round(math.Sqrt(a.square(v))) }

// A flight is the motion of a flock over many steps: the oracle's formulas on a
// state of its own, which is never rounded to float32 but by its arithmetic. Energy
// and fitness are not in it: they move nobody.
type flight struct {
	oracle
	arithmetic
	x, v []vector
}

// takeOff starts a flight from a frame. A seed of 0 asks for float64.
func takeOff(p copytax.Policy, f *copytax.Frame, genes *copytax.Genome, seed uint64) *flight {
	fl := &flight{oracle{p, f, genes}, arithmetic{seed}, make([]vector, f.N), make([]vector, f.N)}
	for i := range f.N {
		fl.x[i], fl.v[i] = at(f, copytax.X, i), at(f, copytax.VX, i)
	}
	return fl
}

func (f *flight) step() {
	x, v := make([]vector, len(f.x)), make([]vector, len(f.v))
	for i := range x {
		v[i] = f.held(f.plus(f.v[i], f.wish(i, f.look(i)), float64(f.p.Dt)))
		x[i] = f.plus(f.x[i], v[i], float64(f.p.Dt))
		for axis := range x[i] {
			lo, hi := float64(f.p.Min[axis]), float64(f.p.Max[axis])
			if x[i][axis] < lo || x[i][axis] > hi {
				x[i][axis], v[i][axis] = min(max(x[i][axis], lo), hi), -v[i][axis]
			}
		}
	}
	f.x, f.v = x, v
}

// look adds up the neighbours of i.
func (f *flight) look(i int) (c circle) {
	r2 := float64(f.p.Radius) * float64(f.p.Radius)
	for j := range f.x {
		d := vector{f.x[i][0] - f.x[j][0], f.x[i][1] - f.x[j][1], f.x[i][2] - f.x[j][2]}
		if i == j || d.dot(d) > 1.001*r2 {
			continue // too far for any rounding
		}
		if d = f.plus(f.x[i], f.x[j], -1); f.square(d) < r2 {
			c.push = f.plus(c.push, d, f.round(1-f.round(f.square(d)/r2)))
			c.heading = f.plus(c.heading, f.plus(f.v[j], f.v[i], -1), 1) // seen from i
			c.outward = f.plus(c.outward, d, 1)
			c.n++
		}
	}
	return c
}

// wish returns the acceleration of i within its limit.
func (f *flight) wish(i int, c circle) vector {
	weight := func(w float32, gene copytax.Column) float64 {
		return f.round(float64(w) * float64(f.genes.Col(gene)[i]))
	}
	share := f.round(1 / float64(max(c.n, 1)))
	a := f.plus(vector{}, c.push, weight(f.p.Separation, copytax.GeneSeparation))
	a = f.plus(a, c.heading, f.round(share*weight(f.p.Alignment, copytax.GeneAlignment)))
	a = f.plus(a, c.outward, -f.round(share*weight(f.p.Cohesion, copytax.GeneCohesion)))
	t := f.plus(wide(f.p.Target), f.x[i], -1)
	a = f.plus(a, t, f.round(weight(f.p.Goal, copytax.GeneGoal)/f.round(1+f.square(t))))
	for axis := range a {
		low := f.round(float64(f.p.Min[axis]+f.p.Margin) - f.x[i][axis])
		high := f.round(f.x[i][axis] - float64(f.p.Max[axis]-f.p.Margin))
		a[axis] = f.round(a[axis] + f.round(float64(f.p.WallGain)*(max(low, 0)-max(high, 0))))
	}
	if most, length := float64(f.p.MaxAccel), f.length(a); length > most {
		a = f.plus(vector{}, a, f.round(most/length))
	}
	return a
}

// held returns v within the limits of speed.
func (f *flight) held(v vector) vector {
	speed := f.length(v)
	if speed == 0 {
		return vector{float64(f.p.MinSpeed), 0, 0}
	}
	wanted := min(max(speed, float64(f.p.MinSpeed)), float64(f.p.MaxSpeed))
	return f.plus(vector{}, v, f.round(wanted/speed))
}

// apart lists how far the boids of two flocks are from each other.
func apart(a, b []vector) []float64 {
	gaps := make([]float64, len(a))
	for i := range a {
		gaps[i] = a[i].plus(b[i], -1).length()
	}
	return gaps
}

// spread is a distribution by its median, its ninth decile and its 99th percentile.
func spread(gaps []float64) (q [3]float64) {
	sorted := slices.Sorted(slices.Values(gaps))
	for i, share := range []float64{0.5, 0.9, 0.99} {
		q[i] = sorted[int(share*float64(len(sorted)))]
	}
	return q
}
