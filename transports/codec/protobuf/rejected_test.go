package protobuf

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/protobuf/pb"
)

// BenchmarkRejected times what the package comment says was not done.
func BenchmarkRejected(b *testing.B) {
	f := copytax.NewFrame(10_000)
	for i := range f.Data {
		f.Data[i] = float32(i%1000)/1000 + 0.1
	}
	b.Run("fresh messages encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m := &pb.Frame{}
			for i := range f.N {
				m.Boids = append(m.Boids, &pb.Boid{
					X: f.Col(copytax.X)[i], Y: f.Col(copytax.Y)[i], Z: f.Col(copytax.Z)[i],
					Vx: f.Col(copytax.VX)[i], Vy: f.Col(copytax.VY)[i], Vz: f.Col(copytax.VZ)[i],
					Energy: f.Col(copytax.Energy)[i], Fitness: f.Col(copytax.Fitness)[i],
				})
			}
			if _, err := proto.Marshal(m); err != nil {
				b.Fatal(err)
			}
		}
	})
	encoded, err := New().EncodeFrame(f)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("fresh messages decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := proto.Unmarshal(encoded, &pb.Frame{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
