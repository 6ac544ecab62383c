package raw_test

import (
	"testing"

	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/raw"
)

func makeRaw() codec.Codec { return raw.New() }

func TestRaw(t *testing.T) {
	codectest.Run(t, makeRaw, codectest.Limits{Encode: 0, Decode: 0})
}

func FuzzRaw(f *testing.F) { codectest.Fuzz(f, makeRaw) }

func BenchmarkRaw(b *testing.B) { codectest.Benchmark(b, makeRaw()) }
