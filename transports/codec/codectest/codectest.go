// Package codectest is what every codec must do, as tests, fuzz targets and
// benchmarks that take the codec as an argument. Start at [Run].
package codectest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec"
)

// Find returns the format called name.
func Find(t testing.TB, name string) copytax.Format {
	t.Helper()
	for _, f := range codec.Formats() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no codec %q", name)
	return copytax.Format{}
}

// Limits are the most allocations that a codec may make for one frame of
// limitBoids boids, once it has its buffers. They keep a library's cost a boid
// from growing, and ours from appearing.
type Limits struct {
	Encode, Decode float64
}

const limitBoids = 1000

// Run checks the codecs that make returns.
func Run(t *testing.T, make func() copytax.Codec, limits Limits) {
	for _, n := range []int{1, 3, 4, 5, 100, limitBoids} {
		t.Run(fmt.Sprintf("boids=%d", n), func(t *testing.T) { testRoundTrip(t, make(), n) })
	}
	t.Run("policy", func(t *testing.T) { testPolicy(t, make()) })
	t.Run("other count", func(t *testing.T) { testOtherCount(t, make()) })
	t.Run("cut short", func(t *testing.T) { testCutShort(t, make()) })
	t.Run("not finite", func(t *testing.T) { testNotFinite(t, make()) })
	t.Run("size", func(t *testing.T) { testSize(t, make()) })
	t.Run("allocations", func(t *testing.T) { testAllocations(t, make(), limits) })
}

// specials are the floats that a codec might lose.
func specials() []float32 {
	return []float32{
		float32(math.Copysign(0, -1)), 0, 1,
		math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32,
		math.Float32frombits(0x007fffff), // the greatest denormal
		math.Float32frombits(0x00800000), // the smallest normal
		math.MaxFloat32, -math.MaxFloat32,
		math.Nextafter32(1, 2), 0.1, 1e21, 1e-7, -1.17549435e-38,
	}
}

// values returns a source of floats: specials and random finite bits, mixed.
func values(seed uint64) func() float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	s := specials()
	return func() float32 {
		if r.IntN(4) == 0 {
			return s[r.IntN(len(s))]
		}
		bits := r.Uint32()
		if bits&0x7f800000 == 0x7f800000 {
			bits &^= 0x40000000 // neither NaN nor infinite
		}
		return math.Float32frombits(bits)
	}
}

// blank returns a frame and a genome of n boids that have the same number, as
// destinations.
func blank(n int, number uint64) []copytax.Table {
	f, g := copytax.NewFrame(n), copytax.NewGenome(n)
	f.Epoch, g.Generation = number, number
	return []copytax.Table{f.Table(), g.Table()}
}

func fill(s copytax.Table, next func() float32) {
	for c := range s.Count() {
		col := s.Col(c)
		for i := range col {
			col[i] = next()
		}
	}
}

// sets returns a frame and a genome of n boids that hold random floats.
func sets(n int, number uint64) []copytax.Table {
	list := blank(n, number)
	for _, s := range list {
		fill(s, values(number))
	}
	return list
}

func frameOf(n int, epoch uint64) copytax.Table { return sets(n, epoch)[copytax.KindFrame] }

func encode(t testing.TB, c copytax.Codec, s copytax.Table) []byte {
	t.Helper()
	b, err := c.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func same(t *testing.T, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("float %d: got %x, want %x", i, math.Float32bits(got[i]), math.Float32bits(want[i]))
		}
	}
}

// testRoundTrip goes around three times, so that reused buffers and messages
// show what they keep from the message before.
func testRoundTrip(t *testing.T, c copytax.Codec, n int) {
	got := blank(n, 0)
	for number := uint64(1); number <= 3; number++ {
		for k, want := range sets(n, number) {
			got[k].Number = number
			if err := c.Decode(encode(t, c, want), got[k]); err != nil {
				t.Fatal(err)
			}
			same(t, got[k].Data, want.Data)
		}
	}
}

