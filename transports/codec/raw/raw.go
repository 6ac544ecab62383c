// Package raw is the codec that is none: a message's encoded form is its
// memory, little-endian columns with their padding, and a policy's its
// canonical form. Encoding a genome or a frame moves nothing and returns a
// slice of the message; a carrier that asks copytax.Format.InPlace receives into
// the destination and has nothing to decode.
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

// ContentType returns the media type of any bytes.
func (*Codec) ContentType() string { return "application/octet-stream" }

// EncodePolicy writes p in its canonical form.
func (c *Codec) EncodePolicy(p *copytax.Policy) ([]byte, error) {
	p.Put(c.policy[:])
	return c.policy[:], nil
}

// DecodePolicy reads a canonical form.
func (*Codec) DecodePolicy(b []byte, p *copytax.Policy) error { return p.Get(b) }

// Encode returns the memory of s.
func (*Codec) Encode(s copytax.Table) ([]byte, error) { return zerocopy.Bytes(s.Data), nil }

// Decode copies b over the memory of s.
func (*Codec) Decode(b []byte, s copytax.Table) error {
	dst := zerocopy.Bytes(s.Data)
	if len(b) != len(dst) {
		return fmt.Errorf("%s of %d bytes, want %d", s.Kind, len(b), len(dst))
	}
	copy(dst, b)
	return nil
}
