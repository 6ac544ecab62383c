package copytax

import "fmt"

// A Column is one attribute of every boid.
type Column uint8

// The columns of a [Frame].
const (
	X Column = iota
	Y
	Z
	VX
	VY
	VZ
	Energy
	Fitness
	Columns = 8
)

// The columns of a [Genome].
const (
	GeneSeparation Column = iota
	GeneAlignment
	GeneCohesion
	GeneGoal
	GenomeColumns = 4
)

// Stride returns the distance between two columns of n boids, in float32: n
// rounded up to a block of four, so that every column starts on a vector.
func Stride(n int) int { return (n + 3) &^ 3 }

// A Frame is one tick of the flock, as columns. Column c occupies
// Data[c*Stride(N) : c*Stride(N)+N]; the up to three floats behind it are
// padding, zero, and never part of a digest.
//
// Data may alias memory owned by a link; it is valid until the frame is
// published or released.
type Frame struct {
	Epoch uint64
	N     int
	Slot  int       // which slot of the engine's memory or of the hub Data lies in
	Data  []float32 // Columns × Stride(N)
}

// NewFrame returns a frame of n boids on the heap.
func NewFrame(n int) *Frame {
	return &Frame{N: n, Data: make([]float32, Columns*Stride(n))}
}

// Col returns column c without its padding, aliasing f.Data.
func (f *Frame) Col(c Column) []float32 {
	at := int(c) * Stride(f.N)
	return f.Data[at : at+f.N : at+f.N]
}

// Columns returns all columns without their padding, aliasing f.Data.
func (f *Frame) Columns() (x, y, z, vx, vy, vz, energy, fitness []float32) {
	return f.Col(X), f.Col(Y), f.Col(Z), f.Col(VX), f.Col(VY), f.Col(VZ), f.Col(Energy), f.Col(Fitness)
}

// A Genome holds four weights a boid, laid out as in [Frame]. Data may alias
// memory owned by a link; it is valid until the genome is published.
type Genome struct {
	Generation uint64
	N          int
	Data       []float32 // GenomeColumns × Stride(N)
}

// NewGenome returns a genome of n boids on the heap.
func NewGenome(n int) *Genome {
	return &Genome{N: n, Data: make([]float32, GenomeColumns*Stride(n))}
}

// Col returns column c without its padding, aliasing g.Data.
func (g *Genome) Col(c Column) []float32 {
	at := int(c) * Stride(g.N)
	return g.Data[at : at+g.N : at+g.N]
}

// Columns returns all columns without their padding, aliasing g.Data.
func (g *Genome) Columns() (separation, alignment, cohesion, goal []float32) {
	return g.Col(GeneSeparation), g.Col(GeneAlignment), g.Col(GeneCohesion), g.Col(GeneGoal)
}

// CheckCount returns an error when a message of got boids arrives where want
// were agreed on. A transport that truncates is an error, never a fast one.
func CheckCount(what string, got, want int) error {
	if got != want {
		return fmt.Errorf("%s holds %d boids, want %d", what, got, want)
	}
	return nil
}
