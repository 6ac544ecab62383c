package plain

import (
	"fmt"

	"github.com/copytax/copytax"
)

// limit is what no length, speed, weight, gene, energy or fitness may exceed,
// which keeps every sum of a step finite.
const limit = 1e6

// A term is a float of the policy and the range that it must lie in.
type term struct{ v, lo, hi float32 }

// CheckPolicy refuses the first float of a policy that is not finite or out of
// its range, and limits that contradict each other.
func CheckPolicy(p *copytax.Policy, dimensions int) error {
	weight := func(v float32) term { return term{v, -limit, limit} }
	amount := func(v float32) term { return term{v, 0, limit} }
	terms := [...]term{ // in canonical order, from byte 16 on
		{p.Dt, 1e-6, 1}, {p.Radius, 1e-3, limit},
		weight(p.Separation), weight(p.Alignment), weight(p.Cohesion), weight(p.Goal),
		weight(p.Target[0]), weight(p.Target[1]), weight(p.Target[2]),
		weight(p.Min[0]), weight(p.Min[1]), weight(p.Min[2]),
		weight(p.Max[0]), weight(p.Max[1]), weight(p.Max[2]),
		amount(p.Margin), amount(p.WallGain),
		amount(p.MinSpeed), amount(p.MaxSpeed), amount(p.MaxAccel),
		weight(p.EnergyGain), weight(p.EnergyCost), {p.FitDecay, 0, 1},
	}
	for i, t := range terms {
		if !(t.lo <= t.v && t.v <= t.hi) {
			return policyFault(p, 16+4*i)
		}
	}
	if p.MinSpeed > p.MaxSpeed {
		return policyFault(p, 84)
	}
	for axis := range dimensions {
		if p.Min[axis] >= p.Max[axis] {
			return policyFault(p, 52+4*axis)
		}
	}
	return nil
}

func policyFault(p *copytax.Policy, at int) error {
	return fmt.Errorf("policy of epoch %d: float at byte %d is not finite or out of range", p.Epoch, at)
}

// culprit describes the first boid that is not as it should be.
func (f *Flock) culprit(in Input) error {
	for id := range f.n {
		for axis := range copytax.Column(f.dimensions) {
			if x := in.Frame.Col(copytax.X + axis)[id]; !(in.Policy.Min[axis] <= x && x <= in.Policy.Max[axis]) {
				return fmt.Errorf("position of boid %d is not a number or outside the bounds", id)
			}
		}
		for c := copytax.VX; c < copytax.Columns; c++ {
			if !sane(in.Frame.Col(c)[id]) {
				return fmt.Errorf("velocity, energy or fitness of boid %d is not finite or absurdly large", id)
			}
		}
		for c := range copytax.Column(copytax.GenomeColumns) {
			if !sane(in.Genome.Col(c)[id]) {
				return fmt.Errorf("gene of boid %d is not finite or absurdly large", id)
			}
		}
	}
	return fmt.Errorf("a flock of %d boids was refused for no reason", f.n) // unreachable: a check has failed
}

func sane(v float32) bool { return -limit <= v && v <= limit }
