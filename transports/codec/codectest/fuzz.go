package codectest

import (
	"errors"
	"fmt"
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
	list, err := seeds(make())
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range list {
		f.Add(b)
	}
	c := make()
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := decodeHostile(c, b); err != nil {
			t.Fatal(err)
		}
	})
}

// seeds returns a message of each kind, whole and cut, and lengths that lie.
func seeds(c copytax.Codec) (list [][]byte, err error) {
	add := func(b []byte) { list = append(list, slices.Clone(b), slices.Clone(b[:len(b)/2])) }
	for _, s := range sets(fuzzBoids, 1) {
		b, err := c.Encode(s)
		if err != nil {
			return nil, err
		}
		add(b)
	}
	policy, err := c.EncodePolicy(policyOf(1))
	if err != nil {
		return nil, err
	}
	add(policy)
	return append(list, []byte{},
		// MessagePack: [1, array of 2^32-1 elements], and one a column.
		[]byte{0x92, 0x01, 0xdd, 0xff, 0xff, 0xff, 0xff},
		[]byte{0x99, 0x01, 0xdd, 0xff, 0xff, 0xff, 0xff},
		// Protocol buffers: field 2 of 2^63-1 bytes.
		[]byte{0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		// FlatBuffers: a root table at the end of the address space.
		[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		// CBOR: [1, array of 2^32-1 elements].
		[]byte{0x82, 0x01, 0x9a, 0xff, 0xff, 0xff, 0xff},
		[]byte(`{"epoch":1,"boids":[{},{},{},{},null],"x":[1e999]}`),
		[]byte(`{"epoch":-1,"boids":{"x":null}}`),
	), nil
}

// decodeHostile decodes b as each kind of message and looks at what that took from the
// heap. The factor leaves room for messages of many empty elements. The constant is for
// three decoders, each of which may begin to read a string that is not there
// in steps of a megabyte, as MessagePack's does, and for a fuzzing worker's noise.
func decodeHostile(c copytax.Codec, b []byte) error {
	before := allocated()
	err := errors.Join(decodeAnyPolicy(c, b), decodeAnySets(c, b))
	if took, most := allocated()-before, uint64(12<<20+1024*len(b)); took > most {
		err = errors.Join(err, fmt.Errorf("%d bytes of message made the decoder allocate %d bytes, more than %d", len(b), took, most))
	}
	return err
}

// allocated returns the bytes that the process has ever allocated. Small
// objects are counted late, a block at a time; unlike runtime.ReadMemStats
// it stops nothing.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func decodeAnyPolicy(c copytax.Codec, b []byte) error {
	var first, second copytax.Policy
	if c.DecodePolicy(b, &first) != nil {
		return nil
	}
	again, err := c.EncodePolicy(&first)
	if err != nil {
		return nil // NaN in a codec without one
	}
	if err := c.DecodePolicy(again, &second); err != nil {
		return fmt.Errorf("decode a policy that was decoded and encoded: %w", err)
	}
	if x, y := canonical(&first), canonical(&second); x != y {
		return fmt.Errorf("got policy %x after another round trip, want %x", y, x)
	}
	return nil
}

func decodeAnySets(c copytax.Codec, b []byte) error {
	second := blank(fuzzBoids, 1)
	for k, first := range blank(fuzzBoids, 1) {
		if c.Decode(b, first) != nil {
			continue
		}
		if err := pass(c, first, second[k]); err != nil {
			return fmt.Errorf("take what was decoded on another round trip: %w", err)
		}
	}
	return nil
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
