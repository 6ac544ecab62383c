package flatbuffers

import (
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/flatbuffers/fb"
	"github.com/copytax/copytax/zerocopy"
)

// A Packed codec makes a vector of every column.
type Packed struct{ builders }

// NewPacked returns a codec with a vector a column.
func NewPacked() *Packed { return &Packed{newBuilders()} }

// Name returns the codec's name.
func (*Packed) Name() string { return "flatbuffers:packed" }

// columns is what frames and genomes have in common.
type columns interface {
	Col(copytax.Column) []float32
}

// vectors writes count columns of m as vectors of floats and returns where
// they are.
func vectors(b *flatbuffers.Builder, m columns, count int, at []flatbuffers.UOffsetT) {
	for c := range count {
		col := m.Col(copytax.Column(c))
		at[c] = b.CreateByteVector(zerocopy.Bytes(col))
		// A vector begins with its number of elements. The library copies
		// whole vectors of bytes only, and has the same alignment for both.
		flatbuffers.WriteUint32(b.Bytes[b.Head():], uint32(len(col)))
	}
}

// The first vector of a table is its second field, behind the number.
const firstVector = 1

// table writes a table of a number and count vectors.
func table(b *flatbuffers.Builder, number uint64, m columns, count int) []byte {
	b.Reset()
	var at [copytax.Columns]flatbuffers.UOffsetT
	vectors(b, m, count, at[:])
	b.StartObject(firstVector + count)
	b.PrependUint64Slot(0, number, 0)
	for c := range count {
		b.PrependUOffsetTSlot(firstVector+c, at[c], 0)
	}
	b.Finish(b.EndObject())
	return b.FinishedBytes()
}

// fill reads count vectors of a table over the columns of m.
func fill(t flatbuffers.Table, what string, m columns, count int) error {
	message := t.Bytes[:len(t.Bytes):len(t.Bytes)] // slices of it must not reach what lies behind
	for c := range count {
		field := flatbuffers.UOffsetT(t.Offset(flatbuffers.VOffsetT(4 + 2*(firstVector+c))))
		if field == 0 {
			return fmt.Errorf("%s has no column %d", what, c)
		}
		col := m.Col(copytax.Column(c))
		if n := t.VectorLen(field); n != len(col) {
			return copytax.CheckCount(fmt.Sprintf("%s column %d", what, c), n, len(col))
		}
		start, bytes := t.Vector(field), flatbuffers.UOffsetT(4*len(col))
		copy(zerocopy.Bytes(col), message[start:start+bytes])
	}
	return nil
}

// EncodeFrame encodes f.
func (c *Packed) EncodeFrame(f *copytax.Frame) ([]byte, error) {
	return table(c.frame, f.Epoch, f, copytax.Columns), nil
}

// DecodeFrame decodes b into f.
func (*Packed) DecodeFrame(b []byte, f *copytax.Frame) (err error) {
	if err := checkHead("frame", b); err != nil {
		return err
	}
	defer guard(&err)
	m := fb.GetRootAsPackedFrame(b, 0)
	if err := checkNumber("frame", m.Epoch(), f.Epoch); err != nil {
		return err
	}
	return fill(m.Table(), "frame", f, copytax.Columns)
}

// EncodeGenome encodes g.
func (c *Packed) EncodeGenome(g *copytax.Genome) ([]byte, error) {
	return table(c.genome, g.Generation, g, copytax.GenomeColumns), nil
}

// DecodeGenome decodes b into g.
func (*Packed) DecodeGenome(b []byte, g *copytax.Genome) (err error) {
	if err := checkHead("genome", b); err != nil {
		return err
	}
	defer guard(&err)
	m := fb.GetRootAsPackedGenome(b, 0)
	if err := checkNumber("genome", m.Generation(), g.Generation); err != nil {
		return err
	}
	return fill(m.Table(), "genome", g, copytax.GenomeColumns)
}
