package flatbuffers

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/flatbuffers/fb"
)

// An Object codec makes a struct of every boid.
type Object struct{ builders }

// New returns a codec with a struct a boid.
func New() *Object { return &Object{newBuilders()} }

// Name returns the codec's name.
func (*Object) Name() string { return "flatbuffers" }

// EncodeFrame encodes f.
func (c *Object) EncodeFrame(f *copytax.Frame) ([]byte, error) {
	b := c.frame
	b.Reset()
	x, y, z, vx, vy, vz, energy, fitness := f.Columns()
	fb.FrameStartBoidsVector(b, f.N)
	for i := f.N - 1; i >= 0; i-- { // a builder grows downwards
		fb.CreateBoid(b, x[i], y[i], z[i], vx[i], vy[i], vz[i], energy[i], fitness[i])
	}
	boids := b.EndVector(f.N)
	fb.FrameStart(b)
	fb.FrameAddEpoch(b, f.Epoch)
	fb.FrameAddBoids(b, boids)
	b.Finish(fb.FrameEnd(b))
	return b.FinishedBytes(), nil
}

// DecodeFrame decodes b into f.
func (*Object) DecodeFrame(b []byte, f *copytax.Frame) (err error) {
	if err := checkHead("frame", b); err != nil {
		return err
	}
	defer guard(&err)
	m := fb.GetRootAsFrame(b, 0)
	if err := checkNumber("frame", m.Epoch(), f.Epoch); err != nil {
		return err
	}
	if err := copytax.CheckCount("frame", m.BoidsLength(), f.N); err != nil {
		return err
	}
	x, y, z, vx, vy, vz, energy, fitness := f.Columns()
	var b1 fb.Boid
	for i := range f.N {
		m.Boids(&b1, i)
		x[i], y[i], z[i] = b1.X(), b1.Y(), b1.Z()
		vx[i], vy[i], vz[i] = b1.Vx(), b1.Vy(), b1.Vz()
		energy[i], fitness[i] = b1.Energy(), b1.Fitness()
	}
	return nil
}

// EncodeGenome encodes g.
func (c *Object) EncodeGenome(g *copytax.Genome) ([]byte, error) {
	b := c.genome
	b.Reset()
	separation, alignment, cohesion, goal := g.Columns()
	fb.GenomeStartBoidsVector(b, g.N)
	for i := g.N - 1; i >= 0; i-- {
		fb.CreateGenes(b, separation[i], alignment[i], cohesion[i], goal[i])
	}
	boids := b.EndVector(g.N)
	fb.GenomeStart(b)
	fb.GenomeAddGeneration(b, g.Generation)
	fb.GenomeAddBoids(b, boids)
	b.Finish(fb.GenomeEnd(b))
	return b.FinishedBytes(), nil
}

// DecodeGenome decodes b into g.
func (*Object) DecodeGenome(b []byte, g *copytax.Genome) (err error) {
	if err := checkHead("genome", b); err != nil {
		return err
	}
	defer guard(&err)
	m := fb.GetRootAsGenome(b, 0)
	if err := checkNumber("genome", m.Generation(), g.Generation); err != nil {
		return err
	}
	if err := copytax.CheckCount("genome", m.BoidsLength(), g.N); err != nil {
		return err
	}
	separation, alignment, cohesion, goal := g.Columns()
	var genes fb.Genes
	for i := range g.N {
		m.Boids(&genes, i)
		separation[i], alignment[i] = genes.Separation(), genes.Alignment()
		cohesion[i], goal[i] = genes.Cohesion(), genes.Goal()
	}
	return nil
}
