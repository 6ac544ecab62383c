package plain

import (
	"fmt"

	"github.com/copytax/copytax"
)

// slack is the share by which a cell is wider than the radius, so that rounding
// cannot put two neighbours two cells apart.
const slack = 1.0 / 4096

// A grid maps positions to cells.
type grid struct {
	cells     [3]int
	perLength float32
	last      [3]float32 // coordinate of the last cell along each axis
	min       [3]float32
	max       [3]float32
}

// fit aims the grid at the bounds of a policy, unless they need more cells.
func (g *grid) fit(p *copytax.Policy, dimensions int) error {
	g.perLength = (1 - slack) / p.Radius
	for axis, cells := range g.cells {
		switch {
		case axis >= dimensions && cells == 1:
			g.last[axis], g.min[axis], g.max[axis] = 0, 0, 0
		case axis >= dimensions || float32((p.Max[axis]-p.Min[axis])*g.perLength) > float32(cells):
			return fmt.Errorf("policy of epoch %d: its bounds need more cells than the engine declared", p.Epoch)
		default:
			g.last[axis], g.min[axis], g.max[axis] = float32(cells-1), p.Min[axis], p.Max[axis]
		}
	}
	return nil
}

// row returns the first cell of row (y, z). A strip of rows goes through all
// layers before the next one begins.
func (g *grid) row(y, z int) int {
	first := y &^ (strip - 1)
	height := min(strip, g.cells[1]-first)
	return (first*g.cells[2] + z*height + y - first) * g.cells[0]
}

// coordinate returns the cell along an axis of a distance from its minimum.
func coordinate(distance, perLength, last float32) int {
	v := distance * perLength
	if v < 0 {
		v = 0
	}
	if last < v {
		v = last
	}
	return int(int32(v))
}

// vectors returns the columns of positions, which begin at X, or of velocities, at
// VX; in the plane, the third is 0.
func (f *Flock) vectors(frame *copytax.Frame, first copytax.Column) (x, y, z []float32) {
	x, y, z = frame.Col(first), frame.Col(first+1), frame.Col(first+2)
	if f.dimensions == 2 {
		z = f.zeros
	}
	return x, y, z
}

// count checks the positions, notes the cell of each boid in place, and turns
// starts into where the boids of each cell begin. It returns whether all
// positions were within the bounds.
func (f *Flock) count(frame *copytax.Frame) bool {
	clear(f.starts)
	g, starts, place := f.grid, f.starts, f.place
	xs, ys, zs := f.vectors(frame, copytax.X)
	xs, ys, zs = xs[:len(place)], ys[:len(place)], zs[:len(place)]
	for i := range place {
		x, y, z := xs[i], ys[i], zs[i]
		if !(g.min[0] <= x && x <= g.max[0] && g.min[1] <= y && y <= g.max[1] && g.min[2] <= z && z <= g.max[2]) {
			return false
		}
		cx := coordinate(x-g.min[0], g.perLength, g.last[0])
		cy := coordinate(y-g.min[1], g.perLength, g.last[1])
		cz := coordinate(z-g.min[2], g.perLength, g.last[2])
		cell := uint32(g.row(cy, cz) + cx)
		place[i] = cell
		starts[cell]++
	}
	sum := uint32(0)
	for c, boids := range starts {
		starts[c] = sum
		sum += boids
	}
	return true
}

// scatter writes each boid to its place in the order of cells, and in a cell in
// the order of ids, and notes that place.
func (f *Flock) scatter(frame *copytax.Frame) {
	place, starts, sorted, spots := f.place, f.starts, f.sorted, f.spots
	xs, ys, zs := f.vectors(frame, copytax.X)
	us, vs, ws := f.vectors(frame, copytax.VX)
	xs, ys, zs = xs[:len(place)], ys[:len(place)], zs[:len(place)]
	us, vs, ws = us[:len(place)], vs[:len(place)], ws[:len(place)]
	for i, cell := range place {
		at := starts[cell]
		starts[cell] = at + 1
		place[i] = at
		sorted[at] = boid{x: xs[i], y: ys[i], z: zs[i], vx: us[i], vy: vs[i], vz: ws[i]}
		spots[at] = spot{xs[i], ys[i], zs[i], at}
	}
	// Every start is now where the next cell's was.
	copy(starts[1:], starts)
	if len(starts) > 0 {
		starts[0] = 0
	}
}
