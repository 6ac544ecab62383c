// Package flatbuffers is FlatBuffers by github.com/google/flatbuffers and code
// that flatc made of fb/flock.fbs: a vector of structs ([New]) or a vector of
// floats a column ([NewPacked]).
//
// What was chosen, and what it gains, at 10,000 boids on two virtual cores of
// an EPYC; BenchmarkRejected and package codec's BenchmarkFormats repeat it:
//
//   - Builders are reset, not made anew; nothing is allocated in either direction.
//   - A boid is a struct, which lies inline, not a table, which would cost an
//     offset and a description: 0.25 ms to encode, 0.12 ms to read every field.
//   - Columns are copied whole, 4 µs to encode and 3 µs to decode, instead of
//     element by element in 250 µs and 520 µs. The library for Go writes whole
//     vectors of bytes only, the one for C++ of anything: a vector of floats is
//     written as bytes here, and its length put right. A test reads it by the
//     generated accessors.
//
// The columns are decoded, that is copied, though FlatBuffers can be read where
// they lie: a frame's columns have one place, so that all transports end at the
// same one. A reader that can take them from the message saves that copy.
package flatbuffers

import (
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/flatbuffers/fb"
)

// minBytes is the least a message can take: the offset of its root table, and
// that table's offset of its description.
const minBytes = 8

// guard turns the library's panic on bytes that point outside of the message
// into an error. The library has no verifier for Go: every access is checked
// against the message's bounds, and nothing is allocated from what they say.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("malformed message: %v", r)
	}
}

func checkHead(what string, b []byte) error {
	if len(b) < minBytes {
		return fmt.Errorf("%s of %d bytes, want at least %d", what, len(b), minBytes)
	}
	return nil
}

// builders is the part that both variants have in common: a builder a kind of
// message, which keeps its memory.
type builders struct {
	policy *flatbuffers.Builder
	sets   [copytax.TableKinds]*flatbuffers.Builder
}

func newBuilders() (b builders) {
	const start = 1024 // grows to what the first message takes
	b.policy = flatbuffers.NewBuilder(start)
	for k := range b.sets {
		b.sets[k] = flatbuffers.NewBuilder(start)
	}
	return b
}

// The first vector of a table of either schema is its second field, behind the number.
const firstVector = 1

// finish ends the message of s with the table of its number and vectors.
func finish(b *flatbuffers.Builder, s copytax.Table, vectors ...flatbuffers.UOffsetT) ([]byte, error) {
	b.StartObject(firstVector + len(vectors))
	b.PrependUint64Slot(0, s.Number, 0)
	for i, at := range vectors {
		b.PrependUOffsetTSlot(firstVector+i, at, 0)
	}
	b.Finish(b.EndObject())
	return b.FinishedBytes(), nil
}

// ContentType returns a media type for FlatBuffers, which have none registered.
func (*builders) ContentType() string { return "application/x-flatbuffers" }

// EncodePolicy encodes p.
func (c *builders) EncodePolicy(p *copytax.Policy) ([]byte, error) {
	b := c.policy
	b.Reset()
	fb.PolicyStart(b)
	fb.PolicyAddEpoch(b, p.Epoch)
	fb.PolicyAddGeneration(b, p.Generation)
	fb.PolicyAddSettings(b, fb.CreateSettings(b, p.Dt, p.Radius,
		p.Separation, p.Alignment, p.Cohesion, p.Goal,
		p.Target[0], p.Target[1], p.Target[2],
		p.Min[0], p.Min[1], p.Min[2], p.Max[0], p.Max[1], p.Max[2],
		p.Margin, p.WallGain, p.MinSpeed, p.MaxSpeed, p.MaxAccel,
		p.EnergyGain, p.EnergyCost, p.FitDecay))
	b.Finish(fb.PolicyEnd(b))
	return b.FinishedBytes(), nil
}

// DecodePolicy decodes b into p.
func (*builders) DecodePolicy(b []byte, p *copytax.Policy) (err error) {
	if err := checkHead("policy", b); err != nil {
		return err
	}
	defer guard(&err)
	m := fb.GetRootAsPolicy(b, 0)
	s := m.Settings(nil)
	if s == nil {
		return fmt.Errorf("policy %d has no settings", m.Epoch())
	}
	*p = copytax.Policy{
		Epoch: m.Epoch(), Generation: m.Generation(),
		Dt: s.Dt(), Radius: s.Radius(),
		Separation: s.Separation(), Alignment: s.Alignment(), Cohesion: s.Cohesion(), Goal: s.Goal(),
		Target: vector(s.Target(nil)), Min: vector(s.Min(nil)), Max: vector(s.Max(nil)),
		Margin: s.Margin(), WallGain: s.WallGain(),
		MinSpeed: s.MinSpeed(), MaxSpeed: s.MaxSpeed(), MaxAccel: s.MaxAccel(),
		EnergyGain: s.EnergyGain(), EnergyCost: s.EnergyCost(), FitDecay: s.FitDecay(),
	}
	return nil
}

func vector(v *fb.Vector) [3]float32 { return [3]float32{v.X(), v.Y(), v.Z()} }
