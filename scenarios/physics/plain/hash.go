package plain

import (
	"math"

	"github.com/copytax/copytax"
)

// Basis is the FNV-1a hash of nothing: what a chain of frames begins with.
const Basis uint64 = 0xcbf29ce484222325

const prime = 0x100000001b3

// Hash adds all columns of f, without their padding, to an FNV-1a hash over 32-bit
// words.
func Hash(h uint64, f *copytax.Frame) uint64 {
	for c := range copytax.Column(copytax.Columns) {
		for _, v := range f.Col(c) {
			h = (h ^ uint64(math.Float32bits(v))) * prime
		}
	}
	return h
}

// FillGenome writes the genes of the golden worlds, with which every back end is
// timed: multiples of 1/64 in ¼..1¼.
func FillGenome(g *copytax.Genome) {
	for c := range copytax.Column(copytax.GenomeColumns) {
		for i := range g.Col(c) {
			g.Col(c)[i] = 0.25 + float32(float32((7*i+13*int(c))%64)/64)
		}
	}
}
