package codectest

import (
	"math/rand/v2"
	"runtime/metrics"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec"
)

// fuzzBoids is the number of boids that fuzzed messages are expected to be about.
const fuzzBoids = 5

// Fuzz decodes arbitrary bytes as each kind of message. A decoder must return;
// it may not panic, nor allocate more than a multiple of what it was given,
// and what it accepts must be the same after another round trip.
func Fuzz(f *testing.F, make func() codec.Codec) {
	seed(f, make())
	c := make()
	f.Fuzz(func(t *testing.T, b []byte) {
		checkAllocated(t, len(b), func() {
			fuzzPolicy(t, c, b)
			fuzzGenome(t, c, b)
			fuzzFrame(t, c, b)
		})
	})
}

// seed adds a message of each kind, whole and cut, and lengths that lie.
func seed(f *testing.F, c codec.Codec) {
	frame, err := c.EncodeFrame(frameOf(fuzzBoids, 1))
	add(f, frame, err)
	genome, err := c.EncodeGenome(genomeOf(fuzzBoids, 1))
	add(f, genome, err)
	policy, err := c.EncodePolicy(policyOf(f, 1))
	add(f, policy, err)
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

func add(f *testing.F, b []byte, err error) {
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append([]byte(nil), b...))
	f.Add(append([]byte(nil), b[:len(b)/2]...))
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

func fuzzPolicy(t *testing.T, c codec.Codec, b []byte) {
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
	var x, y [copytax.PolicyBytes]byte
	first.Put(x[:])
	second.Put(y[:])
	if x != y {
		t.Fatalf("got %x after another round trip, want %x", y, x)
	}
}

func fuzzGenome(t *testing.T, c codec.Codec, b []byte) {
	first, second := copytax.NewGenome(fuzzBoids), copytax.NewGenome(fuzzBoids)
	first.Generation, second.Generation = 1, 1
	if c.DecodeGenome(b, first) != nil {
		return
	}
	again, err := c.EncodeGenome(first)
	if err != nil {
		t.Fatalf("encode what was decoded: %v", err)
	}
	if err := c.DecodeGenome(again, second); err != nil {
		t.Fatalf("decode what was decoded and encoded: %v", err)
	}
	same(t, second.Data, first.Data)
}

func fuzzFrame(t *testing.T, c codec.Codec, b []byte) {
	first, second := copytax.NewFrame(fuzzBoids), copytax.NewFrame(fuzzBoids)
	first.Epoch, second.Epoch = 1, 1
	if c.DecodeFrame(b, first) != nil {
		return
	}
	again, err := c.EncodeFrame(first)
	if err != nil {
		t.Fatalf("encode what was decoded: %v", err)
	}
	if err := c.DecodeFrame(again, second); err != nil {
		t.Fatalf("decode what was decoded and encoded: %v", err)
	}
	same(t, second.Data, first.Data)
}

// Benchmark times a frame of 10,000 boids that look like a flock's: positions
// in a box, speeds around one, energy and fitness between 0 and 1.
func Benchmark(b *testing.B, c codec.Codec) {
	f, dst := flock(10_000), copytax.NewFrame(10_000)
	dst.Epoch = f.Epoch
	encoded, err := c.EncodeFrame(f)
	if err != nil {
		b.Fatal(err)
	}
	kept := append([]byte(nil), encoded...)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.EncodeFrame(f); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(kept)), "bytes/frame")
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := c.DecodeFrame(kept, dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func flock(n int) *copytax.Frame {
	f := copytax.NewFrame(n)
	f.Epoch = 1
	r := rand.New(rand.NewPCG(1, 2))
	for c := range copytax.Column(copytax.Columns) {
		scale, offset := float32(2), float32(-1)
		switch {
		case c <= copytax.Z:
			scale, offset = 40, -20
		case c >= copytax.Energy:
			scale, offset = 1, 0
		}
		col := f.Col(c)
		for i := range col {
			col[i] = scale*r.Float32() + offset
		}
	}
	return f
}
