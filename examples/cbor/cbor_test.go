package cbor

import (
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/codectest"
)

// A frame of 1,000 boids may allocate so often, once the buffers are there.
func TestCodec(t *testing.T) {
	for _, f := range Plugin().Codecs {
		t.Run(f.Name, func(t *testing.T) { codectest.Run(t, f.New, codectest.Limits{Encode: 10, Decode: 10}) })
	}
}

func Fuzz(f *testing.F) { codectest.Fuzz(f, func() copytax.Codec { return newCodec() }) }

func Benchmark(b *testing.B) { codectest.Benchmark(b, newCodec()) }
