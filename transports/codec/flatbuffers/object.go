package flatbuffers

import (
	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/flatbuffers/fb"
)

// An Object codec makes a struct of every boid.
type Object struct{ builders }

// New returns a codec with a struct a boid.
func New() *Object { return &Object{newBuilders()} }

// Encode encodes s.
func (c *Object) Encode(s copytax.Table) ([]byte, error) {
	b := c.sets[s.Kind]
	b.Reset()
	if s.Kind == copytax.KindGenome {
		putGenes(b, s)
	} else {
		putBoids(b, s)
	}
	return finish(b, s, b.EndVector(s.N))
}

func putBoids(b *flatbuffers.Builder, s copytax.Table) {
	x, y, z, vx, vy, vz, energy, fitness := s.FrameColumns()
	fb.FrameStartBoidsVector(b, s.N)
	for i := s.N - 1; i >= 0; i-- { // a builder grows downwards
		fb.CreateBoid(b, x[i], y[i], z[i], vx[i], vy[i], vz[i], energy[i], fitness[i])
	}
}

func putGenes(b *flatbuffers.Builder, s copytax.Table) {
	separation, alignment, cohesion, goal := s.GenomeColumns()
	fb.GenomeStartBoidsVector(b, s.N)
	for i := s.N - 1; i >= 0; i-- {
		fb.CreateGenes(b, separation[i], alignment[i], cohesion[i], goal[i])
	}
}

// Decode decodes b into s.
func (*Object) Decode(b []byte, s copytax.Table) (err error) {
	if err := checkHead(s.Kind.String(), b); err != nil {
		return err
	}
	defer guard(&err)
	if s.Kind == copytax.KindGenome {
		return getGenes(fb.GetRootAsGenome(b, 0), s)
	}
	return getBoids(fb.GetRootAsFrame(b, 0), s)
}

func getBoids(m *fb.Frame, s copytax.Table) error {
	if err := s.Check(m.Epoch(), m.BoidsLength()); err != nil {
		return err
	}
	x, y, z, vx, vy, vz, energy, fitness := s.FrameColumns()
	var boid fb.Boid
	for i := range s.N {
		m.Boids(&boid, i)
		x[i], y[i], z[i] = boid.X(), boid.Y(), boid.Z()
		vx[i], vy[i], vz[i] = boid.Vx(), boid.Vy(), boid.Vz()
		energy[i], fitness[i] = boid.Energy(), boid.Fitness()
	}
	return nil
}

func getGenes(m *fb.Genome, s copytax.Table) error {
	if err := s.Check(m.Generation(), m.BoidsLength()); err != nil {
		return err
	}
	separation, alignment, cohesion, goal := s.GenomeColumns()
	var genes fb.Genes
	for i := range s.N {
		m.Boids(&genes, i)
		separation[i], alignment[i] = genes.Separation(), genes.Alignment()
		cohesion[i], goal[i] = genes.Cohesion(), genes.Goal()
	}
	return nil
}
