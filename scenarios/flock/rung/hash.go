package rung

import (
	"math"

	"github.com/copytax/copytax"
)

const (
	fnvBasis = 0xcbf29ce484222325
	fnvPrime = 0x100000001b3
)

// fnvFrame adds all columns of f, without their padding, to an FNV-1a hash over
// 32-bit words.
func fnvFrame(h uint64, f *copytax.Frame) uint64 {
	for c := range copytax.Column(copytax.Columns) {
		for _, v := range f.Col(c) {
			h = (h ^ uint64(math.Float32bits(v))) * fnvPrime
		}
	}
	return h
}

// fillGenome writes the genes of the golden worlds: multiples of 1/64 in ¼..1¼.
func fillGenome(g *copytax.Genome) {
	for c := range copytax.Column(copytax.GenomeColumns) {
		for i := range g.Col(c) {
			g.Col(c)[i] = 0.25 + float32(float32((7*i+13*int(c))%64)/64)
		}
	}
}
