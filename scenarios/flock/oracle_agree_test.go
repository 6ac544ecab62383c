package flock

import (
	"fmt"
	"math"
	"testing"

	"github.com/copytax/copytax"
)

// tolerances of a step against the oracle. A sum of n ≤ 300 float32 terms of at
// most 1 is wrong by n·2⁻²⁴ ≈ 2e-5. The weights multiply that by up to 40 and
// one tick of 1/60 s takes most of it back, so that a velocity is wrong by
// 2e-5, or 1e-6 of itself where it is large. Positions add their own rounding,
// 2⁻²⁴ of up to 20. Energy sees the squared acceleration, up to 144 with a
// relative error of 1e-4, times cost and tick. A fitness divides two velocities.
var tolerances = [copytax.Columns]float64{
	copytax.X: 3e-6, copytax.Y: 3e-6, copytax.Z: 3e-6,
	copytax.VX: 3e-5, copytax.VY: 3e-5, copytax.VZ: 3e-5,
	copytax.Energy: 2e-5, copytax.Fitness: 2e-5,
}

// agree steps w and the oracle from the same frame and compares them.
func agree(t *testing.T, w *testWorld) {
	t.Helper()
	want, neighbours := oracle{w.policy, w.frame(), w.genome()}.step()
	fill(w.memory.Frames[1-w.slot].Data, 7)
	w.tick(t)
	if got := w.Neighbours(); got != neighbours {
		t.Fatalf("%d boids: got %d neighbours, want %d", w.cfg.Boids, got, neighbours)
	}
	for c := range copytax.Column(copytax.Columns) {
		got := w.frame().Col(c)
		for i, v := range want.Col(c) {
			if diff := math.Abs(float64(got[i] - v)); !(diff <= tolerances[c]) {
				t.Fatalf("%d boids, boid %d, column %d: got %v, want %v", w.cfg.Boids, i, c, got[i], v)
			}
		}
		at := int(c) * copytax.Stride(w.cfg.Boids)
		for _, v := range w.frame().Data[at+w.cfg.Boids : at+copytax.Stride(w.cfg.Boids)] {
			if v != 0 {
				t.Fatalf("%d boids: padding of column %d is %v, want 0", w.cfg.Boids, c, v)
			}
		}
	}
}

// TestStepAgreesWithOracle covers every tail of a block, and sizes around the
// edges of cells and blocks.
func TestStepAgreesWithOracle(t *testing.T) {
	sizes := []int{97, 127, 255, 257, 501, 1003}
	for n := range 71 {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		w := newTestWorld(t, testConfig(n, 8))
		for range 4 {
			agree(t, w)
		}
	}
}

// TestOracleAgreesOnAFlock compares steps of a flock that has formed, at each
// density, in both modes of the volume.
func TestOracleAgreesOnAFlock(t *testing.T) {
	for _, neighbours := range []int{8, 32, 128} {
		for _, mode := range []copytax.Mode{copytax.ConstantDensity, copytax.FixedVolume} {
			t.Run(fmt.Sprintf("%d/%s", neighbours, mode), func(t *testing.T) {
				cfg := testConfig(600, neighbours)
				cfg.Mode = mode
				w := newTestWorld(t, cfg)
				for range 200 {
					w.tick(t)
				}
				for range 5 {
					agree(t, w)
				}
			})
		}
	}
}

// TestOracleAgreesAtTheEdges puts boids where formulas branch.
func TestOracleAgreesAtTheEdges(t *testing.T) {
	edges := map[string]func(w *testWorld){
		"all in one point": func(w *testWorld) {
			for c := copytax.X; c <= copytax.Z; c++ {
				fill(w.frame().Col(c), 1)
			}
		},
		"all at rest in one point": func(w *testWorld) {
			for c := copytax.X; c <= copytax.VZ; c++ {
				fill(w.frame().Col(c), 1)
			}
			for c := copytax.VX; c <= copytax.VZ; c++ {
				fill(w.frame().Col(c), 0)
			}
		},
		"in the lower corner, outward bound": func(w *testWorld) {
			for c := copytax.X; c <= copytax.Z; c++ {
				fill(w.frame().Col(c), w.policy.Min[c])
				fill(w.frame().Col(copytax.VX+c), -w.policy.MaxSpeed)
			}
		},
		"in the upper corner, outward bound": func(w *testWorld) {
			for c := copytax.X; c <= copytax.Z; c++ {
				fill(w.frame().Col(c), w.policy.Max[c])
				fill(w.frame().Col(copytax.VX+c), w.policy.MaxSpeed)
			}
		},
		"alone, far apart": func(w *testWorld) {
			for i := range w.cfg.Boids {
				w.frame().Col(copytax.X)[i] = w.policy.Max[0] * float32(i%2)
				w.frame().Col(copytax.Y)[i] = w.policy.Max[1] * float32(i/2%2)
				w.frame().Col(copytax.Z)[i] = w.policy.Max[2] * float32(i/4%2)
			}
		},
		"without limits": func(w *testWorld) {
			p := w.policy
			p.MinSpeed, p.MaxSpeed, p.MaxAccel, p.FitDecay = 0, 100, 1000, 0
			w.setPolicy(p)
		},
	}
	for name, arrange := range edges {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{1, 2, 8, 61} {
				w := newTestWorld(t, testConfig(n, 8))
				arrange(w)
				for range 3 {
					agree(t, w)
				}
			}
		})
	}
}
