package wasmhost

import (
	"math"

	"github.com/copytax/copytax"
)

// An oracle is the physics once more, written from the formulas and not from
// the Rust: brute force over all pairs, one boid after the other, in float64.
// Only who is a neighbour is decided in float32, since a boid at exactly one
// radius is or is not one, and both must agree.
//
// Note: the bits differ, because sums in another order round differently. The
// golden chains hold the bits; the oracle holds the meaning.
type oracle struct {
	p     copytax.Policy
	in    *copytax.Frame
	genes *copytax.Genome
}

type vector [3]float64

func (a vector) plus(b vector, scale float64) vector {
	return vector{a[0] + b[0]*scale, a[1] + b[1]*scale, a[2] + b[2]*scale}
}

func (a vector) dot(b vector) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func (a vector) length() float64      { return math.Sqrt(a.dot(a)) }

func at(f *copytax.Frame, first copytax.Column, i int) vector {
	return vector{float64(f.Col(first)[i]), float64(f.Col(first + 1)[i]), float64(f.Col(first + 2)[i])}
}

func wide(v [3]float32) vector { return vector{float64(v[0]), float64(v[1]), float64(v[2])} }

// step returns the next frame and the neighbours of all boids together.
func (o oracle) step() (*copytax.Frame, uint64) {
	out := copytax.NewFrame(o.in.N)
	total := uint64(0)
	for i := range o.in.N {
		total += uint64(o.move(out, i))
	}
	return out, total
}

// near reports whether j is within the radius of i.
func (o oracle) near(i, j int) bool {
	d2 := float32(0)
	for c := copytax.X; c <= copytax.Z; c++ {
		d := o.in.Col(c)[i] - o.in.Col(c)[j]
		d2 += float32(d * d)
	}
	return i != j && d2 < float32(o.p.Radius*o.p.Radius)
}

// A circle is what the neighbours of a boid add up to.
type circle struct {
	n                      int
	push, heading, outward vector // the last two are means
}

func (o oracle) around(i int) (c circle) {
	p, r2 := at(o.in, copytax.X, i), float64(o.p.Radius)*float64(o.p.Radius)
	for j := range o.in.N {
		if o.near(i, j) {
			d := p.plus(at(o.in, copytax.X, j), -1)
			c.push = c.push.plus(d, 1-d.dot(d)/r2)
			c.heading = c.heading.plus(at(o.in, copytax.VX, j), 1)
			c.outward = c.outward.plus(d, 1)
			c.n++
		}
	}
	share := 1 / float64(max(c.n, 1))
	c.heading, c.outward = vector{}.plus(c.heading, share), vector{}.plus(c.outward, share)
	return c
}

func (o oracle) acceleration(i int, c circle) vector {
	gene := func(col copytax.Column) float64 { return float64(o.genes.Col(col)[i]) }
	p, v := at(o.in, copytax.X, i), at(o.in, copytax.VX, i)
	a := vector{}.plus(c.push, float64(o.p.Separation)*gene(copytax.GeneSeparation))
	if c.n > 0 {
		a = a.plus(c.heading.plus(v, -1), float64(o.p.Alignment)*gene(copytax.GeneAlignment))
	}
	a = a.plus(c.outward, -float64(o.p.Cohesion)*gene(copytax.GeneCohesion))
	t := wide(o.p.Target).plus(p, -1)
	a = a.plus(t, float64(o.p.Goal)*gene(copytax.GeneGoal)/(1+t.dot(t)))
	for axis := range a {
		low := float64(o.p.Min[axis]+o.p.Margin) - p[axis]
		high := p[axis] - float64(o.p.Max[axis]-o.p.Margin)
		a[axis] += float64(o.p.WallGain) * (max(low, 0) - max(high, 0))
	}
	return vector{}.plus(a, min(1, float64(o.p.MaxAccel)/a.length()))
}

func (o oracle) velocity(v, a vector) vector {
	v = v.plus(a, float64(o.p.Dt))
	speed := v.length()
	if speed == 0 {
		return vector{float64(o.p.MinSpeed), 0, 0}
	}
	return vector{}.plus(v, min(max(speed, float64(o.p.MinSpeed)), float64(o.p.MaxSpeed))/speed)
}

// move writes the i-th boid of the next frame and returns its neighbours.
func (o oracle) move(out *copytax.Frame, i int) int {
	c := o.around(i)
	a := o.acceleration(i, c)
	v := o.velocity(at(o.in, copytax.VX, i), a)
	energy := float64(o.in.Col(copytax.Energy)[i])
	energy += float64(o.p.Dt) * (float64(o.p.EnergyGain) - float64(o.p.EnergyCost)*a.dot(a))
	energy = min(max(energy, 0), 1)
	reward := energy * agreementOf(v, c.heading) * o.company(c)
	decay := float64(o.p.FitDecay)
	out.Col(copytax.Energy)[i] = float32(energy)
	out.Col(copytax.Fitness)[i] = float32(decay*float64(o.in.Col(copytax.Fitness)[i]) + (1-decay)*reward)
	o.walk(out, i, v)
	return c.n
}

func agreementOf(a, b vector) float64 {
	norm := a.length() * b.length()
	if norm == 0 {
		return 0.5
	}
	return 0.5 + 0.5*a.dot(b)/norm
}

func (o oracle) company(c circle) float64 {
	n, r := float64(c.n), float64(o.p.Radius)
	return n / (1 + n + c.push.dot(c.push)/(r*r))
}

func (o oracle) walk(out *copytax.Frame, i int, v vector) {
	p := at(o.in, copytax.X, i).plus(v, float64(o.p.Dt))
	for axis := range p {
		lo, hi := float64(o.p.Min[axis]), float64(o.p.Max[axis])
		if p[axis] < lo || p[axis] > hi {
			p[axis], v[axis] = min(max(p[axis], lo), hi), -v[axis]
		}
		out.Col(copytax.X + copytax.Column(axis))[i] = float32(p[axis])
		out.Col(copytax.VX + copytax.Column(axis))[i] = float32(v[axis])
	}
}
