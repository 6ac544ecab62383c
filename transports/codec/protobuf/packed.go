package protobuf

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/protobuf/pb"
)

// A Packed codec makes a packed field of every column.
type Packed struct {
	policies
	frame, frameIn   pb.PackedFrame
	genome, genomeIn pb.PackedGenome
	frameBuf         []byte
	genomeBuf        []byte
}

// NewPacked returns a codec with a packed field a column.
func NewPacked() *Packed { return &Packed{policies: newPolicies()} }

// Name returns the codec's name.
func (*Packed) Name() string { return "protobuf:packed" }

// frameFields lists the fields of m in the order of the columns.
func frameFields(m *pb.PackedFrame) [copytax.Columns]*[]float32 {
	return [...]*[]float32{&m.X, &m.Y, &m.Z, &m.Vx, &m.Vy, &m.Vz, &m.Energy, &m.Fitness}
}

func genomeFields(m *pb.PackedGenome) [copytax.GenomeColumns]*[]float32 {
	return [...]*[]float32{&m.Separation, &m.Alignment, &m.Cohesion, &m.Goal}
}

// EncodeFrame encodes f. The message's fields are f's columns themselves.
func (c *Packed) EncodeFrame(f *copytax.Frame) ([]byte, error) {
	c.frame.Epoch = f.Epoch
	for i, field := range frameFields(&c.frame) {
		*field = f.Col(copytax.Column(i))
	}
	return marshal(&c.frameBuf, &c.frame)
}

// DecodeFrame decodes b into f.
func (c *Packed) DecodeFrame(b []byte, f *copytax.Frame) error {
	m := &c.frameIn
	fields := frameFields(m)
	m.Epoch = 0
	for _, field := range fields {
		*field = nil
	}
	if err := unmarshal(b, m); err != nil {
		return err
	}
	if err := checkNumber("frame", m.Epoch, f.Epoch); err != nil {
		return err
	}
	for i, field := range fields {
		if err := fillColumn("frame", i, f.Col(copytax.Column(i)), *field); err != nil {
			return err
		}
	}
	return nil
}

// EncodeGenome encodes g. The message's fields are g's columns themselves.
func (c *Packed) EncodeGenome(g *copytax.Genome) ([]byte, error) {
	c.genome.Generation = g.Generation
	for i, field := range genomeFields(&c.genome) {
		*field = g.Col(copytax.Column(i))
	}
	return marshal(&c.genomeBuf, &c.genome)
}

// DecodeGenome decodes b into g.
func (c *Packed) DecodeGenome(b []byte, g *copytax.Genome) error {
	m := &c.genomeIn
	fields := genomeFields(m)
	m.Generation = 0
	for _, field := range fields {
		*field = nil
	}
	if err := unmarshal(b, m); err != nil {
		return err
	}
	if err := checkNumber("genome", m.Generation, g.Generation); err != nil {
		return err
	}
	for i, field := range fields {
		if err := fillColumn("genome", i, g.Col(copytax.Column(i)), *field); err != nil {
			return err
		}
	}
	return nil
}

func fillColumn(what string, column int, dst, src []float32) error {
	if len(src) != len(dst) {
		return copytax.CheckCount(fmt.Sprintf("%s column %d", what, column), len(src), len(dst))
	}
	copy(dst, src)
	return nil
}
