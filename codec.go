package copytax

import "fmt"

// A Kind says what a message is.
type Kind uint8

// The kinds of messages. The first two hold columns, and can be a [Table].
const (
	KindFrame Kind = iota
	KindGenome
	KindPolicy
	KindUsed // the viewer has used a frame; no body
	KindWant // the viewer asks for a frame; no body
	NumKinds

	TableKinds = 2 // number of kinds that hold columns
)

// String returns the name of the kind.
func (k Kind) String() string {
	if k >= NumKinds {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return [...]string{"frame", "genome", "policy", "use of frame", "request for frame"}[k]
}

// A Table is a frame or a genome as a codec sees it: a number and columns of floats.
// Data aliases the message and is laid out as there.
type Table struct {
	Kind   Kind   // KindFrame or KindGenome
	Number uint64 // epoch or generation
	N      int    // of boids
	Data   []float32
}

// Table returns the frame as a codec sees it, aliasing it.
func (f *Frame) Table() Table { return Table{KindFrame, f.Epoch, f.N, f.Data} }

// Table returns the genome as a codec sees it, aliasing it.
func (g *Genome) Table() Table { return Table{KindGenome, g.Generation, g.N, g.Data} }

// Count returns the number of columns.
func (t Table) Count() int { return [...]int{Columns, GenomeColumns}[t.Kind] }

// Col returns column c without its padding.
func (t Table) Col(c int) []float32 {
	at := c * Stride(t.N)
	return t.Data[at : at+t.N : at+t.N]
}

// FrameColumns returns the columns of a frame without their padding.
func (t Table) FrameColumns() (x, y, z, vx, vy, vz, energy, fitness []float32) {
	return (&Frame{N: t.N, Data: t.Data}).Columns()
}

// GenomeColumns returns the columns of a genome without their padding.
func (t Table) GenomeColumns() (separation, alignment, cohesion, goal []float32) {
	return (&Genome{N: t.N, Data: t.Data}).Columns()
}

// CheckNumber returns an error unless a message has the number of the table.
func (t Table) CheckNumber(got uint64) error {
	if got != t.Number {
		return fmt.Errorf("%s is number %d, want %d", t.Kind, got, t.Number)
	}
	return nil
}

// Check returns an error unless a message has the number of the table, and n is
// its number of boids.
func (t Table) Check(number uint64, n int) error {
	if err := t.CheckNumber(number); err != nil {
		return err
	}
	return CheckCount(t.Kind.String(), n, t.N)
}

// CheckColumn returns an error unless n is the number of floats of column c.
func (t Table) CheckColumn(c, n int) error {
	if n != t.N {
		return CheckCount(fmt.Sprintf("%s column %d", t.Kind, c), n, t.N)
	}
	return nil
}

// A Codec turns the messages of a trial into bytes and back. It moves nothing:
// carriers do. It owns the buffers that it works in and is not for concurrent use.
//
// What an Encode method returns may alias the message, and is valid until the
// next message of the same kind is encoded or the next change of the message.
// A Decode method fills every column of the destination, whose N and Number say
// what is expected; a message that holds another number of boids is an error of
// [CheckCount], and so is another Number where the codec carries one.
// After an error the destination's columns are undefined. Decoding hostile bytes
// fails; it never panics, and allocates no more than a small multiple of their
// length. A destination's Policy is filled whole.
type Codec interface {
	ContentType() string // for HTTP

	EncodePolicy(*Policy) ([]byte, error)
	DecodePolicy([]byte, *Policy) error
	Encode(Table) ([]byte, error)
	Decode([]byte, Table) error
}

// A Format is a codec that can be had by name.
type Format struct {
	Name    string // with a variant behind a colon, as in protobuf:packed
	Summary string // what it does to a boid, for the one line about a transport
	// Text is set when what it encodes is text.
	Text bool
	// InPlace is set when the encoded form of a table is its memory, and that of a
	// policy its canonical form, so that a carrier can receive into the destination
	// itself. Decode is then not called.
	InPlace bool
	New     func() Codec
}

// MaxBytes bounds the encoded size of any message about n boids, in any codec.
// Carriers refuse longer ones before they make room for them, and links refuse to
// send them. The wordiest codec here is JSON: eight floats of up to 15 characters,
// their names and punctuation.
func MaxBytes(n int) int { return 4096 + 512*n }
