// Package json is JSON by encoding/json: an object a boid ([New]) or an array a
// column ([NewPacked]). Floats are written as the shortest text that reads back
// as the same float32, so that every finite value arrives with all its bits;
// NaN and infinity are an error, as JSON has no words for them.
//
// What was chosen, and what it gains, at 10,000 boids on two virtual cores of
// an EPYC; BenchmarkRejected and package codec's BenchmarkFormats repeat it:
//
//   - An Encoder into a buffer that is kept: 3.5 ms and no allocation instead of
//     the 3.7 ms and 1.1 MB of Marshal. Encoding columns takes 4.2 ms against
//     4.9 ms for objects of the same random floats.
//   - Unmarshal over the elements of the message before: 10.8 ms instead of
//     11.5 ms into a new message and of 12.5 ms by a Decoder, which copies what
//     it is given. The columns of a packed message are decoded in place.
//
// Not taken: other JSON libraries, some of which fall back to this one on a
// version of Go that they do not know, and fewer digits, which would change the world.
package json

import (
	"bytes"
	"encoding/json"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/columns"
)

// A Codec is JSON in either schema.
type Codec struct {
	policy writer
	sets   [copytax.TableKinds]struct {
		writer
		out, in columns.Message
	}
}

// New returns a codec with an object a boid.
func New() *Codec { return newCodec(objects) }

// NewPacked returns a codec with an array a column.
func NewPacked() *Codec { return newCodec(packed) }

func newCodec(schema func() [copytax.TableKinds]columns.Message) *Codec {
	c := &Codec{policy: newWriter()}
	out, in := schema(), schema()
	for k := range c.sets {
		c.sets[k].writer, c.sets[k].out, c.sets[k].in = newWriter(), out[k], in[k]
	}
	return c
}

// A writer encodes into a buffer that it keeps.
type writer struct {
	buf *bytes.Buffer
	enc *json.Encoder
}

func newWriter() writer {
	buf := &bytes.Buffer{}
	return writer{buf, json.NewEncoder(buf)}
}

func (w writer) encode(v any) ([]byte, error) {
	w.buf.Reset()
	if err := w.enc.Encode(v); err != nil {
		return nil, err
	}
	return w.buf.Bytes(), nil
}

// ContentType returns the media type of JSON.
func (*Codec) ContentType() string { return "application/json" }

// EncodePolicy encodes p.
func (c *Codec) EncodePolicy(p *copytax.Policy) ([]byte, error) { return c.policy.encode(p) }

// DecodePolicy decodes b into p.
func (*Codec) DecodePolicy(b []byte, p *copytax.Policy) error {
	*p = copytax.Policy{}
	return json.Unmarshal(b, p)
}

// Encode encodes s. It fails when a float is NaN or infinite, for which JSON
// has no word.
func (c *Codec) Encode(s copytax.Table) ([]byte, error) {
	k := &c.sets[s.Kind]
	k.out.Load(s)
	return k.encode(k.out)
}

// Decode decodes b into s.
func (c *Codec) Decode(b []byte, s copytax.Table) error {
	m := c.sets[s.Kind].in
	m.Empty(s)
	if err := json.Unmarshal(b, m); err != nil {
		return err
	}
	return m.Store(s)
}
