// Package raw is the codec that is none: a message's encoded form is its
// memory, little-endian columns with their padding, and a policy's its
// canonical form. Encoding a genome or a frame moves nothing and returns a
// slice of the message; a carrier that knows codec.Aliaser receives into the
// destination and has nothing to decode.
//
// The bytes carry neither epoch nor count: the carrier's header does, and the
// length tells the rest. That is what makes it raw, and what a real protocol
// would have to add.
package raw

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A Codec writes and reads memory images.
type Codec struct {
	policy [copytax.PolicyBytes]byte
}

// New returns a codec.
func New() *Codec { return &Codec{} }

// Name returns the codec's name.
func (*Codec) Name() string { return "raw" }

// ContentType returns the media type of any bytes.
func (*Codec) ContentType() string { return "application/octet-stream" }

// EncodePolicy writes p in its canonical form.
func (c *Codec) EncodePolicy(p *copytax.Policy) ([]byte, error) {
	p.Put(c.policy[:])
	return c.policy[:], nil
}

// DecodePolicy reads a canonical form.
func (*Codec) DecodePolicy(b []byte, p *copytax.Policy) error { return p.Get(b) }

// EncodeGenome returns g's memory.
func (*Codec) EncodeGenome(g *copytax.Genome) ([]byte, error) { return zerocopy.Bytes(g.Data), nil }

// DecodeGenome copies b over g's memory.
func (*Codec) DecodeGenome(b []byte, g *copytax.Genome) error {
	return overwrite("genome", zerocopy.Bytes(g.Data), b)
}

// EncodeFrame returns f's memory.
func (*Codec) EncodeFrame(f *copytax.Frame) ([]byte, error) { return zerocopy.Bytes(f.Data), nil }

// DecodeFrame copies b over f's memory.
func (*Codec) DecodeFrame(b []byte, f *copytax.Frame) error {
	return overwrite("frame", zerocopy.Bytes(f.Data), b)
}

// GenomeBytes implements codec.Aliaser.
func (*Codec) GenomeBytes(g *copytax.Genome) []byte { return zerocopy.Bytes(g.Data) }

// FrameBytes implements codec.Aliaser.
func (*Codec) FrameBytes(f *copytax.Frame) []byte { return zerocopy.Bytes(f.Data) }

func overwrite(what string, dst, src []byte) error {
	if len(src) != len(dst) {
		return fmt.Errorf("%s of %d bytes, want %d", what, len(src), len(dst))
	}
	copy(dst, src)
	return nil
}
