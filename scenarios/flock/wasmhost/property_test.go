package wasmhost

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// draws is what a random world is made from.
type draws struct{ *rand.Rand }

func drawsOf(seed uint64) draws { return draws{rand.New(rand.NewPCG(seed, 0))} }

func (d draws) within(lo, hi float32) float32 { return lo + (hi-lo)*d.Float32() }

// moderate is a weight of either sign.
func (d draws) moderate() float32 { return d.within(-20, 20) }

// any is a weight of either sign that may be nothing or as large as any may be.
func (d draws) any() float32 {
	switch d.IntN(8) {
	case 0:
		return 0
	case 1:
		return float32(math.Copysign(1e6, d.Float64()-0.5)) // the limit of rust/flock/src/policy.rs
	}
	return d.moderate()
}

func abs32(v float32) float32 { return float32(math.Abs(float64(v))) }

// policy draws a policy whose weights are drawn by weight, in bounds of at most
// eight radii.
func (d draws) policy(weight func() float32) copytax.Policy {
	p := copytax.Policy{
		Dt: d.within(1e-3, 0.05), Radius: d.within(0.25, 4),
		Separation: weight(), Alignment: weight(), Cohesion: weight(), Goal: weight(),
		Margin: abs32(weight()), WallGain: abs32(weight()), MaxSpeed: abs32(weight()), MaxAccel: abs32(weight()),
		EnergyGain: weight(), EnergyCost: weight(), FitDecay: d.Float32(),
	}
	p.MinSpeed = p.MaxSpeed * d.Float32()
	for axis := range 3 {
		p.Min[axis] = d.within(-4, 4) * p.Radius
		p.Max[axis] = p.Min[axis] + d.within(0.5, 8)*p.Radius
		p.Target[axis] = d.within(-9, 9) * p.Radius
	}
	return p
}

// roomyWorld returns a world whose grid has room for any policy that is drawn: to
// compile the module takes longer than to step it.
func (d draws) roomyWorld(t *testing.T, dimensions, boids int) *testWorld {
	p := d.policy(d.moderate)
	for axis := range p.Min {
		p.Min[axis], p.Max[axis] = 0, 8*p.Radius
	}
	return newModelTestWorld(t, flock.Model{Boids: boids, Dimensions: dimensions, Seed: d.Uint64(), Policy: p})
}

// restart begins the world anew under p.
func (w *testWorld) restart(t *testing.T, p copytax.Policy) {
	t.Helper()
	w.setPolicy(p)
	p.Put(w.first)
	if err := w.Seed(w.slot); err != nil {
		t.Fatal(err)
	}
}

// TestRandomWorldsHoldTheirLimits checks what a step promises of every frame under
// policies from all that are legal, in the plane and in space.
func TestRandomWorldsHoldTheirLimits(t *testing.T) {
	for seed := range uint64(20) {
		d := drawsOf(seed)
		w := d.roomyWorld(t, 2+int(seed%2), d.IntN(300))
		for nth := range 10 {
			w.restart(t, d.policy(d.any))
			for tick := range 4 {
				w.advance(t, tick*copytax.GenerationTicks/2) // every other tick with new numbers
				if wrong := w.wrong(); wrong != "" {
					t.Fatalf("seed %d, policy %d, tick %d: %s\n%+v", seed, nth, tick, wrong, w.policy)
				}
				padded(t, w.frame())
			}
		}
	}
}

// wrong says which limit the last frame breaks, if any.
func (w *testWorld) wrong() string {
	const slack = 6 * roundoff // squares, root, quotient and product
	f, p := w.frame(), w.policy
	low, high := float64(p.MinSpeed)*(1-slack), float64(p.MaxSpeed)*(1+slack)
	for i := range f.N {
		x, v := at(f, copytax.X, i), at(f, copytax.VX, i)
		for axis := range w.model.Dimensions {
			if !(x[axis] >= float64(p.Min[axis]) && x[axis] <= float64(p.Max[axis])) {
				return fmt.Sprintf("boid %d is at %v", i, x)
			}
		}
		if w.model.Dimensions == 2 && (x[2] != 0 || v[2] != 0) {
			return fmt.Sprintf("boid %d left the plane: %v, %v", i, x, v)
		}
		if speed := v.length(); !(speed >= low && speed <= high) {
			return fmt.Sprintf("boid %d has speed %v", i, speed)
		}
		for _, c := range []copytax.Column{copytax.Energy, copytax.Fitness} {
			if v := f.Col(c)[i]; !(v >= 0 && v <= 1) {
				return fmt.Sprintf("boid %d has %v in column %d", i, v, c)
			}
		}
	}
	return ""
}

// TestRandomWorldsAgreeWithOracle compares steps under random moderate policies, in
// space and in the plane. To the oracle a plane is a layer without walls near it.
func TestRandomWorldsAgreeWithOracle(t *testing.T) {
	worst, met := 0.0, uint64(0)
	for seed := range uint64(12) {
		d := drawsOf(1000 + seed)
		w := d.roomyWorld(t, 2+int(seed%2), 1+d.IntN(200))
		for nth := range 8 {
			p := d.policy(d.moderate)
			if w.model.Dimensions == 2 {
				p.Min[2], p.Max[2], p.Target[2] = -p.Margin-1, p.Margin+1, 0
			}
			w.restart(t, p)
			t.Logf("seed %d, policy %d: %d boids in %d dimensions", 1000+seed, nth, w.model.Boids, w.model.Dimensions)
			for range 3 {
				worst = max(worst, agree(t, w))
				met += w.Neighbours()
			}
		}
	}
	t.Logf("%d neighbours met; the largest error was %.2f of its tolerance", met, worst)
	if met < 10_000 {
		t.Errorf("%d neighbours met: too few to tell anything", met)
	}
}
