package flatbuffers_test

import (
	"testing"

	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/flatbuffers"
)

func makeObject() codec.Codec { return flatbuffers.New() }

func TestObject(t *testing.T) {
	codectest.Run(t, makeObject, codectest.Limits{Encode: 0, Decode: 1})
}

func FuzzObject(f *testing.F) { codectest.Fuzz(f, makeObject) }

func BenchmarkObject(b *testing.B) { codectest.Benchmark(b, makeObject()) }

func makePacked() codec.Codec { return flatbuffers.NewPacked() }

func TestPacked(t *testing.T) {
	codectest.Run(t, makePacked, codectest.Limits{Encode: 0, Decode: 1})
}

func FuzzPacked(f *testing.F) { codectest.Fuzz(f, makePacked) }

func BenchmarkPacked(b *testing.B) { codectest.Benchmark(b, makePacked()) }
