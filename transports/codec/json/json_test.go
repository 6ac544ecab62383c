package json_test

import (
	"testing"

	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/json"
)

func makeObject() codec.Codec { return json.New() }

func TestObject(t *testing.T) {
	codectest.Run(t, makeObject, codectest.Limits{Encode: 100, Decode: 100})
}

func FuzzObject(f *testing.F) { codectest.Fuzz(f, makeObject) }

func BenchmarkObject(b *testing.B) { codectest.Benchmark(b, makeObject()) }

func makePacked() codec.Codec { return json.NewPacked() }

func TestPacked(t *testing.T) {
	codectest.Run(t, makePacked, codectest.Limits{Encode: 100, Decode: 100})
}

func FuzzPacked(f *testing.F) { codectest.Fuzz(f, makePacked) }

func BenchmarkPacked(b *testing.B) { codectest.Benchmark(b, makePacked()) }
