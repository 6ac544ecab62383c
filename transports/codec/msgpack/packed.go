package msgpack

import (
	"fmt"

	"github.com/copytax/copytax"
)

// A Packed codec makes an array of every column.
type Packed struct{ packs }

// NewPacked returns a codec with an array a column.
func NewPacked() *Packed {
	c := &Packed{newPacks()}
	c.policy.UseArrayEncodedStructs(true)
	return c
}

// Name returns the codec's name.
func (*Packed) Name() string { return "msgpack:packed" }

// columns is what frames and genomes have in common.
type columns interface {
	Col(copytax.Column) []float32
}

// EncodeFrame encodes f.
func (c *Packed) EncodeFrame(f *copytax.Frame) ([]byte, error) {
	return encodeColumns(c.frame, f.Epoch, f, copytax.Columns)
}

// DecodeFrame decodes b into f.
func (c *Packed) DecodeFrame(b []byte, f *copytax.Frame) error {
	return c.in.dropAfter(decodeColumns(c.in, b, "frame", f.Epoch, f, copytax.Columns))
}

// EncodeGenome encodes g.
func (c *Packed) EncodeGenome(g *copytax.Genome) ([]byte, error) {
	return encodeColumns(c.genome, g.Generation, g, copytax.GenomeColumns)
}

// DecodeGenome decodes b into g.
func (c *Packed) DecodeGenome(b []byte, g *copytax.Genome) error {
	return c.in.dropAfter(decodeColumns(c.in, b, "genome", g.Generation, g, copytax.GenomeColumns))
}

// encodeColumns writes [number, [x, x, …], [y, y, …], …].
func encodeColumns(w writer, number uint64, m columns, count copytax.Column) ([]byte, error) {
	if err := w.begin(1+int(count), number); err != nil {
		return nil, err
	}
	for c := range count {
		col := m.Col(c)
		if err := w.EncodeArrayLen(len(col)); err != nil {
			return nil, err
		}
		for _, v := range col {
			if err := w.EncodeFloat32(v); err != nil {
				return nil, err
			}
		}
	}
	return w.buf.Bytes(), nil
}

// decodeColumns reads what encodeColumns has written.
func decodeColumns(r reader, b []byte, what string, number uint64, m columns, count copytax.Column) error {
	if err := r.begin(b, what, 1+int(count), number); err != nil {
		return err
	}
	for c := range count {
		col := m.Col(c)
		if err := r.count(what, len(col)); err != nil {
			return fmt.Errorf("column %d: %w", c, err)
		}
		for i := range col {
			v, err := r.DecodeFloat32()
			if err != nil {
				return fmt.Errorf("column %d, boid %d: %w", c, i, err)
			}
			col[i] = v
		}
	}
	return nil
}
