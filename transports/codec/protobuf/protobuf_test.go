package protobuf_test

import (
	"testing"

	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/protobuf"
)

func makeObject() codec.Codec { return protobuf.New() }

func TestObject(t *testing.T) {
	codectest.Run(t, makeObject, codectest.Limits{Encode: 0, Decode: 1000})
}

func FuzzObject(f *testing.F) { codectest.Fuzz(f, makeObject) }

func BenchmarkObject(b *testing.B) { codectest.Benchmark(b, makeObject()) }

func makePacked() codec.Codec { return protobuf.NewPacked() }

func TestPacked(t *testing.T) {
	codectest.Run(t, makePacked, codectest.Limits{Encode: 0, Decode: 16})
}

func FuzzPacked(f *testing.F) { codectest.Fuzz(f, makePacked) }

func BenchmarkPacked(b *testing.B) { codectest.Benchmark(b, makePacked()) }
