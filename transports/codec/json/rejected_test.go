package json

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/copytax/copytax"
)

// BenchmarkRejected times what the package comment says was not done.
func BenchmarkRejected(b *testing.B) {
	f := copytax.NewFrame(10_000)
	for i := range f.Data {
		f.Data[i] = float32(i%1000)/1000 + 0.1
	}
	c := New()
	encoded, err := c.EncodeFrame(f)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("chosen Encoder", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.EncodeFrame(f); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(&c.frameOut); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("chosen Unmarshal over old elements", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := c.DecodeFrame(encoded, f); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Unmarshal into a new message", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(encoded, &frame{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Decoder over old elements", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.frameIn.Boids = c.frameIn.Boids[:0]
			if err := json.NewDecoder(bytes.NewReader(encoded)).Decode(&c.frameIn); err != nil {
				b.Fatal(err)
			}
		}
	})
}
