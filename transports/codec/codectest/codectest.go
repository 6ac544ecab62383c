// Package codectest is what every codec must do, as tests, fuzz targets and
// benchmarks that take the codec as an argument. Start at [Run] in a test and at
// [Check] in a program.
package codectest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/zerocopy"
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

// sameMemory reports whether two codecs are one.
func sameMemory(a, b copytax.Codec) bool {
	v, w := reflect.ValueOf(a), reflect.ValueOf(b)
	return v.Kind() == reflect.Pointer && v.Type().Elem().Size() > 0 && v.Pointer() == w.Pointer()
}

// unlimited is for codecs of which nobody has said how much they may allocate.
func unlimited() Limits { return Limits{math.Inf(1), math.Inf(1)} }

// Run checks the codecs that make returns, one subtest a case.
func Run(t *testing.T, make func() copytax.Codec, limits Limits) {
	for _, c := range cases(make, limits) {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(make()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Check runs every case on the codecs of a format and returns the errors of those that
// failed. It is Run for programs, which set no limit to allocations; report, which may
// be nil, is told each case as it ends.
func Check(f copytax.Format, report func(name string, err error)) error {
	var failed []error
	for _, c := range append([]testCase{{formatCase, func(copytax.Codec) error { return checkFormat(f) }}}, cases(f.New, unlimited())...) {
		err := guarded(f, c)
		if report != nil {
			report(c.name, err)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %s: %w", f.Name, c.name, err))
			if c.name == formatCase {
				break // there may be nothing to make a codec of
			}
		}
	}
	return errors.Join(failed...)
}

const formatCase = "format"

// guarded makes a panic of the codec an error, with the place that it came from.
func guarded(f copytax.Format, c testCase) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if f.New == nil {
		return c.run(nil) // the first case says so
	}
	return c.run(f.New())
}

type testCase struct {
	name string
	run  func(copytax.Codec) error
}

func cases(make func() copytax.Codec, limits Limits) (list []testCase) {
	for _, n := range []int{1, 3, 4, 5, 100, limitBoids} {
		list = append(list, testCase{fmt.Sprintf("boids=%d", n), func(c copytax.Codec) error { return checkRoundTrip(c, n) }})
	}
	return append(list,
		testCase{"many boids", func(c copytax.Codec) error { return checkRoundTrip(c, manyBoids) }},
		testCase{"own buffers", checkOwnBuffers}, testCase{"policy", checkPolicy}, testCase{"other count", checkOtherCount}, testCase{"cut short", checkCutShort},
		testCase{"hostile bytes", func(c copytax.Codec) error { return checkHostile(c, make) }},
		testCase{"not finite", checkNotFinite}, testCase{"size", checkSize},
		testCase{"allocations", func(c copytax.Codec) error { return checkAllocations(c, limits) }},
	)
}

// manyBoids is more than some libraries decode before they are told to.
const manyBoids = 131_073

// checkFormat refuses what a transport could not be made of.
func checkFormat(f copytax.Format) error {
	switch {
	case f.Name == "" || f.Summary == "" || f.New == nil:
		return errors.New("a format needs a Name, a Summary and New")
	case sameMemory(f.New(), f.New()):
		return errors.New("two calls of New return one codec: each role has one of its own")
	case f.New().ContentType() == "":
		return errors.New("the codec has no content type")
	case f.InPlace:
		return checkInPlace(f.New())
	}
	return nil
}

// checkInPlace checks what a carrier relies on that receives into the destination.
func checkInPlace(c copytax.Codec) error {
	next := values(1)
	for _, t := range blank(5, 7) {
		fill(t, next)
		if b, err := c.Encode(t); err != nil || !bytes.Equal(b, zerocopy.Bytes(t.Data)) {
			return fmt.Errorf("InPlace is set, and the encoded form of a %s is not its memory: %d bytes, %v", t.Kind, len(b), err)
		}
	}
	p, want := &copytax.Policy{Epoch: 7, Dt: 0.5}, make([]byte, copytax.PolicyBytes)
	p.Put(want)
	if b, err := c.EncodePolicy(p); err != nil || !bytes.Equal(b, want) {
		return fmt.Errorf("InPlace is set, and the encoded form of a policy is not the canonical one: %d bytes, %v", len(b), err)
	}
	return nil
}

// checkOwnBuffers checks that an encoded message outlives those of other kinds.
func checkOwnBuffers(c copytax.Codec) error {
	next, tables := values(2), blank(100, 7)
	fill(tables[copytax.KindFrame], next)
	fill(tables[copytax.KindGenome], next)
	frame, err := c.Encode(tables[copytax.KindFrame])
	if err != nil {
		return err
	}
	kept := bytes.Clone(frame)
	_, errG := c.Encode(tables[copytax.KindGenome])
	_, errP := c.EncodePolicy(&copytax.Policy{Epoch: 7})
	if err := errors.Join(errG, errP); err != nil {
		return err
	}
	if !bytes.Equal(frame, kept) {
		return errors.New("the bytes of a frame changed when a genome and a policy were encoded: each kind of message needs a buffer of its own")
	}
	return nil
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

func same(got, want []float32) error {
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			return fmt.Errorf("float %d: got %x, want %x", i, math.Float32bits(got[i]), math.Float32bits(want[i]))
		}
	}
	return nil
}

// pass takes a set through a codec, into dst.
func pass(c copytax.Codec, s, dst copytax.Table) error {
	b, err := c.Encode(s)
	if err != nil {
		return fmt.Errorf("encode a %s of %d boids: %w", s.Kind, s.N, err)
	}
	if err := c.Decode(b, dst); err != nil {
		return fmt.Errorf("decode a %s of %d boids: %w", s.Kind, s.N, err)
	}
	return same(dst.Data, s.Data)
}

// checkRoundTrip goes around three times, so that reused buffers and messages
// show what they keep from the message before.
func checkRoundTrip(c copytax.Codec, n int) error {
	got := blank(n, 0)
	for number := uint64(1); number <= 3; number++ {
		for k, want := range sets(n, number) {
			got[k].Number = number
			if err := pass(c, want, got[k]); err != nil {
				return err
			}
		}
	}
	return nil
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

func checkPolicy(c copytax.Codec) error {
	got := &copytax.Policy{}
	for _, epoch := range []uint64{0, 1, 1 << 40, math.MaxUint64} {
		want := policyOf(epoch)
		b, err := c.EncodePolicy(want)
		if err != nil {
			return err
		}
		if err := c.DecodePolicy(b, got); err != nil {
			return err
		}
		if canonical(got) != canonical(want) {
			return fmt.Errorf("got %+v, want %+v", got, want)
		}
	}
	return nil
}

// checkOtherCount decodes messages about more and about fewer boids.
func checkOtherCount(c copytax.Codec) error {
	for _, n := range []int{4, 13} {
		dst := blank(9, 1)
		for k, s := range sets(n, 1) {
			b, err := c.Encode(s)
			if err != nil {
				return err
			}
			if err := c.Decode(b, dst[k]); err == nil {
				return fmt.Errorf("a %s of %d boids was decoded as one of 9", s.Kind, n)
			}
		}
	}
	return nil
}

// checkCutShort decodes the beginnings of messages, none included.
func checkCutShort(c copytax.Codec) error {
	const n = 16
	whole, err := c.Encode(frameOf(n, 1))
	if err != nil {
		return err
	}
	for _, keep := range []int{0, 1, 4, 9, len(whole) / 3, len(whole)/2 + 1, len(whole) - 9} {
		list := blank(n, 1)
		list[copytax.KindGenome].Number = 2 // in some schemas a frame begins with what could be a genome of its number
		for _, dst := range list {
			if err := c.Decode(whole[:max(keep, 0)], dst); err == nil {
				return fmt.Errorf("the first %d of %d bytes of a frame were decoded as a %s", keep, len(whole), dst.Kind)
			}
		}
	}
	return nil
}

// hostile is how many damaged messages are decoded; fuzzing decodes more.
const hostile = 500

// checkHostile decodes messages with bits that were changed, and none at all of which
// the codec may panic or allocate without measure.
func checkHostile(c copytax.Codec, make func() copytax.Codec) error {
	r := rand.New(rand.NewPCG(1, 2))
	seeds, err := seeds(make())
	if err != nil {
		return err
	}
	for range hostile {
		b := slices.Clone(seeds[r.IntN(len(seeds))])
		for range r.IntN(4) {
			if len(b) > 0 {
				b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			}
		}
		if err := decodeHostile(c, b); err != nil {
			return fmt.Errorf("decode %x: %w", b, err)
		}
	}
	return nil
}

// checkNotFinite wants NaN and infinity to arrive, or a refusal that names them.
func checkNotFinite(c copytax.Codec) error {
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		f, got := frameOf(5, 1), blank(5, 1)[copytax.KindFrame]
		f.Col(int(copytax.VY))[2] = v
		if _, err := c.Encode(f); err != nil {
			if name := fmt.Sprint(v); !strings.Contains(err.Error(), name) {
				return fmt.Errorf("got error %q, want it to name %s", err, name)
			}
			continue
		}
		if err := pass(c, f, got); err != nil {
			return err
		}
	}
	return nil
}

// checkSize holds the longest messages against the bound of the carriers.
func checkSize(c copytax.Codec) error {
	for _, n := range []int{1, limitBoids} {
		f := blank(n, math.MaxUint64)[copytax.KindFrame]
		fill(f, func() float32 { return -1.17549435e-38 })
		b, err := c.Encode(f)
		if err != nil {
			return err
		}
		if max := copytax.MaxBytes(n); len(b) > max {
			return fmt.Errorf("a frame of %d boids takes %d bytes, more than the %d that carriers accept", n, len(b), max)
		}
	}
	return nil
}

func checkAllocations(c copytax.Codec, limits Limits) error {
	f, dst := frameOf(limitBoids, 1), blank(limitBoids, 1)[copytax.KindFrame]
	b, err := c.Encode(f)
	if err != nil {
		return err
	}
	kept := slices.Clone(b)
	var errs [2]error
	encode := testing.AllocsPerRun(20, func() { _, errs[0] = c.Encode(f) })
	decode := testing.AllocsPerRun(20, func() { errs[1] = c.Decode(kept, dst) })
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if encode > limits.Encode || decode > limits.Decode {
		return fmt.Errorf("%d boids: %v allocations to encode and %v to decode, want at most %v and %v",
			limitBoids, encode, decode, limits.Encode, limits.Decode)
	}
	return nil
}
