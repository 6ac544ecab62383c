// Package protobuf is protocol buffers by google.golang.org/protobuf and code
// that protoc-gen-go made of pb/flock.proto: a message a boid ([New]) or a
// packed field a column ([NewPacked]).
//
// What was chosen, and what it gains, at 10,000 boids on two virtual cores of
// an EPYC; BenchmarkRejected and its neighbours repeat it:
//
//   - Encoding fills the same messages every time and appends to the same
//     buffer: 0.63 ms instead of 1.46 ms with new messages and a new buffer.
//   - The boids' messages lie side by side in memory, not one by one.
//   - The packed fields alias the columns: nothing is copied before encoding (22 µs).
//   - Decoding merges into a message emptied by us, which keeps the list of
//     boids: 0.98 ms instead of 1.12 ms. The boids themselves are new each time:
//     the library has no way to decode an element over an old one. Nor can
//     packed fields be decoded into the columns (134 µs): the library makes a
//     new slice a field before it reads, so that they are copied out of it.
//
// Not taken: vtprotobuf and other generators, which are other libraries, and a
// bytes field of raw columns, which is another schema than the one compared.
package protobuf

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/protobuf/pb"
)

// marshal encodes m into the memory of buf.
func marshal(buf *[]byte, m proto.Message) ([]byte, error) {
	b, err := proto.MarshalOptions{}.MarshalAppend((*buf)[:0], m)
	if err != nil {
		return nil, err
	}
	*buf = b
	return b, nil
}

// unmarshal decodes b over m, whose fields the caller has emptied: merging
// keeps the capacity of its slices, which a reset would drop.
func unmarshal(b []byte, m proto.Message) error {
	return proto.UnmarshalOptions{Merge: true, DiscardUnknown: true}.Unmarshal(b, m)
}

func checkNumber(what string, got, want uint64) error {
	if got != want {
		return fmt.Errorf("%s is number %d, want %d", what, got, want)
	}
	return nil
}

// policies is the part that both variants have in common.
type policies struct {
	out *pb.Policy
	buf []byte
}

func newPolicies() policies {
	return policies{out: &pb.Policy{Target: &pb.Vector{}, Min: &pb.Vector{}, Max: &pb.Vector{}}}
}

// ContentType returns the media type of protocol buffers.
func (*policies) ContentType() string { return "application/x-protobuf" }

// EncodePolicy encodes p.
func (c *policies) EncodePolicy(p *copytax.Policy) ([]byte, error) {
	m := c.out
	m.Epoch, m.Generation = p.Epoch, p.Generation
	m.Dt, m.Radius = p.Dt, p.Radius
	m.Separation, m.Alignment, m.Cohesion, m.Goal = p.Separation, p.Alignment, p.Cohesion, p.Goal
	setVector(m.Target, p.Target)
	setVector(m.Min, p.Min)
	setVector(m.Max, p.Max)
	m.Margin, m.WallGain = p.Margin, p.WallGain
	m.MinSpeed, m.MaxSpeed, m.MaxAccel = p.MinSpeed, p.MaxSpeed, p.MaxAccel
	m.EnergyGain, m.EnergyCost, m.FitDecay = p.EnergyGain, p.EnergyCost, p.FitDecay
	return marshal(&c.buf, m)
}

// DecodePolicy decodes b into p.
func (*policies) DecodePolicy(b []byte, p *copytax.Policy) error {
	var m pb.Policy
	if err := proto.Unmarshal(b, &m); err != nil {
		return err
	}
	*p = copytax.Policy{
		Epoch: m.Epoch, Generation: m.Generation,
		Dt: m.Dt, Radius: m.Radius,
		Separation: m.Separation, Alignment: m.Alignment, Cohesion: m.Cohesion, Goal: m.Goal,
		Target: vector(m.Target), Min: vector(m.Min), Max: vector(m.Max),
		Margin: m.Margin, WallGain: m.WallGain,
		MinSpeed: m.MinSpeed, MaxSpeed: m.MaxSpeed, MaxAccel: m.MaxAccel,
		EnergyGain: m.EnergyGain, EnergyCost: m.EnergyCost, FitDecay: m.FitDecay,
	}
	return nil
}

func setVector(m *pb.Vector, v [3]float32) { m.X, m.Y, m.Z = v[0], v[1], v[2] }

// vector reads m, which is nil when the message leaves the field out.
func vector(m *pb.Vector) [3]float32 { return [3]float32{m.GetX(), m.GetY(), m.GetZ()} }
