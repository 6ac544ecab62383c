// Package bench times the codecs, and beside them what was not chosen, over one
// and the same frame. It knows no codec, so that the tests within their packages
// can use it. Start at [Run].
package bench

import (
	"math/rand/v2"
	"testing"

	"github.com/copytax/copytax"
)

// Run times do as the benchmark called name, with what it allocates.
func Run(b *testing.B, name string, do func() error) {
	b.Run(name, func(b *testing.B) { Loop(b, do) })
}

// Loop times do, with what it allocates.
func Loop(b *testing.B, do func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
}

// Flock returns a frame of 10,000 boids that look like a flock's: positions in a
// box, speeds around one, energy and fitness between 0 and 1.
func Flock() copytax.Table {
	f := copytax.NewFrame(10_000)
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
	return f.Table()
}
