package flatbuffers

import (
	"math"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/flatbuffers/fb"
)

func example(n int) *copytax.Frame {
	f := copytax.NewFrame(n)
	f.Epoch = 7
	for i := range f.Data {
		f.Data[i] = float32(i%1000)/1000 + 0.1
	}
	return f
}

// The vectors are written without the generated code, and must be what it reads.
func TestPackedIsWhatTheSchemaSays(t *testing.T) {
	f := example(9)
	b, err := NewPacked().EncodeFrame(f)
	if err != nil {
		t.Fatal(err)
	}
	m := fb.GetRootAsPackedFrame(b, 0)
	if m.Epoch() != f.Epoch {
		t.Errorf("got epoch %d, want %d", m.Epoch(), f.Epoch)
	}
	lengths := []int{m.XLength(), m.YLength(), m.ZLength(), m.VxLength(), m.VyLength(), m.VzLength(), m.EnergyLength(), m.FitnessLength()}
	element := []func(int) float32{m.X, m.Y, m.Z, m.Vx, m.Vy, m.Vz, m.Energy, m.Fitness}
	for c, get := range element {
		if lengths[c] != f.N {
			t.Fatalf("column %d holds %d floats, want %d", c, lengths[c], f.N)
		}
		for i, want := range f.Col(copytax.Column(c)) {
			if got := get(i); math.Float32bits(got) != math.Float32bits(want) {
				t.Errorf("column %d, boid %d: got %v, want %v", c, i, got, want)
			}
		}
	}
}

// BenchmarkRejected times what the package comment says was not done.
func BenchmarkRejected(b *testing.B) {
	f := example(10_000)
	c := NewPacked()
	encoded, err := c.EncodeFrame(f)
	if err != nil {
		b.Fatal(err)
	}
	m := fb.GetRootAsPackedFrame(encoded, 0)
	b.Run("packed element by element encode", func(b *testing.B) {
		for b.Loop() {
			c.frame.Reset()
			for i := range copytax.Column(copytax.Columns) {
				col := f.Col(i)
				fb.PackedFrameStartXVector(c.frame, len(col))
				for j := len(col) - 1; j >= 0; j-- {
					c.frame.PrependFloat32(col[j])
				}
				c.frame.EndVector(len(col))
			}
		}
	})
	b.Run("packed element by element decode", func(b *testing.B) {
		for b.Loop() {
			element := []func(int) float32{m.X, m.Y, m.Z, m.Vx, m.Vy, m.Vz, m.Energy, m.Fitness}
			for i, get := range element {
				col := f.Col(copytax.Column(i))
				for j := range col {
					col[j] = get(j)
				}
			}
		}
	})
}
