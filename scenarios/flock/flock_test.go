package flock

import (
	"testing"

	"github.com/copytax/copytax"
)

func testConfig(boids, neighbours int) copytax.Config {
	return copytax.Config{Boids: boids, Neighbours: neighbours, Mode: copytax.ConstantDensity, Seed: 42, Slots: 2}
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
