package codectest

import (
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec"
)

// broken is a codec with one defect.
type broken struct {
	copytax.Codec
	encode func(copytax.Table, []byte) []byte
	decode func(copytax.Codec, []byte, copytax.Table) error
	policy func(copytax.Codec, []byte, *copytax.Policy) error
}

func (b broken) Encode(t copytax.Table) ([]byte, error) {
	out, err := b.Codec.Encode(t)
	if err == nil && b.encode != nil {
		out = b.encode(t, out)
	}
	return out, err
}

func (b broken) Decode(in []byte, t copytax.Table) error {
	if b.decode != nil {
		return b.decode(b.Codec, in, t)
	}
	return b.Codec.Decode(in, t)
}

func (b broken) DecodePolicy(in []byte, p *copytax.Policy) error {
	if b.policy != nil {
		return b.policy(b.Codec, in, p)
	}
	return b.Codec.DecodePolicy(in, p)
}

// Check finds a planted defect, by the case that is there for it, and nothing in a
// codec without one.
func TestCheckFindsDefects(t *testing.T) {
	of := func(b broken) func() copytax.Codec {
		return func() copytax.Codec {
			one := b
			one.Codec = codec.Formats()[0].New()
			return &one
		}
	}
	shared := of(broken{})()
	var only []byte // buffer
	for want, make := range map[string]func() copytax.Codec{
		"": of(broken{}),
		"boids=5": of(broken{decode: func(c copytax.Codec, b []byte, t copytax.Table) error {
			err := c.Decode(b, t)
			if t.N == 5 && t.Number == 3 {
				t.Col(2)[4] = 0
			}
			return err
		}}),
		"many boids": of(broken{encode: func(t copytax.Table, b []byte) []byte {
			if t.N > 131_072 {
				return nil
			}
			return b
		}}),
		"policy": of(broken{policy: func(c copytax.Codec, b []byte, p *copytax.Policy) error {
			err := c.DecodePolicy(b, p)
			p.Epoch &= 0xffff
			return err
		}}),
		"cut short": of(broken{decode: func(c copytax.Codec, b []byte, t copytax.Table) error {
			if t.N == 16 {
				return nil
			}
			return c.Decode(b, t)
		}}),
		"hostile bytes": of(broken{decode: func(c copytax.Codec, b []byte, t copytax.Table) error {
			if len(b) == 7 {
				panic("an index out of range")
			}
			return c.Decode(b, t)
		}}),
		"size": of(broken{encode: func(t copytax.Table, b []byte) []byte {
			if t.Number == 1<<64-1 {
				return slices.Grow(b, copytax.MaxBytes(t.N)+1)[:copytax.MaxBytes(t.N)+1]
			}
			return b
		}}),
		"own buffers": of(broken{encode: func(_ copytax.Table, b []byte) []byte {
			only = append(only[:0], b...)
			return only
		}}),
		"format": func() copytax.Codec { return shared },
	} {
		var failed []string
		err := Check(copytax.Format{Name: "planted", Summary: "a defect", New: make}, func(name string, err error) {
			if err != nil {
				failed = append(failed, name)
			}
		})
		if got := strings.Join(failed, ", "); got != want || (err == nil) != (want == "") {
			t.Errorf("defect of %q: found by %q, with %v", want, got, err)
		}
	}
	if err := Check(copytax.Format{Name: "nothing"}, nil); err == nil || !strings.Contains(err.Error(), "needs a Name") {
		t.Errorf("a format without anything: got %v", err)
	}
	framed := of(broken{encode: func(_ copytax.Table, b []byte) []byte { return append([]byte{1}, b...) }})
	if err := Check(copytax.Format{Name: "framed", Summary: "no memory", InPlace: true, New: framed}, nil); err == nil ||
		!strings.Contains(err.Error(), "InPlace is set") {
		t.Errorf("a format in place whose bytes are not its memory: got %v", err)
	}
	if err := Check(codec.Formats()[0], nil); err != nil {
		t.Errorf("raw: %v", err)
	}
}
