package codectest

import (
	"runtime/metrics"
	"slices"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/internal/bench"
)

// fuzzBoids is the number of boids that fuzzed messages are expected to be about.
const fuzzBoids = 5

// Fuzz decodes arbitrary bytes as each kind of message. A decoder must return;
// it may not panic, nor allocate more than a multiple of what it was given,
// and what it accepts must be the same after another round trip.
func Fuzz(f *testing.F, make func() copytax.Codec) {
	seed(f, make())
	c := make()
	f.Fuzz(func(t *testing.T, b []byte) {
		checkAllocated(t, len(b), func() {
			fuzzPolicy(t, c, b)
			fuzzSets(t, c, b)
		})
	})
}

// seed adds a message of each kind, whole and cut, and lengths that lie.
func seed(f *testing.F, c copytax.Codec) {
	for _, s := range sets(fuzzBoids, 1) {
		add(f, encode(f, c, s))
	}
	policy, err := c.EncodePolicy(policyOf(1))
	if err != nil {
		f.Fatal(err)
	}
	add(f, policy)
	f.Add([]byte{})
	// MessagePack: [1, array of 2^32-1 elements], and one a column.
	f.Add([]byte{0x92, 0x01, 0xdd, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x99, 0x01, 0xdd, 0xff, 0xff, 0xff, 0xff})
	// Protocol buffers: field 2 of 2^63-1 bytes.
	f.Add([]byte{0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	// FlatBuffers: a root table at the end of the address space.
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte(`{"epoch":1,"boids":[{},{},{},{},null],"x":[1e999]}`))
	f.Add([]byte(`{"epoch":-1,"boids":{"x":null}}`))
}

func add(f *testing.F, b []byte) {
	f.Add(slices.Clone(b))
	f.Add(slices.Clone(b[:len(b)/2]))
}

// checkAllocated runs decode and looks at what it took from the heap. The
// factor leaves room for messages of many empty elements. The constant is for
// three decoders, each of which may begin to read a string that is not there
// in steps of a megabyte, as MessagePack's does, and for a fuzzing worker's noise.
func checkAllocated(t *testing.T, length int, decode func()) {
	before := allocated()
	decode()
	if took, most := allocated()-before, uint64(12<<20+1024*length); took > most {
		t.Fatalf("%d bytes of message made the decoder allocate %d bytes, more than %d", length, took, most)
	}
}

// allocated returns the bytes that the process has ever allocated. Small
// objects are counted late, a block at a time; unlike runtime.ReadMemStats
// it stops nothing.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func fuzzPolicy(t *testing.T, c copytax.Codec, b []byte) {
	var first, second copytax.Policy
	if c.DecodePolicy(b, &first) != nil {
		return
	}
	again, err := c.EncodePolicy(&first)
	if err != nil {
		return // NaN in a codec without one
	}
	if err := c.DecodePolicy(again, &second); err != nil {
		t.Fatalf("decode what was decoded and encoded: %v", err)
	}
	if x, y := canonical(&first), canonical(&second); x != y {
		t.Fatalf("got %x after another round trip, want %x", y, x)
	}
}

func fuzzSets(t *testing.T, c copytax.Codec, b []byte) {
	second := blank(fuzzBoids, 1)
	for k, first := range blank(fuzzBoids, 1) {
		if c.Decode(b, first) != nil {
			continue
		}
		again, err := c.Encode(first)
		if err != nil {
			t.Fatalf("encode what was decoded: %v", err)
		}
		if err := c.Decode(again, second[k]); err != nil {
			t.Fatalf("decode what was decoded and encoded: %v", err)
		}
		same(t, second[k].Data, first.Data)
	}
}

// Benchmark times a frame of 10,000 boids.
func Benchmark(b *testing.B, c copytax.Codec) {
	f := bench.Flock()
	dst := blank(f.N, f.Number)[copytax.KindFrame]
	kept := slices.Clone(encode(b, c, f))
	b.Run("encode", func(b *testing.B) {
		bench.Loop(b, func() error {
			_, err := c.Encode(f)
			return err
		})
		b.ReportMetric(float64(len(kept)), "bytes/frame")
	})
	bench.Run(b, "decode", func() error { return c.Decode(kept, dst) })
}
