package physics

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// slack is how much wider than the radius a cell of the step's grid is, as a
// share: see SLACK in rust/flock/src/grid.rs.
const slack = 1.0 / 4096

// A grid is the one that the step sorts boids into.
type grid struct {
	cells     [3]int
	min, last [3]float32
	perLength float32
	axes      int
}

func newGrid(m flock.Model) grid {
	g := grid{min: m.Policy.Min, perLength: float32(1-slack) / m.Policy.Radius, axes: m.Dimensions}
	for axis, n := range m.Cells() {
		g.cells[axis], g.last[axis] = int(n), float32(n-1)
	}
	return g
}

// cell returns the cell of a place, by the arithmetic of the step.
func (g grid) cell(place [3]float32) (at [3]int) {
	for axis := range g.axes {
		v := float32(place[axis]-g.min[axis]) * g.perLength
		at[axis] = int(max(0, min(v, g.last[axis])))
	}
	return at
}

// index numbers the cells row by row, layer by layer.
func (g grid) index(x, y, z int) int { return (z*g.cells[1]+y)*g.cells[0] + x }

// candidates returns the mean over all boids of the number of boids in the cells
// around theirs, their own included: at how many a step of these boids has to
// look. It is 0 for no boids.
func candidates(f *copytax.Frame, m flock.Model) float64 {
	if f.N == 0 {
		return 0
	}
	g := newGrid(m)
	here := make([]int, g.cells[0]*g.cells[1]*g.cells[2])
	x, y, z := f.Col(copytax.X), f.Col(copytax.Y), f.Col(copytax.Z)
	for i := range f.N {
		at := g.cell([3]float32{x[i], y[i], z[i]})
		here[g.index(at[0], at[1], at[2])]++
	}
	around, sum := g.around(here), 0.0
	for c, n := range here {
		sum += float64(n) * float64(around[c])
	}
	return sum / float64(f.N)
}

// around sums every cell with its neighbours, one axis after the other.
func (g grid) around(here []int) []int {
	strides := [3]int{1, g.cells[0], g.cells[0] * g.cells[1]}
	for axis, stride := range strides {
		sums := make([]int, len(here))
		for c := range here {
			sums[c] = here[c]
			at := c / stride % g.cells[axis]
			if at > 0 {
				sums[c] += here[c-stride]
			}
			if at+1 < g.cells[axis] {
				sums[c] += here[c+stride]
			}
		}
		here = sums
	}
	return here
}
