package json

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/internal/bench"
)

// BenchmarkRejected times what the package comment says was not done.
func BenchmarkRejected(b *testing.B) {
	s, c := bench.Flock(), New()
	encoded, err := c.Encode(s)
	if err != nil {
		b.Fatal(err)
	}
	encoded = slices.Clone(encoded)
	out, in := c.sets[copytax.KindFrame].out, c.sets[copytax.KindFrame].in
	bench.Run(b, "chosen Encoder", func() error {
		_, err := c.Encode(s)
		return err
	})
	bench.Run(b, "Marshal", func() error {
		_, err := json.Marshal(out)
		return err
	})
	bench.Run(b, "chosen Unmarshal over old elements", func() error { return c.Decode(encoded, s) })
	bench.Run(b, "Unmarshal into a new message", func() error { return json.Unmarshal(encoded, &frame{}) })
	bench.Run(b, "Decoder over old elements", func() error {
		in.Empty(s)
		return json.NewDecoder(bytes.NewReader(encoded)).Decode(in)
	})
}
