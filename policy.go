package copytax

import (
	"encoding/binary"
	"fmt"
	"math"
)

// PolicyBytes is the size of a policy in its canonical form: little-endian, in
// the order of the fields of [Policy], padded with zeros. The engine's step
// reads this form, and so do the transports that need no codec.
const PolicyBytes = 256

// A Policy is what the kernel asks of the engine for one tick. Lengths are in
// units of the perception radius, times in seconds of the simulated world. On
// a little-endian machine its memory is its canonical form without the padding,
// which a test holds it to.
type Policy struct {
	Epoch      uint64 `json:"epoch"`
	Generation uint64 `json:"generation"` // of the genome that the step reads

	Dt         float32    `json:"dt"`
	Radius     float32    `json:"radius"`     // perception radius; also the edge of a grid cell
	Separation float32    `json:"separation"` // weights of the flock, times the gene of each boid
	Alignment  float32    `json:"alignment"`
	Cohesion   float32    `json:"cohesion"`
	Goal       float32    `json:"goal"`
	Target     [3]float32 `json:"target"` // where Goal pulls
	Min        [3]float32 `json:"min"`    // bounds of the world
	Max        [3]float32 `json:"max"`
	Margin     float32    `json:"margin"`   // width of the soft wall inside the bounds
	WallGain   float32    `json:"wallGain"` // acceleration per unit of depth in the soft wall
	MinSpeed   float32    `json:"minSpeed"`
	MaxSpeed   float32    `json:"maxSpeed"`
	MaxAccel   float32    `json:"maxAccel"`
	EnergyGain float32    `json:"energyGain"` // energy regained per second at rest
	EnergyCost float32    `json:"energyCost"` // energy spent per unit of squared acceleration and second
	FitDecay   float32    `json:"fitDecay"`   // share of the fitness kept from one tick to the next
}

// floats lists the float32 fields in canonical order.
func (p *Policy) floats() [23]*float32 {
	return [...]*float32{
		&p.Dt, &p.Radius, &p.Separation, &p.Alignment, &p.Cohesion, &p.Goal,
		&p.Target[0], &p.Target[1], &p.Target[2],
		&p.Min[0], &p.Min[1], &p.Min[2], &p.Max[0], &p.Max[1], &p.Max[2],
		&p.Margin, &p.WallGain, &p.MinSpeed, &p.MaxSpeed, &p.MaxAccel,
		&p.EnergyGain, &p.EnergyCost, &p.FitDecay,
	}
}

// Put writes p in canonical form to dst, which must hold PolicyBytes. It does
// not write the padding behind the fields.
func (p *Policy) Put(dst []byte) {
	_ = dst[PolicyBytes-1]
	binary.LittleEndian.PutUint64(dst, p.Epoch)
	binary.LittleEndian.PutUint64(dst[8:], p.Generation)
	for i, f := range p.floats() {
		binary.LittleEndian.PutUint32(dst[16+4*i:], math.Float32bits(*f))
	}
}

// Get reads p from its canonical form, or fails when src is not PolicyBytes long.
func (p *Policy) Get(src []byte) error {
	if len(src) != PolicyBytes {
		return fmt.Errorf("policy of %d bytes, want %d", len(src), PolicyBytes)
	}
	p.Epoch = binary.LittleEndian.Uint64(src)
	p.Generation = binary.LittleEndian.Uint64(src[8:])
	for i, f := range p.floats() {
		*f = math.Float32frombits(binary.LittleEndian.Uint32(src[16+4*i:]))
	}
	return nil
}
