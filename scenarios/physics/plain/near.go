package plain

import "math"

// chunk is how many candidates are copied at a time. Most rows of cells hold no
// more, and a loop that nearly always runs once is guessed right.
const chunk = 8

// perceive adds up the neighbours of all sorted boids, and returns how many
// these are together.
func (f *Flock) perceive() (neighbours uint64) {
	g := &f.grid
	for first := 0; first < g.cells[1]; first += strip {
		for z := range g.cells[2] {
			for y := first; y < min(first+strip, g.cells[1]); y++ {
				neighbours += f.perceiveRow(y, z)
			}
		}
	}
	return neighbours
}

// perceiveRow does so for a row of cells.
func (f *Flock) perceiveRow(y, z int) (neighbours uint64) {
	var buffer [maxRows]int
	rows := f.grid.around(&buffer, y, z)
	width := f.grid.cells[0]
	cells := f.starts[f.grid.row(y, z):][:width+1]
	for x := range width {
		from, to := int(cells[x]), int(cells[x+1])
		if from == to {
			continue
		}
		candidates := f.collect(rows, max(x-1, 0), min(x+2, width))
		for me := from; me < to; me++ {
			neighbours += uint64(f.sum(candidates, me))
		}
	}
	return neighbours
}

// Candidates returns how many boids the last sort put into the cells around a boid,
// itself included: at how many a step has to look, the mean. It is 0 for no boids.
func (f *Flock) Candidates() float64 {
	var buffer [maxRows]int
	sum, width := 0, f.grid.cells[0]
	for z := range f.grid.cells[2] {
		for y := range f.grid.cells[1] {
			here := f.starts[f.grid.row(y, z):]
			for _, row := range f.grid.around(&buffer, y, z) {
				for x := range width {
					there := f.starts[row+min(x+2, width)] - f.starts[row+max(x-1, 0)]
					sum += int(here[x+1]-here[x]) * int(there)
				}
			}
		}
	}
	return float64(sum) / float64(max(f.n, 1))
}

// around writes the first cells of the rows around row (y, z), itself included,
// layer by layer, and returns them.
func (g *grid) around(buffer *[maxRows]int, y, z int) []int {
	n := 0
	for c := max(z-1, 0); c < min(z+2, g.cells[2]); c++ {
		for b := max(y-1, 0); b < min(y+2, g.cells[1]); b++ {
			buffer[n] = g.row(b, c)
			n++
		}
	}
	return buffer[:n]
}

// collect copies the boids in cells left..right of each row side by side. All
// boids of a cell share these candidates.
func (f *Flock) collect(rows []int, left, right int) []spot {
	n, candidates, starts, spots := 0, f.candidates, f.starts, f.spots
	for _, row := range rows {
		from, to := int(starts[row+left]), int(starts[row+right])
		for at := 0; at < to-from; at += chunk {
			*(*[chunk]spot)(candidates[n+at:]) = *(*[chunk]spot)(spots[from+at:])
		}
		n += to - from
	}
	return candidates[:n]
}

// sum adds up the neighbours of a sorted boid, those of the candidates within
// the radius, and returns how many these are. The boid itself is among the
// candidates: all its terms are zero.
//
// Note: two loops, because nine sums and six coordinates do not fit into
// sixteen registers, and a sum in memory waits for the store before.
func (f *Flock) sum(candidates []spot, me int) int {
	b := &f.sorted[me]
	var near []hit
	if f.dimensions == 2 {
		near = f.nearInPlane(candidates, b)
	} else {
		near = f.near(candidates, b)
	}
	x, y, z, vx, vy, vz := b.x, b.y, b.z, b.vx, b.vy, b.vz
	var ax, ay, az, wx, wy, wz, px, py, pz float32
	sorted := f.sorted
	for _, h := range near {
		o, u := &sorted[h.at], h.excess
		dx, dy, dz := x-o.x, y-o.y, z-o.z
		ax, ay, az = ax+dx, ay+dy, az+dz
		px, py, pz = px+float32(u*dx), py+float32(u*dy), pz+float32(u*dz)
	}
	for _, h := range near {
		o := &sorted[h.at]
		wx, wy, wz = wx+(vx-o.vx), wy+(vy-o.vy), wz+(vz-o.vz)
	}
	t := &f.totals[me]
	t.apart, t.drift, t.push = vector{ax, ay, az}, vector{wx, wy, wz}, vector{px, py, pz}
	t.count = float32(len(near) - 1)
	return len(near) - 1
}

// near lists the candidates with d² < r².
//
// Note: each is noted where the next neighbour belongs, whether it is near or
// not, so that no branch has to be guessed. To go by two at a time gained nothing.
func (f *Flock) near(candidates []spot, b *boid) []hit {
	x, y, z, square, n, hits := b.x, b.y, b.z, f.law.square, 0, f.hits
	for i := range candidates {
		c := &candidates[i]
		dx, dy, dz := c.x-x, c.y-y, c.z-z
		u := float32(float32(dx*dx)+float32(dy*dy)) + float32(dz*dz) - square
		bits := math.Float32bits(u)
		hits[n] = hit{c.at, u}
		n += int(bits >> 31) // a negative excess; never −0, which no difference rounds to
	}
	return hits[:n]
}

// nearInPlane is near without z.
func (f *Flock) nearInPlane(candidates []spot, b *boid) []hit {
	x, y, square, n, hits := b.x, b.y, f.law.square, 0, f.hits
	for i := range candidates {
		c := &candidates[i]
		dx, dy := c.x-x, c.y-y
		u := float32(dx*dx) + float32(dy*dy) - square
		hits[n] = hit{c.at, u}
		n += int(math.Float32bits(u) >> 31)
	}
	return hits[:n]
}
