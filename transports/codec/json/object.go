package json

import (
	"encoding/json"

	"github.com/copytax/copytax"
)

// An Object codec makes an object of every boid.
type Object struct {
	texts
	frameOut, frameIn   frame
	genomeOut, genomeIn genome
}

type frame struct {
	Epoch uint64 `json:"epoch"`
	Boids []boid `json:"boids"`
}

type boid struct {
	X       float32 `json:"x"`
	Y       float32 `json:"y"`
	Z       float32 `json:"z"`
	VX      float32 `json:"vx"`
	VY      float32 `json:"vy"`
	VZ      float32 `json:"vz"`
	Energy  float32 `json:"energy"`
	Fitness float32 `json:"fitness"`
}

type genome struct {
	Generation uint64  `json:"generation"`
	Boids      []genes `json:"boids"`
}

type genes struct {
	Separation float32 `json:"separation"`
	Alignment  float32 `json:"alignment"`
	Cohesion   float32 `json:"cohesion"`
	Goal       float32 `json:"goal"`
}

// New returns a codec with an object a boid.
func New() *Object { return &Object{texts: newTexts()} }

// Name returns the codec's name.
func (*Object) Name() string { return "json" }

// sized returns a slice of n elements, old if it has room for them.
func sized[E any](old []E, n int) []E {
	if cap(old) >= n {
		return old[:n]
	}
	return make([]E, n)
}

// EncodeFrame encodes f. It fails when a float is NaN or infinite, for which
// JSON has no word.
func (c *Object) EncodeFrame(f *copytax.Frame) ([]byte, error) {
	m := &c.frameOut
	m.Epoch, m.Boids = f.Epoch, sized(m.Boids, f.N)
	x, y, z, vx, vy, vz, energy, fitness := f.Columns()
	for i := range m.Boids {
		m.Boids[i] = boid{x[i], y[i], z[i], vx[i], vy[i], vz[i], energy[i], fitness[i]}
	}
	return c.frame.encode(m)
}

// DecodeFrame decodes b into f.
func (c *Object) DecodeFrame(b []byte, f *copytax.Frame) error {
	m := &c.frameIn
	// The library decodes into old elements, and keeps what b leaves out.
	clear(m.Boids[:cap(m.Boids)])
	m.Epoch, m.Boids = 0, m.Boids[:0]
	if err := json.Unmarshal(b, m); err != nil {
		return err
	}
	if err := checkNumber("frame", m.Epoch, f.Epoch); err != nil {
		return err
	}
	if err := copytax.CheckCount("frame", len(m.Boids), f.N); err != nil {
		return err
	}
	x, y, z, vx, vy, vz, energy, fitness := f.Columns()
	for i := range m.Boids {
		b := &m.Boids[i]
		x[i], y[i], z[i] = b.X, b.Y, b.Z
		vx[i], vy[i], vz[i] = b.VX, b.VY, b.VZ
		energy[i], fitness[i] = b.Energy, b.Fitness
	}
	return nil
}

// EncodeGenome encodes g, or fails as EncodeFrame does.
func (c *Object) EncodeGenome(g *copytax.Genome) ([]byte, error) {
	m := &c.genomeOut
	m.Generation, m.Boids = g.Generation, sized(m.Boids, g.N)
	separation, alignment, cohesion, goal := g.Columns()
	for i := range m.Boids {
		m.Boids[i] = genes{separation[i], alignment[i], cohesion[i], goal[i]}
	}
	return c.genome.encode(m)
}

// DecodeGenome decodes b into g.
func (c *Object) DecodeGenome(b []byte, g *copytax.Genome) error {
	m := &c.genomeIn
	clear(m.Boids[:cap(m.Boids)])
	m.Generation, m.Boids = 0, m.Boids[:0]
	if err := json.Unmarshal(b, m); err != nil {
		return err
	}
	if err := checkNumber("genome", m.Generation, g.Generation); err != nil {
		return err
	}
	if err := copytax.CheckCount("genome", len(m.Boids), g.N); err != nil {
		return err
	}
	separation, alignment, cohesion, goal := g.Columns()
	for i := range m.Boids {
		b := &m.Boids[i]
		separation[i], alignment[i], cohesion[i], goal[i] = b.Separation, b.Alignment, b.Cohesion, b.Goal
	}
	return nil
}
