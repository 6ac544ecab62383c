package msgpack

import (
	"fmt"

	"github.com/copytax/copytax"
)

// A Packed codec makes an array of every column.
type Packed struct{ packs }

// NewPacked returns a codec with an array a column.
func NewPacked() *Packed { return &Packed{newPacks(true)} }

// Encode writes [number, [x, x, …], [y, y, …], …].
func (c *Packed) Encode(s copytax.Table) ([]byte, error) {
	w := c.sets[s.Kind]
	if err := w.begin(1+s.Count(), s); err != nil {
		return nil, err
	}
	for c := range s.Count() {
		if err := w.EncodeArrayLen(s.N); err != nil {
			return nil, err
		}
		for _, v := range s.Col(c) {
			if err := w.EncodeFloat32(v); err != nil {
				return nil, err
			}
		}
	}
	return w.buf.Bytes(), nil
}

// Decode reads what Encode has written.
func (c *Packed) Decode(b []byte, s copytax.Table) error { return c.in.dropAfter(c.in.columns(b, s)) }

func (r reader) columns(b []byte, s copytax.Table) error {
	if err := r.begin(b, 1+s.Count(), s); err != nil {
		return err
	}
	for c := range s.Count() {
		col := s.Col(c)
		if err := r.count(s); err != nil {
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
