package wasmhost

import (
	"math"

	"github.com/copytax/copytax"
)

// roundoff is the largest relative error of a float32 operation, 2⁻²⁴.
const roundoff = 1.0 / (1 << 24)

// A sight is what the error of a boid's step depends on besides the policy.
type sight struct {
	n       int     // neighbours
	speed   float64 // before it is held to the limits
	heading float64 // length of the neighbours' mean velocity
}

// A doubt bounds, in multiples of roundoff, the errors of what a step computes on its way:
// of one component, unless it says of a vector.
type doubt struct {
	push, apart, drift float64 // the sums over neighbours
	away               float64 // the separation before its weight
	accel, length      float64 // of a vector: the acceleration within its limit; and how long that can be
}

// tolerance bounds the error of each column of one boid's step in float32, to first
// order in the unit roundoff, as METHODOLOGY derives it. The weights of p are
// those of the boid, genes included. The oracle's own rounding to float32 is in it.
func tolerance(p copytax.Policy, s sight) [copytax.Columns]float64 {
	e, dt := accelerationErrors(p, s.n), float64(p.Dt)
	low, high := float64(p.MinSpeed), float64(p.MaxSpeed)
	velocity := dt*(e.accel+e.length) + s.speed
	held := min(max(s.speed, low), high)
	// To stretch a vector to the lowest speed stretches its error as well.
	velocity = velocity*max(1, low/s.speed) + 6*held
	reach := 0.0
	for axis := range p.Min {
		reach = max(reach, math.Abs(float64(p.Min[axis])), math.Abs(float64(p.Max[axis])))
	}
	energy := dt*(math.Abs(float64(p.EnergyCost))*e.length*(2*e.accel+8*e.length)+3*math.Abs(float64(p.EnergyGain))) + 3
	fitness := (1-float64(p.FitDecay))*(energy+rewardErrors(p, s, e, velocity/held)) + 5
	position := dt*(velocity+held) + 2*reach
	bounds := [copytax.Columns]float64{
		position, position, position, velocity, velocity, velocity, min(energy, 1/roundoff), min(fitness, 1/roundoff),
	}
	for c := range bounds {
		bounds[c] *= roundoff
	}
	return bounds
}

// sumErrors bounds the error of n terms of at most one, each known to within term
// roundoffs, that are added one after the other.
func sumErrors(n int, term float64) float64 {
	return float64(n)*term + float64(n)*float64(n+1)/2
}

func accelerationErrors(p copytax.Policy, n int) (e doubt) {
	const steepest = 0.3849002 // 2/√27, the most of (1 − d²) d
	r, v, share := float64(p.Radius), float64(p.MaxSpeed), 1/float64(max(n, 1))
	weight := func(w float32) float64 { return math.Abs(float64(w)) }
	e.apart = r * sumErrors(n, 1)
	e.drift = 2 * v * sumErrors(n, 1)
	e.push = r * steepest * sumErrors(n, 6/steepest+2)
	away := r * steepest * float64(n)
	e.away = e.push + 3*away
	some := min(float64(n), 1)
	sizes := weight(p.Separation)*away + some*(2*v*weight(p.Alignment)+r*weight(p.Cohesion)) +
		weight(p.Goal)/2 + weight(p.WallGain)*weight(p.Margin)
	axis := weight(p.Separation)*(e.away+2*away) +
		weight(p.Alignment)*share*(e.drift+5*2*v*float64(n)) +
		weight(p.Cohesion)*share*(e.apart+5*r*float64(n)) +
		5*weight(p.Goal) + 3*weight(p.WallGain)*weight(p.Margin) + 3*sizes
	e.length = min(float64(p.MaxAccel), math.Sqrt(3)*sizes)
	e.accel = math.Sqrt(3)*axis + 5*e.length // to shorten a vector shortens its error
	return e
}

// rewardErrors bounds the error of agreement times company, both at most one.
// turn is the relative error of the velocity.
func rewardErrors(p copytax.Policy, s sight, e doubt, turn float64) float64 {
	if s.n == 0 {
		return 3 // there is no company, exactly
	}
	n := float64(s.n)
	heading := math.Sqrt(3) * (e.drift/n + 5*float64(p.MaxSpeed))
	agreement := turn + heading/s.heading + 8
	company := math.Sqrt(3)*e.away/(float64(p.Radius)*math.Sqrt(1+n)) + 6
	return agreement + company + 3
}
