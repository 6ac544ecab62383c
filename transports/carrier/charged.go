package carrier

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A charged is a codec whose work goes to the Encode and Decode phases of a
// role's meter and whose copies go to its counters: the encoded bytes of an
// encode, the columns' bytes of a decode. That is one pass each, and a lower
// bound: what a library moves inside is not seen. A codec that works in place
// copies no column, so that only its policies are counted. The methods leave the
// meter in Compute.
type charged struct {
	codec    copytax.Codec
	inPlace  bool
	meter    copytax.Meter
	counters *copytax.Counters
}

// charge returns a new codec of format f at the expense of env's role.
func charge(f copytax.Format, env copytax.Env) *charged {
	c := f.New()
	return &charged{codec: c, inPlace: f.InPlace, meter: env.Meter, counters: env.Counters}
}

// ContentType returns the codec's.
func (c *charged) ContentType() string { return c.codec.ContentType() }

// encode ends the Encode phase that its caller has begun.
func (c *charged) encode(what string, number uint64, b []byte, err error) ([]byte, error) {
	c.meter.Enter(copytax.Compute)
	if err != nil {
		return nil, fmt.Errorf("encode %s %d: %w", what, number, err)
	}
	if !c.inPlace {
		c.counters.CopiedBytes.Add(int64(len(b)))
	}
	return b, nil
}

// decode ends the Decode phase that its caller has begun.
func (c *charged) decode(what string, number uint64, bytes int, err error) error {
	c.meter.Enter(copytax.Compute)
	if err != nil {
		return fmt.Errorf("decode %s %d: %w", what, number, err)
	}
	if !c.inPlace {
		c.counters.CopiedBytes.Add(int64(bytes))
	}
	return nil
}

// EncodePolicy encodes p as [copytax.Codec] says.
func (c *charged) EncodePolicy(p *copytax.Policy) ([]byte, error) {
	c.meter.Enter(copytax.Encode)
	b, err := c.codec.EncodePolicy(p)
	if c.inPlace {
		c.counters.CopiedBytes.Add(copytax.PolicyBytes) // columns are aliased, a policy is not
	}
	return c.encode("policy", p.Epoch, b, err)
}

// Encode encodes s as [copytax.Codec] says.
func (c *charged) Encode(s copytax.Table) ([]byte, error) {
	c.meter.Enter(copytax.Encode)
	b, err := c.codec.Encode(s)
	return c.encode(s.Kind.String(), s.Number, b, err)
}

// DecodePolicy decodes the policy of epoch into the canonical form in block,
// which must be aligned to eight bytes. It fails when b holds another epoch.
func (c *charged) DecodePolicy(b, block []byte, epoch uint64) (*copytax.Policy, error) {
	p := zerocopy.PolicyAt(block)
	c.meter.Enter(copytax.Decode)
	err := c.codec.DecodePolicy(b, p)
	if err == nil && p.Epoch != epoch {
		err = fmt.Errorf("it is that of epoch %d", p.Epoch)
	}
	return p, c.decode("policy", epoch, copytax.PolicyBytes, err)
}

// Decode decodes b into s, whose N and Number are set.
func (c *charged) Decode(b []byte, s copytax.Table) error {
	c.meter.Enter(copytax.Decode)
	err := c.codec.Decode(b, s)
	return c.decode(s.Kind.String(), s.Number, 4*s.Count()*s.N, err)
}
