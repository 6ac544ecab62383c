package json

import "github.com/copytax/copytax/transports/codec/columns"

// objects returns the messages with an object a boid.
func objects() [columns.Kinds]columns.Message {
	return [...]columns.Message{columns.Frame: &frame{}, columns.Genome: &genome{}}
}

type frame struct {
	Epoch uint64         `json:"epoch"`
	Boids []columns.Boid `json:"boids"`
}

func (m *frame) Load(s columns.Set)        { m.Epoch, m.Boids = s.Number, s.Boids(m.Boids) }
func (m *frame) Empty(columns.Set)         { m.Epoch, m.Boids = 0, emptied(m.Boids) }
func (m *frame) Store(s columns.Set) error { return s.SetBoids(m.Epoch, m.Boids) }

type genome struct {
	Generation uint64          `json:"generation"`
	Boids      []columns.Genes `json:"boids"`
}

func (m *genome) Load(s columns.Set)        { m.Generation, m.Boids = s.Number, s.Genes(m.Boids) }
func (m *genome) Empty(columns.Set)         { m.Generation, m.Boids = 0, emptied(m.Boids) }
func (m *genome) Store(s columns.Set) error { return s.SetGenes(m.Generation, m.Boids) }

// emptied clears the rows: the library decodes into old elements, and keeps
// what the bytes leave out.
func emptied[E any](rows []E) []E {
	clear(rows[:cap(rows)])
	return rows[:0]
}
