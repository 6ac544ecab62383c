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

// The messages whose floats a pattern tells apart.
const (
	framePattern uint64 = iota + 1
	genomePattern
	policyPattern
)

// pattern returns the finite float32 that belongs at place i of column c of
// the message of the given kind and number. Most bits of it are random; one in
// seventeen is a value that a codec might lose. NaN and infinity are left out:
// no physics may produce them and JSON has no words for them.
func pattern(kind, number uint64, c copytax.Column, i int) float32 {
	specials := [...]uint32{
		0x80000000, // -0
		0x00000001, // the smallest denormal
		0x807fffff, // the greatest denormal, negative
		0x7f7fffff, // the greatest float
		0x00000000,
		0x3f800001, // 1 and its last bit
	}
	h := mix(kind<<56 ^ number<<28 ^ uint64(c)<<24 ^ uint64(i))
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

// columns is what frames and genomes have in common.
type columns interface {
	Col(copytax.Column) []float32
}

func fill(m columns, count copytax.Column, kind, number uint64) {
	for c := range count {
		col := m.Col(c)
		for i := range col {
			col[i] = pattern(kind, number, c, i)
		}
	}
}

// compare looks at the bits of every float, padding included, which must be zero.
func compare(m columns, data []float32, count copytax.Column, kind, number uint64) error {
	for c := range count {
		for i, got := range m.Col(c) {
			if want := pattern(kind, number, c, i); math.Float32bits(got) != math.Float32bits(want) {
				return mismatchf("column %d, boid %d: got %x, want %x",
					c, i, math.Float32bits(got), math.Float32bits(want))
			}
		}
		n, stride := len(m.Col(c)), len(data)/int(count)
		for i := n; i < stride; i++ {
			if got := math.Float32bits(data[int(c)*stride+i]); got != 0 {
				return mismatchf("column %d: padding behind boid %d is %x, want 0", c, n-1, got)
			}
		}
	}
	return nil
}

func compareFrame(f *copytax.Frame, boids int, epoch uint64) error {
	if f.Epoch != epoch || f.N != boids || len(f.Data) != copytax.Columns*copytax.Stride(boids) {
		return mismatchf("frame of epoch %d, %d boids, %d floats: want epoch %d, %d boids, %d floats",
			f.Epoch, f.N, len(f.Data), epoch, boids, copytax.Columns*copytax.Stride(boids))
	}
	if err := compare(f, f.Data, copytax.Columns, framePattern, epoch); err != nil {
		return mismatchf("frame of epoch %d: %w", epoch, err)
	}
	return nil
}

func compareGenome(g *copytax.Genome, boids int, generation uint64) error {
	if g.Generation != generation || g.N != boids || len(g.Data) != copytax.GenomeColumns*copytax.Stride(boids) {
		return mismatchf("genome of generation %d, %d boids, %d floats: want generation %d, %d boids",
			g.Generation, g.N, len(g.Data), generation, boids)
	}
	if err := compare(g, g.Data, copytax.GenomeColumns, genomePattern, generation); err != nil {
		return mismatchf("genome of generation %d: %w", generation, err)
	}
	return nil
}

// policyOf returns the policy of epoch. It goes by way of the canonical form,
// so that a float added to Policy is covered here without a change.
func policyOf(epoch uint64) (*copytax.Policy, error) {
	var block [copytax.PolicyBytes]byte
	for at := 0; at < len(block); at += 4 {
		bits := math.Float32bits(pattern(policyPattern, epoch, 0, at))
		binary.LittleEndian.PutUint32(block[at:], bits)
	}
	p := &copytax.Policy{}
	if err := p.Get(block[:]); err != nil {
		return nil, err
	}
	p.Epoch, p.Generation = epoch, generationOf(epoch)
	return p, nil
}

// comparePolicy holds the canonical form in block against the policy of epoch.
func comparePolicy(block []byte, epoch uint64) error {
	p, err := policyOf(epoch)
	if err != nil {
		return err
	}
	var want [copytax.PolicyBytes]byte
	p.Put(want[:])
	if !bytes.Equal(block, want[:]) {
		return mismatchf("policy of epoch %d, canonical form: got %x, want %x", epoch, block, want)
	}
	return nil
}

// generationTicks is the kit's own number of ticks a generation: odd, so that
// genomes meet policies of even and of odd epochs.
const generationTicks = 7

func generationOf(epoch uint64) uint64 { return epoch / generationTicks }
