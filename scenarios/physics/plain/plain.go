// Package plain is the step of the flock in plain Go, which the engine is compared
// with.
//
// It gives the bits of the physics in Rust. It uses no unsafe, no assembly and no
// cgo, and allocates nothing once a [Flock] is made. It refuses to know a link or a
// linear memory. Start at [New].
package plain

import (
	"fmt"

	"github.com/copytax/copytax"
)

const (
	maxCells = 1024 // along an axis
	// MaxBoids is how many a flock can have, here as in Rust.
	MaxBoids = 1 << 26
	strip    = 8 // rows of cells that stand together, layer above layer
	maxRows  = 9 // of cells, around one of them
)

// An Input is what a step reads. Nobody may write it during the step; frame and
// genome hold as many boids as the flock.
type Input struct {
	Policy *copytax.Policy
	Frame  *copytax.Frame
	Genome *copytax.Genome
}

// A Flock steps boids. It owns the working memory of a step, which means
// nothing between two steps, and no frame. One goroutine at a time may use it.
type Flock struct {
	n          int
	dimensions int
	law        law
	grid       grid
	zeros      []float32 // z and its velocity in the plane
	starts     []uint32  // boids starts[c]..starts[c+1] of the sorted are in cell c
	place      []uint32  // of boid i among the sorted; its cell, while they are sorted
	sorted     []boid    // in the order of cells
	spots      []spot    // where they are, once more
	candidates []spot    // of one cell
	hits       []hit     // those of them that are near
	totals     []total   // of the sorted
}

// A boid is what its neighbours see of it: half a cache line.
type boid struct{ x, y, z, vx, vy, vz, _, _ float32 }

// A spot is the position of sorted boid number at.
type spot struct {
	x, y, z float32
	at      uint32
}

// A hit is a neighbour: its number among the sorted, and d² − r².
type hit struct {
	at     uint32
	excess float32
}

// A total is what the neighbours j of boid i add up to: Σ (pᵢ − pⱼ), Σ (vᵢ − vⱼ),
// Σ (d² − r²)(pᵢ − pⱼ), and how many they are.
type total struct {
	apart, drift, push vector
	count              float32
}

// New returns a flock of so many boids in 2 or 3 dimensions, for policies whose
// bounds need no more than so many cells along x, y and z.
func New(boids, dimensions int, cells [3]uint32) (*Flock, error) {
	if boids < 0 || boids > MaxBoids {
		return nil, fmt.Errorf("flock of %d boids: want 0 to %d", boids, MaxBoids)
	}
	if dimensions != 2 && dimensions != 3 {
		return nil, fmt.Errorf("flock of %d dimensions: want 2 or 3", dimensions)
	}
	count := 1
	for _, c := range cells {
		if c < 1 || c > maxCells {
			return nil, fmt.Errorf("flock in %v cells: want 1 to %d along each axis", cells, maxCells)
		}
		count *= int(c)
	}
	return &Flock{
		n: boids, dimensions: dimensions,
		grid:       grid{cells: [3]int{int(cells[0]), int(cells[1]), int(cells[2])}},
		zeros:      make([]float32, boids),
		starts:     make([]uint32, count+1),
		place:      make([]uint32, boids),
		sorted:     make([]boid, boids),
		spots:      make([]spot, boids+chunk),
		candidates: make([]spot, boids+chunk),
		hits:       make([]hit, boids+1),
		totals:     make([]total, boids),
	}, nil
}

// Step moves the flock by one tick into to and returns the number of neighbours
// that all boids had together. With renumber, boid i of the new frame is the
// i-th in the order of cells and moves by the genes of boid i. The padding of to
// becomes zero; after an error to means nothing.
func (f *Flock) Step(in Input, to *copytax.Frame, renumber bool) (uint64, error) {
	if to.N != f.n || len(to.Data) != copytax.Columns*copytax.Stride(f.n) {
		return 0, fmt.Errorf("step: a frame of %d boids cannot hold %d", to.N, f.n)
	}
	neighbours, err := f.Perceive(in)
	if err != nil {
		return 0, fmt.Errorf("step: %w", err)
	}
	if !f.integrate(in, to, renumber) {
		return 0, fmt.Errorf("step: %w", f.culprit(in))
	}
	return neighbours, nil
}

// Perceive does the checks, the sort and the sums over the neighbours of a Step
// and nothing else. It returns the number of neighbours.
func (f *Flock) Perceive(in Input) (uint64, error) {
	if err := f.Sort(in); err != nil {
		return 0, err
	}
	return f.perceive(), nil
}

// Sort does the checks and the sort of a Step and nothing else.
func (f *Flock) Sort(in Input) error {
	if err := f.check(in); err != nil {
		return err
	}
	if !f.count(in.Frame) {
		return f.culprit(in)
	}
	f.scatter(in.Frame)
	return nil
}

// check holds the input to the sizes of the flock, reads the policy, and leaves
// law and grid ready.
func (f *Flock) check(in Input) error {
	size := copytax.Stride(f.n)
	if in.Frame.N != f.n || in.Genome.N != f.n ||
		len(in.Frame.Data) != copytax.Columns*size || len(in.Genome.Data) != copytax.GenomeColumns*size {
		return fmt.Errorf("frame of %d boids and genome of %d: want %d", in.Frame.N, in.Genome.N, f.n)
	}
	if err := CheckPolicy(in.Policy, f.dimensions); err != nil {
		return err
	}
	if err := f.grid.fit(in.Policy, f.dimensions); err != nil {
		return err
	}
	f.law = newLaw(in.Policy, f.dimensions)
	return nil
}
