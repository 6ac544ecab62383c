package msgpack

import (
	"bytes"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/copytax/copytax/transports/codec/columns"
	"github.com/copytax/copytax/transports/codec/internal/bench"
)

// BenchmarkRejected times what the package comment says was not done.
func BenchmarkRejected(b *testing.B) {
	s := bench.Flock()
	boids := columns.FrameRows(s, nil)
	w, r := newWriter(), newReader()
	w.UseArrayEncodedStructs(true)
	var encoded []byte
	bench.Run(b, "whole slice encode", func() error {
		w.buf.Reset()
		err := w.Encode(boids)
		encoded = w.buf.Bytes()
		return err
	})
	encoded = bytes.Clone(encoded)
	bench.Run(b, "whole slice decode", func() error {
		r.src.Reset(encoded)
		return r.Decode(&boids)
	})
	bench.Run(b, "columns by reflection encode", func() error {
		w.buf.Reset()
		for c := range s.Count() {
			if err := w.Encode(s.Col(c)); err != nil {
				return err
			}
		}
		return nil
	})
	bench.Run(b, "new Marshal", func() error {
		_, err := msgpack.Marshal(boids)
		return err
	})
}
