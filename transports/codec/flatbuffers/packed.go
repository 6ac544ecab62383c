package flatbuffers

import (
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A Packed codec makes a vector of every column.
type Packed struct{ builders }

// NewPacked returns a codec with a vector a column.
func NewPacked() *Packed { return &Packed{newBuilders()} }

// Encode encodes s.
func (c *Packed) Encode(s copytax.Table) ([]byte, error) {
	b := c.sets[s.Kind]
	b.Reset()
	var at [copytax.Columns]flatbuffers.UOffsetT
	for c := range s.Count() {
		at[c] = b.CreateByteVector(zerocopy.Bytes(s.Col(c)))
		// A vector begins with its number of elements. The library copies
		// whole vectors of bytes only, and has the same alignment for both.
		flatbuffers.WriteUint32(b.Bytes[b.Head():], uint32(s.N))
	}
	return finish(b, s, at[:s.Count()]...)
}

// Decode decodes b into s. Frames and genomes differ in their number of vectors only.
func (*Packed) Decode(b []byte, s copytax.Table) (err error) {
	if err := checkHead(s.Kind.String(), b); err != nil {
		return err
	}
	defer guard(&err)
	t := flatbuffers.Table{Bytes: b, Pos: flatbuffers.GetUOffsetT(b)}
	if err := s.CheckNumber(t.GetUint64Slot(slot(0), 0)); err != nil {
		return err
	}
	message := b[:len(b):len(b)] // slices of it must not reach what lies behind
	for c := range s.Count() {
		field := flatbuffers.UOffsetT(t.Offset(slot(firstVector + c)))
		if field == 0 {
			return fmt.Errorf("%s has no column %d", s.Kind, c)
		}
		if err := s.CheckColumn(c, t.VectorLen(field)); err != nil {
			return err
		}
		start, bytes := t.Vector(field), flatbuffers.UOffsetT(4*s.N)
		copy(zerocopy.Bytes(s.Col(c)), message[start:start+bytes])
	}
	return nil
}

// slot returns where the description of a table says where its field lies:
// behind two sizes of two bytes each.
func slot(field int) flatbuffers.VOffsetT { return flatbuffers.VOffsetT(4 + 2*field) }
