package msgpack

import (
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/columns"
)

// An Object codec makes a struct of every boid: an array of its fields, or a
// map from their names.
type Object struct {
	packs
	boids []columns.Boid
	genes []columns.Genes
}

// New returns a codec with an array a boid.
func New() *Object { return &Object{packs: newPacks(true)} }

// NewMap returns a codec with a map a boid.
func NewMap() *Object { return &Object{packs: newPacks(false)} }

// Encode encodes s.
func (c *Object) Encode(s copytax.Table) ([]byte, error) {
	if s.Kind == copytax.KindGenome {
		c.genes = columns.GenomeRows(s, c.genes)
		return encodeRows(c.sets[s.Kind], s, c.genes)
	}
	c.boids = columns.FrameRows(s, c.boids)
	return encodeRows(c.sets[s.Kind], s, c.boids)
}

// Decode decodes b into s.
func (c *Object) Decode(b []byte, s copytax.Table) error { return c.in.dropAfter(c.decode(b, s)) }

func (c *Object) decode(b []byte, s copytax.Table) error {
	if s.Kind == copytax.KindGenome {
		c.genes = slices.Grow(c.genes[:0], s.N)[:s.N]
		if err := decodeRows(c.in, b, s, c.genes); err != nil {
			return err
		}
		return columns.SetGenomeRows(s, s.Number, c.genes)
	}
	c.boids = slices.Grow(c.boids[:0], s.N)[:s.N]
	if err := decodeRows(c.in, b, s, c.boids); err != nil {
		return err
	}
	return columns.SetFrameRows(s, s.Number, c.boids)
}

// encodeRows writes [number, [boid, boid, …]].
func encodeRows[E any](w writer, s copytax.Table, rows []E) ([]byte, error) {
	if err := w.begin(2, s); err != nil {
		return nil, err
	}
	if err := w.EncodeArrayLen(len(rows)); err != nil {
		return nil, err
	}
	for i := range rows {
		if err := w.Encode(&rows[i]); err != nil {
			return nil, err
		}
	}
	return w.buf.Bytes(), nil
}

// decodeRows reads what encodeRows has written, array or map, over rows.
func decodeRows[E any](r reader, b []byte, s copytax.Table, rows []E) error {
	if err := r.begin(b, 2, s); err != nil {
		return err
	}
	if err := r.count(s); err != nil {
		return err
	}
	clear(rows) // a map may leave fields out
	for i := range rows {
		if err := r.Decode(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}
