package msgpack_test

import (
	"testing"

	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/msgpack"
)

func makeObject() codec.Codec { return msgpack.New() }

func TestObject(t *testing.T) {
	codectest.Run(t, makeObject, codectest.Limits{Encode: 1000, Decode: 1000})
}

func FuzzObject(f *testing.F) { codectest.Fuzz(f, makeObject) }

func BenchmarkObject(b *testing.B) { codectest.Benchmark(b, makeObject()) }

func makeMap() codec.Codec { return msgpack.NewMap() }

func TestMap(t *testing.T) {
	codectest.Run(t, makeMap, codectest.Limits{Encode: 1000, Decode: 1000})
}

func FuzzMap(f *testing.F) { codectest.Fuzz(f, makeMap) }

func BenchmarkMap(b *testing.B) { codectest.Benchmark(b, makeMap()) }

func makePacked() codec.Codec { return msgpack.NewPacked() }

func TestPacked(t *testing.T) {
	codectest.Run(t, makePacked, codectest.Limits{Encode: 0, Decode: 8})
}

func FuzzPacked(f *testing.F) { codectest.Fuzz(f, makePacked) }

func BenchmarkPacked(b *testing.B) { codectest.Benchmark(b, makePacked()) }
