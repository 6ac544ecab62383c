package json

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/columns"
)

// objects returns the messages with an object a boid.
func objects() [copytax.TableKinds]columns.Message {
	return [...]columns.Message{copytax.KindFrame: &frame{}, copytax.KindGenome: &genome{}}
}

type frame struct {
	Epoch uint64         `json:"epoch"`
	Boids []columns.Boid `json:"boids"`
}

func (m *frame) Load(s copytax.Table)        { m.Epoch, m.Boids = s.Number, columns.FrameRows(s, m.Boids) }
func (m *frame) Empty(copytax.Table)         { m.Epoch, m.Boids = 0, emptied(m.Boids) }
func (m *frame) Store(s copytax.Table) error { return columns.SetFrameRows(s, m.Epoch, m.Boids) }

type genome struct {
	Generation uint64          `json:"generation"`
	Boids      []columns.Genes `json:"boids"`
}

func (m *genome) Load(s copytax.Table) {
	m.Generation, m.Boids = s.Number, columns.GenomeRows(s, m.Boids)
}
func (m *genome) Empty(copytax.Table)         { m.Generation, m.Boids = 0, emptied(m.Boids) }
func (m *genome) Store(s copytax.Table) error { return columns.SetGenomeRows(s, m.Generation, m.Boids) }

// emptied clears the rows: the library decodes into old elements, and keeps
// what the bytes leave out.
func emptied[E any](rows []E) []E {
	clear(rows[:cap(rows)])
	return rows[:0]
}
