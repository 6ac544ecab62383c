package physics

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// published lists worlds with the size, the bounds and the radius of flocks that
// others have published numbers for. The rules are this project's: what carries
// over is how many boids look at how many others.
func published() []world {
	const rules = "this project's rules and reflecting walls instead of the published rules and a torus; " +
		"speeds, margins and accelerations scale with the radius"
	suite := "JuliaDynamics/ABMFrameworksComparison, Flocking, "
	million := cube("million-33", 1_000_000, 33) // the size and density that graphics processors are shown with
	million.Differences = "a million boids in space with 33 neighbours each at the start: no published model, but the usual size of a showpiece"
	return []world{
		plane("flamegpu-2d", 80_000, 400, 5, "FLAMEGPU/ABM_Framework_Comparisons, boids2D", rules),
		plane("julia-small", 200, 100, 5, suite+"small", rules),
		plane("julia-large", 400, 150, 15, suite+"large", rules),
		million,
	}
}

// plane is a square of the given edge in the plane. All lengths of the default
// policy are in radii, so that it moves as the project's own worlds do.
func plane(name string, boids int, edge, radius float32, source, differences string) world {
	const pi = 3.14159265
	neighbours := float32(boids-1) * pi * radius * radius / (edge * edge)
	p := flock.DefaultPolicy(copytax.Config{Boids: boids, Neighbours: max(1, int(neighbours+0.5)), Mode: copytax.ConstantDensity})
	p.Radius = radius
	for _, length := range []*float32{&p.Margin, &p.MinSpeed, &p.MaxSpeed, &p.MaxAccel} {
		*length *= radius
	}
	p.EnergyCost /= radius * radius
	for axis := range p.Min {
		p.Min[axis], p.Max[axis], p.Target[axis] = 0, edge, edge/2
	}
	p.Max[2], p.Target[2] = 0, 0
	return world{
		Name:   name,
		Model:  flock.Model{Boids: boids, Dimensions: 2, Seed: worldSeed, Policy: p},
		Source: source, Differences: differences,
	}
}
