// Package flock is the workload of the benchmark: a flock of boids in three
// dimensions, stepped by a Rust engine, bred by a Go kernel, and prepared for
// drawing by a viewer.
//
// It refuses to know how a message travels, or who computes a step: each role
// meets only the link that it was given, and the engine a [World]. It builds for
// every platform of Go. Start at [New], and at [Bounds] and [DefaultPolicy] for the
// world that a configuration asks for.
package flock

import (
	"math"
	"sort"

	"github.com/copytax/copytax"
)

const (
	// Radius is the perception radius and the unit of length of the world.
	Radius = 1

	minEdge         = 2 // of the world: a smaller one would be all soft wall
	maxEdge         = 1 << 10
	edgeSteps       = 1024  // edges are whole multiples of 1/edgeSteps
	fixedBoids      = 10000 // the volume of FixedVolume is that of so many boids
	fixedNeighbours = 8     // at so many neighbours
)

// Bounds returns the corners of the world of cfg: a cube with one corner at
// the origin, whose edge is the least multiple of 1/1024 at which boids placed
// at random have no more than cfg.Neighbours neighbours on average.
//
// Note: the customary N/ρ with ρ = neighbours/(4/3 π r³) ignores that boids
// near a wall have an emptier ball. A flock of 100 would then start with 5.7
// neighbours where 8 were asked for, and compute per boid would grow with N.
//
// A flock too small to be that dense gets the smallest world, with an edge of
// two radii: 100 boids have some 30 neighbours there, however many are asked for.
func Bounds(cfg copytax.Config) (lo, hi [3]float32) {
	n, neighbours := cfg.Boids, cfg.Neighbours
	if cfg.Mode == copytax.FixedVolume {
		n, neighbours = fixedBoids, fixedNeighbours
	}
	steps := minEdge*edgeSteps + sort.Search((maxEdge-minEdge)*edgeSteps, func(i int) bool {
		edge := minEdge + float64(i)/edgeSteps
		return float64(n-1)*pairsWithin(Radius/edge) <= float64(neighbours)
	})
	edge := float32(steps) / edgeSteps
	return lo, [3]float32{edge, edge, edge}
}

// pairsWithin returns the probability that two random points of the unit cube
// lie within distance t ≤ 1 of each other: the distribution function of cube
// line picking, J. Philip, "The probability distribution of the distance
// between two random points in a box", TRITA MAT 07 MA 10, 2007.
func pairsWithin(t float64) float64 {
	return t * t * t * (4*math.Pi/3 - t*(3*math.Pi/2-t*(8.0/5-t/6)))
}

// DefaultPolicy returns the policy of epoch 0 of cfg. The kernel moves its
// target and counts its epoch and generation; the rest stays as it is here.
//
// Separation is a sum over the neighbours while the other pulls are means, so
// its weight falls with the number of neighbours that cfg asks for: the flock
// then keeps near that number instead of clumping or freezing.
func DefaultPolicy(cfg copytax.Config) copytax.Policy {
	lo, hi := Bounds(cfg)
	p := copytax.Policy{
		Dt: 1.0 / 60, Radius: Radius,
		Separation: 60 / float32(max(cfg.Neighbours, 1)), Alignment: 1, Cohesion: 0.5, Goal: 0.3,
		Min: lo, Max: hi,
		Margin: 0.5, WallGain: 6,
		MinSpeed: 1, MaxSpeed: 3, MaxAccel: 12,
		EnergyGain: 0.2, EnergyCost: 0.04, FitDecay: 0.95,
	}
	for axis := range p.Target {
		p.Target[axis] = (lo[axis] + hi[axis]) / 2
	}
	return p
}
