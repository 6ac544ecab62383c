package json

import (
	"encoding/json"
	"fmt"

	"github.com/copytax/copytax"
)

// A Packed codec makes an array of every column.
type Packed struct {
	texts
	frameOut, frameIn   packedFrame
	genomeOut, genomeIn packedGenome
}

type packedFrame struct {
	Epoch   uint64    `json:"epoch"`
	X       []float32 `json:"x"`
	Y       []float32 `json:"y"`
	Z       []float32 `json:"z"`
	VX      []float32 `json:"vx"`
	VY      []float32 `json:"vy"`
	VZ      []float32 `json:"vz"`
	Energy  []float32 `json:"energy"`
	Fitness []float32 `json:"fitness"`
}

func (m *packedFrame) fields() [copytax.Columns]*[]float32 {
	return [...]*[]float32{&m.X, &m.Y, &m.Z, &m.VX, &m.VY, &m.VZ, &m.Energy, &m.Fitness}
}

type packedGenome struct {
	Generation uint64    `json:"generation"`
	Separation []float32 `json:"separation"`
	Alignment  []float32 `json:"alignment"`
	Cohesion   []float32 `json:"cohesion"`
	Goal       []float32 `json:"goal"`
}

func (m *packedGenome) fields() [copytax.GenomeColumns]*[]float32 {
	return [...]*[]float32{&m.Separation, &m.Alignment, &m.Cohesion, &m.Goal}
}

// NewPacked returns a codec with an array a column.
func NewPacked() *Packed { return &Packed{texts: newTexts()} }

// Name returns the codec's name.
func (*Packed) Name() string { return "json:packed" }

// EncodeFrame encodes f, whose columns are the message's fields. It fails when
// a float is NaN or infinite, for which JSON has no word.
func (c *Packed) EncodeFrame(f *copytax.Frame) ([]byte, error) {
	c.frameOut.Epoch = f.Epoch
	for i, field := range c.frameOut.fields() {
		*field = f.Col(copytax.Column(i))
	}
	return c.frame.encode(&c.frameOut)
}

// DecodeFrame decodes b into f, whose columns lend their memory to the
// message's fields.
func (c *Packed) DecodeFrame(b []byte, f *copytax.Frame) error {
	m := &c.frameIn
	m.Epoch = 0
	for i, field := range m.fields() {
		*field = f.Col(copytax.Column(i))[:0]
	}
	if err := json.Unmarshal(b, m); err != nil {
		return err
	}
	if err := checkNumber("frame", m.Epoch, f.Epoch); err != nil {
		return err
	}
	for i, field := range m.fields() {
		if err := fillColumn("frame", i, f.Col(copytax.Column(i)), *field); err != nil {
			return err
		}
	}
	return nil
}

// EncodeGenome encodes g, or fails as EncodeFrame does.
func (c *Packed) EncodeGenome(g *copytax.Genome) ([]byte, error) {
	c.genomeOut.Generation = g.Generation
	for i, field := range c.genomeOut.fields() {
		*field = g.Col(copytax.Column(i))
	}
	return c.genome.encode(&c.genomeOut)
}

// DecodeGenome decodes b into g, as DecodeFrame does.
func (c *Packed) DecodeGenome(b []byte, g *copytax.Genome) error {
	m := &c.genomeIn
	m.Generation = 0
	for i, field := range m.fields() {
		*field = g.Col(copytax.Column(i))[:0]
	}
	if err := json.Unmarshal(b, m); err != nil {
		return err
	}
	if err := checkNumber("genome", m.Generation, g.Generation); err != nil {
		return err
	}
	for i, field := range m.fields() {
		if err := fillColumn("genome", i, g.Col(copytax.Column(i)), *field); err != nil {
			return err
		}
	}
	return nil
}

// fillColumn checks a decoded column. It lies in dst already, unless b made
// the library take new memory for it.
func fillColumn(what string, column int, dst, src []float32) error {
	if len(src) != len(dst) {
		return copytax.CheckCount(fmt.Sprintf("%s column %d", what, column), len(src), len(dst))
	}
	if len(src) > 0 && &src[0] != &dst[0] {
		copy(dst, src)
	}
	return nil
}
