// Package cbor encodes the messages of a trial as CBOR (RFC 8949) by
// github.com/fxamacker/cbor: a map from field names a boid, as the library does it.
package cbor

import (
	"bytes"
	"math"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/transports/codec/columns"
)

// Plugin returns what the module adds to a program.
func Plugin() experiment.Catalogue {
	return experiment.Catalogue{Codecs: []copytax.Format{{
		Name: "cbor", Summary: "a CBOR map with field names a boid", New: func() copytax.Codec { return newCodec() },
	}}}
}

// A set is a message of rows: number, then a map a boid.
type set[R any] struct {
	_      struct{} `cbor:",toarray"`
	Number uint64
	Rows   []R
}

// A codec keeps its buffers and rows from message to message. There is a buffer for
// each kind, since a carrier may hold a frame while the next policy is encoded.
type codec struct {
	enc    cbor.UserBufferEncMode
	dec    cbor.DecMode
	bufs   [copytax.NumKinds]bytes.Buffer
	frame  set[columns.Boid]
	genome set[columns.Genes]
}

func newCodec() *codec {
	enc, err1 := cbor.EncOptions{NaNConvert: cbor.NaNConvertNone}.UserBufferEncMode()
	dec, err2 := cbor.DecOptions{
		MaxArrayElements:  math.MaxInt32, // by default it refuses more than 131,072 boids
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
	}.DecMode()
	if err1 != nil || err2 != nil {
		panic("options that are constants are refused") // a mistake in this function
	}
	return &codec{enc: enc, dec: dec}
}

// ContentType returns the media type of CBOR.
func (*codec) ContentType() string { return "application/cbor" }

func (c *codec) encode(k copytax.Kind, v any) ([]byte, error) {
	c.bufs[k].Reset()
	if err := c.enc.MarshalToBuffer(v, &c.bufs[k]); err != nil {
		return nil, err
	}
	return c.bufs[k].Bytes(), nil
}

// EncodePolicy implements copytax.Codec.
func (c *codec) EncodePolicy(p *copytax.Policy) ([]byte, error) {
	return c.encode(copytax.KindPolicy, p)
}

// DecodePolicy implements copytax.Codec.
func (c *codec) DecodePolicy(b []byte, p *copytax.Policy) error {
	*p = copytax.Policy{} // a message may leave fields out
	return c.dec.Unmarshal(b, p)
}

// Encode implements copytax.Codec.
func (c *codec) Encode(t copytax.Table) ([]byte, error) {
	if t.Kind == copytax.KindGenome {
		c.genome.Number, c.genome.Rows = t.Number, columns.GenomeRows(t, c.genome.Rows)
		return c.encode(t.Kind, &c.genome)
	}
	c.frame.Number, c.frame.Rows = t.Number, columns.FrameRows(t, c.frame.Rows)
	return c.encode(t.Kind, &c.frame)
}

// Decode implements copytax.Codec.
func (c *codec) Decode(b []byte, t copytax.Table) error {
	if t.Kind == copytax.KindGenome {
		if err := decode(c.dec, b, &c.genome, t.N); err != nil {
			return err
		}
		return columns.SetGenomeRows(t, c.genome.Number, c.genome.Rows)
	}
	if err := decode(c.dec, b, &c.frame, t.N); err != nil {
		return err
	}
	return columns.SetFrameRows(t, c.frame.Number, c.frame.Rows)
}

// decode fills s from b. The rows that it reuses are cleared, since a map may leave
// fields out. The library checks that b is whole before it makes room for anything.
func decode[R any](dec cbor.DecMode, b []byte, s *set[R], n int) error {
	s.Rows = slices.Grow(s.Rows[:0], n)
	clear(s.Rows[:n])
	return dec.Unmarshal(b, s)
}
