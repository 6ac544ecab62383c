package codec

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// Charged is a codec whose work goes to the Encode and Decode phases of a
// role's meter and whose copies go to its counters: the encoded bytes of an
// encode, the columns' bytes of a decode. That is one pass each, and a lower
// bound: what a library moves inside is not seen. An [Aliaser] copies no column,
// so that only its policies are counted. Its methods leave the meter in Compute.
type Charged struct {
	codec    Codec
	aliaser  Aliaser // nil where the codec is none
	meter    copytax.Meter
	counters *copytax.Counters
}

// Charge returns a new codec of format f at the expense of env's role.
func Charge(f Format, env copytax.Env) *Charged {
	c := f.New()
	aliaser, _ := c.(Aliaser)
	return &Charged{codec: c, aliaser: aliaser, meter: env.Meter, counters: env.Counters}
}

// Aliaser returns the codec as an Aliaser, or nil if it is none.
func (c *Charged) Aliaser() Aliaser { return c.aliaser }

// ContentType returns the codec's.
func (c *Charged) ContentType() string { return c.codec.ContentType() }

// encode ends the Encode phase that its caller has begun.
func (c *Charged) encode(what string, number uint64, b []byte, err error) ([]byte, error) {
	c.meter.Enter(copytax.Compute)
	if err != nil {
		return nil, fmt.Errorf("encode %s %d: %w", what, number, err)
	}
	if c.aliaser == nil {
		c.counters.CopiedBytes.Add(int64(len(b)))
	}
	return b, nil
}

// decode ends the Decode phase that its caller has begun.
func (c *Charged) decode(what string, number uint64, bytes int, err error) error {
	c.meter.Enter(copytax.Compute)
	if err != nil {
		return fmt.Errorf("decode %s %d: %w", what, number, err)
	}
	if c.aliaser == nil {
		c.counters.CopiedBytes.Add(int64(bytes))
	}
	return nil
}

// EncodePolicy encodes p as [Codec] says.
func (c *Charged) EncodePolicy(p *copytax.Policy) ([]byte, error) {
	c.meter.Enter(copytax.Encode)
	b, err := c.codec.EncodePolicy(p)
	if c.aliaser != nil {
		c.counters.CopiedBytes.Add(copytax.PolicyBytes) // columns are aliased, a policy is not
	}
	return c.encode("policy", p.Epoch, b, err)
}

// EncodeGenome encodes g as [Codec] says.
func (c *Charged) EncodeGenome(g *copytax.Genome) ([]byte, error) {
	c.meter.Enter(copytax.Encode)
	b, err := c.codec.EncodeGenome(g)
	return c.encode("genome", g.Generation, b, err)
}

// EncodeFrame encodes f as [Codec] says.
func (c *Charged) EncodeFrame(f *copytax.Frame) ([]byte, error) {
	c.meter.Enter(copytax.Encode)
	b, err := c.codec.EncodeFrame(f)
	return c.encode("frame", f.Epoch, b, err)
}

// DecodePolicy decodes the policy of epoch into the canonical form in block,
// which must be aligned to eight bytes. It fails when b holds another epoch.
func (c *Charged) DecodePolicy(b, block []byte, epoch uint64) (*copytax.Policy, error) {
	p := zerocopy.PolicyAt(block)
	c.meter.Enter(copytax.Decode)
	err := c.codec.DecodePolicy(b, p)
	if err == nil && p.Epoch != epoch {
		err = fmt.Errorf("it is that of epoch %d", p.Epoch)
	}
	return p, c.decode("policy", epoch, copytax.PolicyBytes, err)
}

// DecodeGenome decodes b into g, whose N and Generation are set.
func (c *Charged) DecodeGenome(b []byte, g *copytax.Genome) error {
	c.meter.Enter(copytax.Decode)
	err := c.codec.DecodeGenome(b, g)
	return c.decode("genome", g.Generation, 4*copytax.GenomeColumns*g.N, err)
}

// DecodeFrame decodes b into f, whose N and Epoch are set.
func (c *Charged) DecodeFrame(b []byte, f *copytax.Frame) error {
	c.meter.Enter(copytax.Decode)
	err := c.codec.DecodeFrame(b, f)
	return c.decode("frame", f.Epoch, 4*copytax.Columns*f.N, err)
}