// policyOf fills a policy by its canonical form, so that no float is forgotten.
func policyOf(epoch uint64) *copytax.Policy {
	block := make([]byte, copytax.PolicyBytes)
	next := values(epoch)
	for at := 0; at < len(block); at += 4 {
		binary.LittleEndian.PutUint32(block[at:], math.Float32bits(next()))
	}
	p := &copytax.Policy{}
	_ = p.Get(block) // it fails for another length only
	p.Epoch, p.Generation = epoch, epoch>>3
	return p
}

// canonical returns the canonical form of p.
func canonical(p *copytax.Policy) (b [copytax.PolicyBytes]byte) {
	p.Put(b[:])
	return b
}

func testPolicy(t *testing.T, c copytax.Codec) {
	got := &copytax.Policy{}
	for _, epoch := range []uint64{0, 1, 1 << 40, math.MaxUint64} {
		want := policyOf(epoch)
		b, err := c.EncodePolicy(want)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.DecodePolicy(b, got); err != nil {
			t.Fatal(err)
		}
		if canonical(got) != canonical(want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
}

// testOtherCount decodes messages about more and about fewer boids.
func testOtherCount(t *testing.T, c copytax.Codec) {
	for _, n := range []int{4, 13} {
		dst := blank(9, 1)
		for k, s := range sets(n, 1) {
			if err := c.Decode(encode(t, c, s), dst[k]); err == nil {
				t.Errorf("a %s of %d boids was decoded as one of 9", s.Kind, n)
			}
		}
	}
}

// testCutShort decodes the beginnings of messages, none included.
func testCutShort(t *testing.T, c copytax.Codec) {
	const n = 16
	whole := encode(t, c, frameOf(n, 1))
	for _, keep := range []int{0, 1, 4, 9, len(whole) / 3, len(whole)/2 + 1, len(whole) - 9} {
		list := blank(n, 1)
		list[copytax.KindGenome].Number = 2 // in some schemas a frame begins with what could be a genome of its number
		for _, dst := range list {
			if err := c.Decode(whole[:keep], dst); err == nil {
				t.Errorf("the first %d of %d bytes of a frame were decoded as a %s", keep, len(whole), dst.Kind)
			}
		}
	}
}

// testNotFinite wants NaN and infinity to arrive, or a refusal that names them.
func testNotFinite(t *testing.T, c copytax.Codec) {
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		f, got := frameOf(5, 1), blank(5, 1)[copytax.KindFrame]
		f.Col(int(copytax.VY))[2] = v
		b, err := c.Encode(f)
		if err != nil {
			if name := fmt.Sprint(v); !strings.Contains(err.Error(), name) {
				t.Errorf("got error %q, want it to name %s", err, name)
			}
			continue
		}
		if err := c.Decode(b, got); err != nil {
			t.Fatal(err)
		}
		same(t, got.Data, f.Data)
	}
}

// testSize holds the longest messages against the bound of the carriers.
func testSize(t *testing.T, c copytax.Codec) {
	for _, n := range []int{1, limitBoids} {
		f := blank(n, math.MaxUint64)[copytax.KindFrame]
		fill(f, func() float32 { return -1.17549435e-38 })
		b := encode(t, c, f)
		if max := copytax.MaxBytes(n); len(b) > max {
			t.Errorf("a frame of %d boids takes %d bytes, more than the %d that carriers accept", n, len(b), max)
		}
	}
}

func testAllocations(t *testing.T, c copytax.Codec, limits Limits) {
	f, dst := frameOf(limitBoids, 1), blank(limitBoids, 1)[copytax.KindFrame]
	kept := slices.Clone(encode(t, c, f))
	var errs [2]error
	encode := testing.AllocsPerRun(20, func() { _, errs[0] = c.Encode(f) })
	decode := testing.AllocsPerRun(20, func() { errs[1] = c.Decode(kept, dst) })
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	if encode > limits.Encode || decode > limits.Decode {
		t.Errorf("%d boids: %v allocations to encode and %v to decode, want at most %v and %v",
			limitBoids, encode, decode, limits.Encode, limits.Decode)
	}
}
