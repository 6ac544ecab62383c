package flock

import (
	"fmt"
	"math"
	"testing"

	"github.com/copytax/copytax"
)

// TestBoundsHoldNeighboursConstant seeds worlds and counts who is near whom:
// the mean over seeds must be what was asked for, whatever the number of boids.
// A world of 100 boids has some 800 pairs, whose count has a standard deviation
// of about 4% over boids at random; over 24 seeds that leaves 1%.
func TestBoundsHoldNeighboursConstant(t *testing.T) {
	for _, n := range []int{100, 400, 1500} {
		const seeds = 24
		total := uint64(0)
		for seed := range uint64(seeds) {
			cfg := testConfig(n, 8)
			cfg.Seed = seed
			w := newTestWorld(t, cfg)
			_, pairs := oracle{w.policy, w.frame(), w.genome()}.step()
			total += pairs
		}
		if got := float64(total) / seeds / float64(n); math.Abs(got-8) > 0.3 {
			t.Errorf("%d boids start with %.2f neighbours, want 8", n, got)
		}
	}
}

func TestBounds(t *testing.T) {
	edge := func(cfg copytax.Config) float32 {
		lo, hi := Bounds(cfg)
		if lo != [3]float32{} || hi[0] != hi[1] || hi[1] != hi[2] {
			t.Errorf("bounds %v to %v of %+v are no cube at the origin", lo, hi, cfg)
		}
		return hi[0]
	}
	if got := edge(testConfig(1, 8)); got != minEdge {
		t.Errorf("edge of one boid %v, want %v", got, minEdge)
	}
	if small, large := edge(testConfig(1000, 8)), edge(testConfig(8000, 8)); large < 1.9*small || large > 2.1*small {
		t.Errorf("eight times the boids: edge %v after %v, want about twice", large, small)
	}
	if sparse, dense := edge(testConfig(1000, 8)), edge(testConfig(1000, 32)); dense >= sparse {
		t.Errorf("edge %v at 32 neighbours, %v at 8", dense, sparse)
	}
	fixed := testConfig(50, 128)
	fixed.Mode = copytax.FixedVolume
	if got, want := edge(fixed), edge(testConfig(10_000, 8)); got != want {
		t.Errorf("fixed volume has edge %v, want %v", got, want)
	}
}

// TestFlockKeepsItsNeighbours runs the kernel's own steering and breeding and
// holds the flock to the number of neighbours it was made for: a world whose
// density grew would make compute grow, and the tax look small.
func TestFlockKeepsItsNeighbours(t *testing.T) {
	for _, neighbours := range []int{8, 32, 128} {
		t.Run(fmt.Sprint(neighbours), func(t *testing.T) {
			w := newTestWorld(t, testConfig(1000, neighbours))
			k := &KernelActor{base: w.policy, orbit: [2]float32{1, 0}, goal: w.policy.Goal, centre: w.policy.Target}
			k.reach = (w.policy.Max[0] - w.policy.Min[0]) / 4
			pool := NewPool(w.cfg.Boids, 42)
			pool.Seed(w.genome())
			for tick := range 600 {
				w.setPolicy(k.base)
				w.tick(t)
				mean := float64(w.Neighbours()) / float64(w.cfg.Boids)
				if ratio := mean / float64(neighbours); ratio < 0.7 || ratio > 1.5 {
					t.Fatalf("tick %d: %.1f neighbours, want about %d", tick, mean, neighbours)
				}
				sums := survey(w.frame())
				k.decide(w.cfg.Boids, &sums)
				if (tick+1)%copytax.GenerationTicks == 0 {
					pool.Breed(w.genome(), w.frame().Col(copytax.Fitness))
				}
			}
		})
	}
}
