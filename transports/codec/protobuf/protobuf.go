// Package protobuf is protocol buffers by google.golang.org/protobuf and code
// that protoc-gen-go made of pb/flock.proto: a message a boid ([New]) or a
// packed field a column ([NewPacked]).
//
// What was chosen, and what it gains, at 10,000 boids on two virtual cores of
// an EPYC; BenchmarkRejected and package codec's BenchmarkFormats repeat it:
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
	"google.golang.org/protobuf/proto"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/columns"
	"github.com/copytax/copytax/transports/codec/protobuf/pb"
)

// A Codec is protocol buffers in either schema.
type Codec struct {
	policy    *pb.Policy
	policyBuf []byte
	sets      [copytax.TableKinds]struct {
		out, in message
		buf     []byte
	}
}

// A message is a generated one that takes and fills a set.
type message interface {
	proto.Message
	columns.Message
}

// New returns a codec with a message a boid.
func New() *Codec { return newCodec(objects) }

// NewPacked returns a codec with a packed field a column.
func NewPacked() *Codec { return newCodec(packed) }

func newCodec(schema func() [copytax.TableKinds]message) *Codec {
	c := &Codec{policy: &pb.Policy{Target: &pb.Vector{}, Min: &pb.Vector{}, Max: &pb.Vector{}}}
	out, in := schema(), schema()
	for k := range c.sets {
		c.sets[k].out, c.sets[k].in = out[k], in[k]
	}
	return c
}

// marshal encodes m into the memory of buf.
func marshal(buf *[]byte, m proto.Message) ([]byte, error) {
	b, err := proto.MarshalOptions{}.MarshalAppend((*buf)[:0], m)
	if err != nil {
		return nil, err
	}
	*buf = b
	return b, nil
}

// Encode encodes s.
func (c *Codec) Encode(s copytax.Table) ([]byte, error) {
	k := &c.sets[s.Kind]
	k.out.Load(s)
	return marshal(&k.buf, k.out)
}

// Decode decodes b into s, over an emptied message: merging keeps the capacity
// of its slices, which a reset would drop.
func (c *Codec) Decode(b []byte, s copytax.Table) error {
	m := c.sets[s.Kind].in
	m.Empty(s)
	if err := (proto.UnmarshalOptions{Merge: true, DiscardUnknown: true}).Unmarshal(b, m); err != nil {
		return err
	}
	return m.Store(s)
}

// ContentType returns the media type of protocol buffers.
func (*Codec) ContentType() string { return "application/x-protobuf" }

// EncodePolicy encodes p.
func (c *Codec) EncodePolicy(p *copytax.Policy) ([]byte, error) {
	m := c.policy
	m.Epoch, m.Generation = p.Epoch, p.Generation
	m.Dt, m.Radius = p.Dt, p.Radius
	m.Separation, m.Alignment, m.Cohesion, m.Goal = p.Separation, p.Alignment, p.Cohesion, p.Goal
	setVector(m.Target, p.Target)
	setVector(m.Min, p.Min)
	setVector(m.Max, p.Max)
	m.Margin, m.WallGain = p.Margin, p.WallGain
	m.MinSpeed, m.MaxSpeed, m.MaxAccel = p.MinSpeed, p.MaxSpeed, p.MaxAccel
	m.EnergyGain, m.EnergyCost, m.FitDecay = p.EnergyGain, p.EnergyCost, p.FitDecay
	return marshal(&c.policyBuf, m)
}

// DecodePolicy decodes b into p.
func (*Codec) DecodePolicy(b []byte, p *copytax.Policy) error {
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
