package flock

import (
	"math"

	"github.com/copytax/copytax"
)

// A Model is a flock that can be stepped without a kernel or a link: how many
// boids, in the plane or in space, and the policy that they obey. In the plane
// z and its velocity are 0 and the policy's third components are ignored.
type Model struct {
	Boids      int
	Dimensions int    // 2 or 3
	Seed       uint64 // of the first frame
	Policy     copytax.Policy
}

// ModelOf returns the flock of a configuration.
func ModelOf(cfg copytax.Config) Model {
	return Model{Boids: cfg.Boids, Dimensions: 3, Seed: cfg.Seed, Policy: DefaultPolicy(cfg)}
}

// Cells returns the size of the grid that the bounds of the policy need: cells
// with an edge of one perception radius along x, y and z.
func (m Model) Cells() (cells [3]uint32) {
	cells = [3]uint32{1, 1, 1}
	for axis := range m.Dimensions {
		edge := float64(m.Policy.Max[axis] - m.Policy.Min[axis])
		cells[axis] = uint32(math.Ceil(edge / float64(m.Policy.Radius)))
	}
	return cells
}
