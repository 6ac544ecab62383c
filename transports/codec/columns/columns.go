// Package columns is what the codecs have in common: a frame or a genome as they
// see it, which is a number and columns of floats, and the two shapes that a schema
// gives to it, a row a boid and a field a column. It knows no library. Start at [Set].
package columns

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A Kind says which message a set is.
type Kind int

// The kinds of messages that hold columns.
const (
	Frame Kind = iota
	Genome
	Kinds = 2
)

func (k Kind) String() string { return [...]string{"frame", "genome"}[k] }

// A Set is the columns of a frame or of a genome. Data aliases the message and
// is laid out as there.
type Set struct {
	Kind   Kind
	Number uint64 // epoch or generation
	N      int    // of boids
	Data   []float32
}

// OfFrame returns the columns of f.
func OfFrame(f *copytax.Frame) Set { return Set{Frame, f.Epoch, f.N, f.Data} }

// OfGenome returns the columns of g.
func OfGenome(g *copytax.Genome) Set { return Set{Genome, g.Generation, g.N, g.Data} }

// Count returns the number of columns.
func (s Set) Count() int { return [...]int{copytax.Columns, copytax.GenomeColumns}[s.Kind] }

// Col returns column c without its padding.
func (s Set) Col(c int) []float32 {
	at := c * copytax.Stride(s.N)
	return s.Data[at : at+s.N : at+s.N]
}

// Bytes returns the memory of the columns, padding included.
func (s Set) Bytes() []byte { return zerocopy.Bytes(s.Data) }

// FrameColumns returns the columns of a frame without their padding.
func (s Set) FrameColumns() (x, y, z, vx, vy, vz, energy, fitness []float32) {
	return (&copytax.Frame{N: s.N, Data: s.Data}).Columns()
}

// GenomeColumns returns the columns of a genome without their padding.
func (s Set) GenomeColumns() (separation, alignment, cohesion, goal []float32) {
	return (&copytax.Genome{N: s.N, Data: s.Data}).Columns()
}

// CheckNumber returns an error unless a message has the number of the set.
func (s Set) CheckNumber(got uint64) error {
	if got != s.Number {
		return fmt.Errorf("%s is number %d, want %d", s.Kind, got, s.Number)
	}
	return nil
}

// Check returns an error unless a message has the number of the set, and n is
// its number of boids.
func (s Set) Check(number uint64, n int) error {
	if err := s.CheckNumber(number); err != nil {
		return err
	}
	return copytax.CheckCount(s.Kind.String(), n, s.N)
}

// CheckColumn returns an error unless n is the number of floats of column c.
func (s Set) CheckColumn(c, n int) error {
	if n != s.N {
		return copytax.CheckCount(fmt.Sprintf("%s column %d", s.Kind, c), n, s.N)
	}
	return nil
}

// A Message is a set in the form that a library encodes and decodes whole.
type Message interface {
	Load(Set)        // takes the set's number, and its columns or their floats
	Empty(Set)       // makes the message ready to be decoded into, for the set
	Store(Set) error // fills the set, or says what the message holds instead
}

// Fields are a [Message] that has a field a column.
type Fields struct {
	Number  *uint64
	Columns []*[]float32
}

// Load implements [Message]: the fields are the columns themselves.
func (f *Fields) Load(s Set) {
	*f.Number = s.Number
	for c, field := range f.Columns {
		*field = s.Col(c)
	}
}

// Empty implements [Message]: the columns lend their memory to the fields.
func (f *Fields) Empty(s Set) {
	*f.Number = 0
	for c, field := range f.Columns {
		*field = s.Col(c)[:0]
	}
}

// Store implements [Message]. A column is copied where the library took new
// memory for it, and lies in place already where it did not.
func (f *Fields) Store(s Set) error {
	if err := s.CheckNumber(*f.Number); err != nil {
		return err
	}
	for c, field := range f.Columns {
		if err := s.CheckColumn(c, len(*field)); err != nil {
			return err
		}
		copy(s.Col(c), *field)
	}
	return nil
}
