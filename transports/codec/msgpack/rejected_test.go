package msgpack

import (
	"bytes"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/copytax/copytax"
)

// BenchmarkRejected times what the package comment says was not done.
func BenchmarkRejected(b *testing.B) {
	f := copytax.NewFrame(10_000)
	for i := range f.Data {
		f.Data[i] = float32(i%1000)/1000 + 0.1
	}
	c := New()
	if _, err := c.EncodeFrame(f); err != nil {
		b.Fatal(err)
	}
	w, r := newWriter(), newReader()
	w.UseArrayEncodedStructs(true)
	var encoded []byte
	b.Run("whole slice encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.buf.Reset()
			if err := w.Encode(c.boids); err != nil {
				b.Fatal(err)
			}
		}
		encoded = bytes.Clone(w.buf.Bytes())
	})
	b.Run("whole slice decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.src.Reset(encoded)
			if err := r.Decode(&c.boids); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("columns by reflection encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.buf.Reset()
			for i := range copytax.Column(copytax.Columns) {
				if err := w.Encode(f.Col(i)); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("new Marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := msgpack.Marshal(c.boids); err != nil {
				b.Fatal(err)
			}
		}
	})
}
