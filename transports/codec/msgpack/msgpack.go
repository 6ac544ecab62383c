// Package msgpack is MessagePack by github.com/vmihailenco/msgpack/v5: a struct
// a boid, as an array of its fields ([New]) or as a map from their names
// ([NewMap]), or an array a column ([NewPacked]).
//
// What was chosen, and what it gains, at 10,000 boids on two virtual cores of
// an EPYC; BenchmarkRejected and package codec's BenchmarkFormats repeat it:
//
//   - The plain form encodes structs as arrays, one documented option away from
//     the library's default, since the readers of a flock know its fields:
//     1.5 ms to encode and 2.2 ms to decode instead of 2.1 ms and 3.2 ms for
//     maps, and 41 bytes a boid instead of 71. The default is there as msgpack:map.
//   - Encoders, decoders, buffers and structs are kept: 1.5 ms instead of the
//     3.0 ms and 2.1 MB of Marshal. Decoding an array still allocates once a
//     boid, within the library, which tries a map first.
//   - Boids are handed over one by one, not as a slice, at the same speed. A
//     slice cannot be: the library makes room for as many elements as four
//     bytes of the message claim, before it has seen one.
//   - Columns go through EncodeFloat32 and DecodeFloat32, without reflection:
//     0.5 ms instead of 1.5 ms to encode.
//
// Not taken: generated code (tinylib/msgp), which is another library.
package msgpack

import (
	"bytes"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/copytax/copytax"
)

// A writer encodes into a buffer that it keeps.
type writer struct {
	buf *bytes.Buffer
	*msgpack.Encoder
}

func newWriter() writer {
	buf := &bytes.Buffer{}
	return writer{buf, msgpack.NewEncoder(buf)}
}

// begin starts the message of s: an array of parts elements, the first of
// which is the epoch or the generation.
func (w writer) begin(parts int, s copytax.Table) error {
	w.buf.Reset()
	if err := w.EncodeArrayLen(parts); err != nil {
		return err
	}
	return w.EncodeUint64(s.Number)
}

// A reader decodes from bytes without copying them.
type reader struct {
	src *bytes.Reader
	*msgpack.Decoder
}

func newReader() reader {
	src := bytes.NewReader(nil)
	dec := msgpack.NewDecoder(src)
	dec.DisallowUnknownFields(true)
	return reader{src, dec}
}

// dropAfter forgets the decoder after an error: it keeps, and enlarges by a
// megabyte or three each time, the buffer for a string that was too long to be there.
func (r *reader) dropAfter(err error) error {
	if err != nil {
		*r = newReader()
	}
	return err
}

// begin reads what a writer's begin has written and checks it.
func (r reader) begin(b []byte, parts int, s copytax.Table) error {
	r.src.Reset(b)
	got, err := r.DecodeArrayLen()
	if err != nil {
		return err
	}
	if got != parts {
		return fmt.Errorf("%s is an array of %d, want %d", s.Kind, got, parts)
	}
	number, err := r.DecodeUint64()
	if err != nil {
		return err
	}
	return s.CheckNumber(number)
}

// count reads the length of an array that must hold an element a boid. The
// library would make room for whatever length it finds.
func (r reader) count(s copytax.Table) error {
	got, err := r.DecodeArrayLen()
	if err != nil {
		return err
	}
	return copytax.CheckCount(s.Kind.String(), got, s.N)
}

// packs is the part that all variants have in common.
type packs struct {
	policy writer
	sets   [copytax.TableKinds]writer
	in     reader
}

// newPacks makes structs arrays of their fields, or maps from their names.
func newPacks(arrays bool) packs {
	c := packs{newWriter(), [...]writer{newWriter(), newWriter()}, newReader()}
	for _, w := range append(c.sets[:], c.policy) {
		w.UseArrayEncodedStructs(arrays)
	}
	return c
}

// ContentType returns the media type of MessagePack.
func (*packs) ContentType() string { return "application/msgpack" }

// EncodePolicy encodes p.
func (c *packs) EncodePolicy(p *copytax.Policy) ([]byte, error) {
	c.policy.buf.Reset()
	if err := c.policy.Encode((*policy)(p)); err != nil {
		return nil, err
	}
	return c.policy.buf.Bytes(), nil
}

// DecodePolicy decodes b into p.
func (c *packs) DecodePolicy(b []byte, p *copytax.Policy) error {
	c.in.src.Reset(b)
	*p = copytax.Policy{}
	return c.in.dropAfter(c.in.Decode((*policy)(p)))
}

// A policy is copytax.Policy to the library, which reads no tags of JSON.
type policy copytax.Policy
