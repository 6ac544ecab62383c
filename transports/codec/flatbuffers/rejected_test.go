package flatbuffers

import (
	"math"
	"slices"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/flatbuffers/fb"
	"github.com/copytax/copytax/transports/codec/internal/bench"
)

// The vectors are written without the generated code, and must be what it reads.
func TestPackedIsWhatTheSchemaSays(t *testing.T) {
	s := bench.Flock()
	b, err := NewPacked().Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	m := fb.GetRootAsPackedFrame(b, 0)
	if m.Epoch() != s.Number {
		t.Errorf("got epoch %d, want %d", m.Epoch(), s.Number)
	}
	lengths := []int{m.XLength(), m.YLength(), m.ZLength(), m.VxLength(), m.VyLength(), m.VzLength(), m.EnergyLength(), m.FitnessLength()}
	element := []func(int) float32{m.X, m.Y, m.Z, m.Vx, m.Vy, m.Vz, m.Energy, m.Fitness}
	for c, get := range element {
		if lengths[c] != s.N {
			t.Fatalf("column %d holds %d floats, want %d", c, lengths[c], s.N)
		}
		for i, want := range s.Col(c) {
			if got := get(i); math.Float32bits(got) != math.Float32bits(want) {
				t.Errorf("column %d, boid %d: got %v, want %v", c, i, got, want)
			}
		}
	}
}

// BenchmarkRejected times what the package comment says was not done.
func BenchmarkRejected(b *testing.B) {
	s, c := bench.Flock(), NewPacked()
	encoded, err := c.Encode(s)
	if err != nil {
		b.Fatal(err)
	}
	m := fb.GetRootAsPackedFrame(slices.Clone(encoded), 0)
	builder := c.sets[copytax.KindFrame]
	bench.Run(b, "packed element by element encode", func() error {
		builder.Reset()
		for c := range s.Count() {
			fb.PackedFrameStartXVector(builder, s.N)
			col := s.Col(c)
			for i := s.N - 1; i >= 0; i-- {
				builder.PrependFloat32(col[i])
			}
			builder.EndVector(s.N)
		}
		return nil
	})
	bench.Run(b, "packed element by element decode", func() error {
		element := []func(int) float32{m.X, m.Y, m.Z, m.Vx, m.Vy, m.Vz, m.Energy, m.Fitness}
		for c, get := range element {
			col := s.Col(c)
			for i := range col {
				col[i] = get(i)
			}
		}
		return nil
	})
}
