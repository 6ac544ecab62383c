package msgpack

import "github.com/copytax/copytax"

// An Object codec makes a struct of every boid: an array of its fields, or a
// map from their names.
type Object struct {
	packs
	name    string
	boids   []boid
	genomes []genes
}

type boid struct {
	X       float32 `msgpack:"x"`
	Y       float32 `msgpack:"y"`
	Z       float32 `msgpack:"z"`
	VX      float32 `msgpack:"vx"`
	VY      float32 `msgpack:"vy"`
	VZ      float32 `msgpack:"vz"`
	Energy  float32 `msgpack:"energy"`
	Fitness float32 `msgpack:"fitness"`
}

type genes struct {
	Separation float32 `msgpack:"separation"`
	Alignment  float32 `msgpack:"alignment"`
	Cohesion   float32 `msgpack:"cohesion"`
	Goal       float32 `msgpack:"goal"`
}

// New returns a codec with an array a boid.
func New() *Object { return newObject("msgpack", true) }

// NewMap returns a codec with a map a boid.
func NewMap() *Object { return newObject("msgpack:map", false) }

func newObject(name string, arrays bool) *Object {
	c := &Object{packs: newPacks(), name: name}
	for _, w := range []writer{c.policy, c.genome, c.frame} {
		w.UseArrayEncodedStructs(arrays)
	}
	return c
}

// Name returns the codec's name.
func (c *Object) Name() string { return c.name }

// sized returns a slice of n elements, old if it has room for them.
func sized[E any](old []E, n int) []E {
	if cap(old) >= n {
		return old[:n]
	}
	return make([]E, n)
}

// EncodeFrame encodes f.
func (c *Object) EncodeFrame(f *copytax.Frame) ([]byte, error) {
	c.boids = sized(c.boids, f.N)
	x, y, z, vx, vy, vz, energy, fitness := f.Columns()
	for i := range c.boids {
		c.boids[i] = boid{x[i], y[i], z[i], vx[i], vy[i], vz[i], energy[i], fitness[i]}
	}
	return encode(c.frame, f.Epoch, c.boids)
}

// DecodeFrame decodes b into f.
func (c *Object) DecodeFrame(b []byte, f *copytax.Frame) error {
	c.boids = sized(c.boids, f.N)
	if err := c.in.dropAfter(decode(c.in, b, "frame", f.Epoch, c.boids)); err != nil {
		return err
	}
	x, y, z, vx, vy, vz, energy, fitness := f.Columns()
	for i := range c.boids {
		b := &c.boids[i]
		x[i], y[i], z[i] = b.X, b.Y, b.Z
		vx[i], vy[i], vz[i] = b.VX, b.VY, b.VZ
		energy[i], fitness[i] = b.Energy, b.Fitness
	}
	return nil
}

// EncodeGenome encodes g.
func (c *Object) EncodeGenome(g *copytax.Genome) ([]byte, error) {
	c.genomes = sized(c.genomes, g.N)
	separation, alignment, cohesion, goal := g.Columns()
	for i := range c.genomes {
		c.genomes[i] = genes{separation[i], alignment[i], cohesion[i], goal[i]}
	}
	return encode(c.genome, g.Generation, c.genomes)
}

// DecodeGenome decodes b into g.
func (c *Object) DecodeGenome(b []byte, g *copytax.Genome) error {
	c.genomes = sized(c.genomes, g.N)
	if err := c.in.dropAfter(decode(c.in, b, "genome", g.Generation, c.genomes)); err != nil {
		return err
	}
	separation, alignment, cohesion, goal := g.Columns()
	for i := range c.genomes {
		b := &c.genomes[i]
		separation[i], alignment[i], cohesion[i], goal[i] = b.Separation, b.Alignment, b.Cohesion, b.Goal
	}
	return nil
}

// encode writes [number, [boid, boid, …]].
func encode[E any](w writer, number uint64, boids []E) ([]byte, error) {
	if err := w.begin(2, number); err != nil {
		return nil, err
	}
	if err := w.EncodeArrayLen(len(boids)); err != nil {
		return nil, err
	}
	for i := range boids {
		if err := w.Encode(&boids[i]); err != nil {
			return nil, err
		}
	}
	return w.buf.Bytes(), nil
}

// decode reads what encode has written, array or map, over boids.
func decode[E any](r reader, b []byte, what string, number uint64, boids []E) error {
	if err := r.begin(b, what, 2, number); err != nil {
		return err
	}
	if err := r.count(what, len(boids)); err != nil {
		return err
	}
	clear(boids) // a map may leave fields out
	for i := range boids {
		if err := r.Decode(&boids[i]); err != nil {
			return err
		}
	}
	return nil
}
