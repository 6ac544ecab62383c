package transporttest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/copytax/copytax"
)

// A mismatch is a message that did not arrive as it was sent. It fails a trial
// even where some error is expected.
type mismatch struct{ error }

func mismatchf(format string, args ...any) error {
	return mismatch{fmt.Errorf(format, args...)}
}

// policyPattern is beside the kinds of sets what a pattern tells apart.
const policyPattern = copytax.Kind(copytax.TableKinds)

// pattern returns the finite float32 that belongs at place i of column c of
// the message of the given kind and number. Most bits of it are random; one in
// seventeen is a value that a codec might lose. NaN and infinity are left out:
// no physics may produce them and JSON has no words for them.
func pattern(kind copytax.Kind, number uint64, c, i int) float32 {
	specials := [...]uint32{
		0x80000000, // -0
		0x00000001, // the smallest denormal
		0x807fffff, // the greatest denormal, negative
		0x7f7fffff, // the greatest float
		0x00000000,
		0x3f800001, // 1 and its last bit
	}
	h := mix(uint64(kind)<<56 ^ number<<28 ^ uint64(c)<<24 ^ uint64(i))
	if h%17 == 0 {
		return math.Float32frombits(specials[h/17%uint64(len(specials))])
	}
	bits := uint32(h >> 32)
	if bits&0x7f800000 == 0x7f800000 {
		bits &^= 0x40000000
	}
	return math.Float32frombits(bits)
}

// mix is the finalizer of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// fill gives the columns of s the floats that belong there.
func fill(s copytax.Table) {
	for c := range s.Count() {
		col := s.Col(c)
		for i := range col {
			col[i] = pattern(s.Kind, s.Number, c, i)
		}
	}
}

// compare holds s against the message of the given number. It looks at the bits
// of every float, padding included, which must be zero.
func compare(s copytax.Table, boids int, number uint64) error {
	what, stride := [...]string{"frame of epoch", "genome of generation"}[s.Kind], copytax.Stride(boids)
	if s.Number != number || s.N != boids || len(s.Data) != s.Count()*stride {
		return mismatchf("%s %d, %d boids, %d floats: want %s %d, %d boids, %d floats",
			what, s.Number, s.N, len(s.Data), what, number, boids, s.Count()*stride)
	}
	for c := range s.Count() {
		for i, got := range s.Data[c*stride : (c+1)*stride] {
			var want float32 // in the padding
			if i < boids {
				want = pattern(s.Kind, number, c, i)
			}
			if got, want := math.Float32bits(got), math.Float32bits(want); got != want {
				return mismatchf("%s %d: column %d, boid %d of %d: got %x, want %x", what, number, c, i, boids, got, want)
			}
		}
	}
	return nil
}

// policyOf returns the policy of epoch. It goes by way of the canonical form,
// so that a float added to Policy is covered here without a change.
func policyOf(epoch uint64) *copytax.Policy {
	block := make([]byte, copytax.PolicyBytes)
	for at := 0; at < len(block); at += 4 {
		binary.LittleEndian.PutUint32(block[at:], math.Float32bits(pattern(policyPattern, epoch, 0, at)))
	}
	p := &copytax.Policy{}
	_ = p.Get(block) // it fails for another length only
	p.Epoch, p.Generation = epoch, generationOf(epoch)
	return p
}

// comparePolicy holds the canonical form in block against the policy of epoch.
func comparePolicy(block []byte, epoch uint64) error {
	var want [copytax.PolicyBytes]byte
	policyOf(epoch).Put(want[:])
	if !bytes.Equal(block, want[:]) {
		return mismatchf("policy of epoch %d, canonical form: got %x, want %x", epoch, block, want)
	}
	return nil
}

// generationTicks is the kit's own number of ticks a generation: odd, so that
// genomes meet policies of even and of odd epochs.
const generationTicks = 7

func generationOf(epoch uint64) uint64 { return epoch / generationTicks }
