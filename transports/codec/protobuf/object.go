package protobuf

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/protobuf/pb"
)

// An Object codec makes a message of every boid.
type Object struct {
	policies
	frame, frameIn   pb.Frame
	genome, genomeIn pb.Genome
	frameBuf         []byte
	genomeBuf        []byte
}

// New returns a codec with a message a boid.
func New() *Object { return &Object{policies: newPolicies()} }

// Name returns the codec's name.
func (*Object) Name() string { return "protobuf" }

// blocks returns n pointers to messages that lie side by side, those of old if
// they are as many.
func blocks[M any](old []*M, n int) []*M {
	if len(old) == n {
		return old
	}
	side, list := make([]M, n), make([]*M, n)
	for i := range list {
		list[i] = &side[i]
	}
	return list
}

// EncodeFrame encodes f.
func (c *Object) EncodeFrame(f *copytax.Frame) ([]byte, error) {
	c.frame.Epoch, c.frame.Boids = f.Epoch, blocks(c.frame.Boids, f.N)
	x, y, z, vx, vy, vz, energy, fitness := f.Columns()
	for i, b := range c.frame.Boids {
		b.X, b.Y, b.Z = x[i], y[i], z[i]
		b.Vx, b.Vy, b.Vz = vx[i], vy[i], vz[i]
		b.Energy, b.Fitness = energy[i], fitness[i]
	}
	return marshal(&c.frameBuf, &c.frame)
}

// DecodeFrame decodes b into f.
func (c *Object) DecodeFrame(b []byte, f *copytax.Frame) error {
	m := &c.frameIn
	m.Epoch, m.Boids = 0, m.Boids[:0]
	if err := unmarshal(b, m); err != nil {
		return err
	}
	if err := checkNumber("frame", m.Epoch, f.Epoch); err != nil {
		return err
	}
	if err := copytax.CheckCount("frame", len(m.Boids), f.N); err != nil {
		return err
	}
	x, y, z, vx, vy, vz, energy, fitness := f.Columns()
	for i, b := range m.Boids {
		x[i], y[i], z[i] = b.X, b.Y, b.Z
		vx[i], vy[i], vz[i] = b.Vx, b.Vy, b.Vz
		energy[i], fitness[i] = b.Energy, b.Fitness
	}
	return nil
}

// EncodeGenome encodes g.
func (c *Object) EncodeGenome(g *copytax.Genome) ([]byte, error) {
	c.genome.Generation, c.genome.Boids = g.Generation, blocks(c.genome.Boids, g.N)
	separation, alignment, cohesion, goal := g.Columns()
	for i, b := range c.genome.Boids {
		b.Separation, b.Alignment = separation[i], alignment[i]
		b.Cohesion, b.Goal = cohesion[i], goal[i]
	}
	return marshal(&c.genomeBuf, &c.genome)
}

// DecodeGenome decodes b into g.
func (c *Object) DecodeGenome(b []byte, g *copytax.Genome) error {
	m := &c.genomeIn
	m.Generation, m.Boids = 0, m.Boids[:0]
	if err := unmarshal(b, m); err != nil {
		return err
	}
	if err := checkNumber("genome", m.Generation, g.Generation); err != nil {
		return err
	}
	if err := copytax.CheckCount("genome", len(m.Boids), g.N); err != nil {
		return err
	}
	separation, alignment, cohesion, goal := g.Columns()
	for i, b := range m.Boids {
		separation[i], alignment[i] = b.Separation, b.Alignment
		cohesion[i], goal[i] = b.Cohesion, b.Goal
	}
	return nil
}
