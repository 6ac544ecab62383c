package protobuf

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/columns"
	"github.com/copytax/copytax/transports/codec/protobuf/pb"
)

type packedFrame struct {
	pb.PackedFrame
	columns.Fields
}

type packedGenome struct {
	pb.PackedGenome
	columns.Fields
}

// packed returns the messages with a packed field a column.
func packed() [copytax.TableKinds]message {
	f, g := &packedFrame{}, &packedGenome{}
	f.Fields = columns.Fields{Number: &f.Epoch, Columns: []*[]float32{&f.X, &f.Y, &f.Z, &f.Vx, &f.Vy, &f.Vz, &f.Energy, &f.Fitness}}
	g.Fields = columns.Fields{Number: &g.Generation, Columns: []*[]float32{&g.Separation, &g.Alignment, &g.Cohesion, &g.Goal}}
	return [...]message{copytax.KindFrame: f, copytax.KindGenome: g}
}
