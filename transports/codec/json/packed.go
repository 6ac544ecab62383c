package json

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/columns"
)

// packed returns the messages with an array a column.
func packed() [copytax.TableKinds]columns.Message {
	f, g := &packedFrame{}, &packedGenome{}
	f.Fields = columns.Fields{Number: &f.Epoch, Columns: []*[]float32{&f.X, &f.Y, &f.Z, &f.VX, &f.VY, &f.VZ, &f.Energy, &f.Fitness}}
	g.Fields = columns.Fields{Number: &g.Generation, Columns: []*[]float32{&g.Separation, &g.Alignment, &g.Cohesion, &g.Goal}}
	return [...]columns.Message{copytax.KindFrame: f, copytax.KindGenome: g}
}

type packedFrame struct {
	columns.Fields `json:"-"`

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

type packedGenome struct {
	columns.Fields `json:"-"`

	Generation uint64    `json:"generation"`
	Separation []float32 `json:"separation"`
	Alignment  []float32 `json:"alignment"`
	Cohesion   []float32 `json:"cohesion"`
	Goal       []float32 `json:"goal"`
}
