package protobuf

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/copytax/copytax/transports/codec/internal/bench"
	"github.com/copytax/copytax/transports/codec/protobuf/pb"
)

// BenchmarkRejected times what the package comment says was not done.
func BenchmarkRejected(b *testing.B) {
	s := bench.Flock()
	x, y, z, vx, vy, vz, energy, fitness := s.FrameColumns()
	bench.Run(b, "fresh messages encode", func() error {
		m := &pb.Frame{}
		for i := range s.N {
			m.Boids = append(m.Boids, &pb.Boid{
				X: x[i], Y: y[i], Z: z[i], Vx: vx[i], Vy: vy[i], Vz: vz[i], Energy: energy[i], Fitness: fitness[i],
			})
		}
		_, err := proto.Marshal(m)
		return err
	})
	encoded, err := New().Encode(s)
	if err != nil {
		b.Fatal(err)
	}
	bench.Run(b, "fresh messages decode", func() error { return proto.Unmarshal(encoded, &pb.Frame{}) })
}
