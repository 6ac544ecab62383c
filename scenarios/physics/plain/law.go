package plain

import (
	"math"

	"github.com/copytax/copytax"
)

// A vector has x, y and z. Its methods round after every operation.
//
// Note: a struct, because the compiler keeps the elements of an array in memory.
type vector struct{ x, y, z float32 }

func (a vector) plus(b vector) vector  { return vector{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vector) minus(b vector) vector { return vector{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vector) times(s float32) vector {
	return vector{float32(a.x * s), float32(a.y * s), float32(a.z * s)}
}
func (a vector) dot(b vector) float32 {
	return float32(float32(a.x*b.x)+float32(a.y*b.y)) + float32(a.z*b.z)
}

// vectorOf returns the first components of v, and zeros for the rest.
func vectorOf(v [3]float32, dimensions int) vector {
	if dimensions == 2 {
		v[2] = 0
	}
	return vector{v[0], v[1], v[2]}
}

// A state is all of one boid.
type state struct {
	p, v            vector
	energy, fitness float32
}

func (s *state) sane() bool {
	return sane(s.v.x) && sane(s.v.y) && sane(s.v.z) && sane(s.energy) && sane(s.fitness)
}

// weights are the genes of a boid, those of its pulls.
type weights struct{ separation, alignment, cohesion, goal float32 }

func (w weights) sane() bool {
	return sane(w.separation) && sane(w.alignment) && sane(w.cohesion) && sane(w.goal)
}

// A law is a policy with what follows from it, ready for a step; the formulas
// are those of rust/flock/src/integrate.rs, in the same order. In the plane its
// third components are zero, which keeps z and its velocity zero.
type law struct {
	copytax.Policy
	square    float32 // r²
	inverse   float32 // 1/r²
	mostAccel float32 // the square of MaxAccel
	fitGain   float32
	target    vector
	min, max  vector // bounds
	low, high vector // where the soft walls begin
}

func newLaw(p *copytax.Policy, dimensions int) law {
	square := p.Radius * p.Radius
	lo, hi := vectorOf(p.Min, dimensions), vectorOf(p.Max, dimensions)
	margin := vectorOf([3]float32{p.Margin, p.Margin, p.Margin}, dimensions)
	return law{
		Policy: *p, square: square, inverse: 1 / square,
		mostAccel: p.MaxAccel * p.MaxAccel, fitGain: 1 - p.FitDecay,
		target: vectorOf(p.Target, dimensions), min: lo, max: hi, low: lo.plus(margin), high: hi.minus(margin),
	}
}

// advance moves a boid by one tick.
func (l *law) advance(s state, genes weights, t *total) state {
	share := float32(1)
	if t.count > 1 {
		share = 1 / t.count
	}
	away := t.push.times(-l.inverse)
	a, a2 := l.limit(l.pull(s.p, genes, t, away, share))
	v := l.accelerate(s.v, a)
	change := l.EnergyGain - float32(l.EnergyCost*a2)
	energy := clamp(s.energy+float32(l.Dt*change), 0, 1)
	var heading vector
	if t.count > 0 {
		heading = s.v.minus(t.drift.times(share))
	}
	crowding := 1 + t.count + float32(away.dot(away)*l.inverse)
	reward := float32(energy*agreement(v, heading)) * (t.count / crowding)
	fitness := float32(s.fitness*l.FitDecay) + float32(l.fitGain*reward)
	p, v := l.walk(s.p, v)
	return state{p, v, energy, fitness}
}

// pull is the acceleration that a boid wants.
func (l *law) pull(p vector, genes weights, t *total, away vector, share float32) vector {
	separation, alignment := float32(l.Separation*genes.separation), float32(l.Alignment*genes.alignment)
	cohesion, goal := float32(l.Cohesion*genes.cohesion), float32(l.Goal*genes.goal)
	to := l.target.minus(p)
	goal /= 1 + to.dot(to)
	mean := t.drift.times(alignment).plus(t.apart.times(cohesion)).times(share)
	flock := away.times(separation).minus(mean)
	wall := vector{depth(p.x, l.low.x, l.high.x), depth(p.y, l.low.y, l.high.y), depth(p.z, l.low.z, l.high.z)}
	return flock.plus(to.times(goal)).plus(wall.times(l.WallGain))
}

// depth is how deep p lies in the soft walls of an axis.
func depth(p, low, high float32) float32 {
	below, above := low-p, p-high
	if !(0 < below) {
		below = 0
	}
	if !(0 < above) {
		above = 0
	}
	return below - above
}

// limit returns a, no longer than it may be, and its squared length.
func (l *law) limit(a vector) (vector, float32) {
	a2 := a.dot(a)
	if l.mostAccel < a2 {
		return a.times(l.MaxAccel / root(a2)), l.mostAccel
	}
	return a, a2
}

// accelerate returns the velocity after a tick under a.
func (l *law) accelerate(v, a vector) vector {
	v = v.plus(a.times(l.Dt))
	speed := root(v.dot(v))
	if !(0 < speed) {
		return vector{x: clamp(0, l.MinSpeed, l.MaxSpeed)}
	}
	if wanted := clamp(speed, l.MinSpeed, l.MaxSpeed); wanted != speed {
		v = v.times(wanted / speed)
	}
	return v
}

// walk returns position and velocity after a tick at v.
func (l *law) walk(p, v vector) (vector, vector) {
	p = p.plus(v.times(l.Dt))
	p.x, v.x = bounce(p.x, v.x, l.min.x, l.max.x)
	p.y, v.y = bounce(p.y, v.y, l.min.y, l.max.y)
	p.z, v.z = bounce(p.z, v.z, l.min.z, l.max.z)
	return p, v
}

// bounce puts a boid that would leave on the bound and turns it back.
func bounce(p, v, lo, hi float32) (float32, float32) {
	if p < lo {
		return lo, 0 - v
	}
	if hi < p {
		return hi, 0 - v
	}
	return p, v
}

// agreement tells how well two directions agree: 0 opposite, 1 the same, ½ where
// one is none.
func agreement(a, b vector) float32 {
	norm := root(float32(a.dot(a) * b.dot(b)))
	if !(0 < norm) {
		return 0.5
	}
	return 0.5 + float32(0.5*clamp(a.dot(b)/norm, -1, 1))
}

func clamp(v, lo, hi float32) float32 {
	if v < lo {
		v = lo
	}
	if hi < v {
		v = hi
	}
	return v
}

// root is the correctly rounded square root, one instruction.
func root(v float32) float32 { return float32(math.Sqrt(float64(v))) }
