package protobuf

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/protobuf/pb"
)

// objects returns the messages with a message a boid.
func objects() [copytax.TableKinds]message {
	return [...]message{copytax.KindFrame: &frame{}, copytax.KindGenome: &genome{}}
}

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

type frame struct{ pb.Frame }

func (m *frame) Load(s copytax.Table) {
	m.Epoch, m.Boids = s.Number, blocks(m.Boids, s.N)
	x, y, z, vx, vy, vz, energy, fitness := s.FrameColumns()
	for i, b := range m.Boids {
		b.X, b.Y, b.Z = x[i], y[i], z[i]
		b.Vx, b.Vy, b.Vz = vx[i], vy[i], vz[i]
		b.Energy, b.Fitness = energy[i], fitness[i]
	}
}

func (m *frame) Empty(copytax.Table) { m.Epoch, m.Boids = 0, m.Boids[:0] }

func (m *frame) Store(s copytax.Table) error {
	if err := s.Check(m.Epoch, len(m.Boids)); err != nil {
		return err
	}
	x, y, z, vx, vy, vz, energy, fitness := s.FrameColumns()
	for i, b := range m.Boids {
		x[i], y[i], z[i] = b.X, b.Y, b.Z
		vx[i], vy[i], vz[i] = b.Vx, b.Vy, b.Vz
		energy[i], fitness[i] = b.Energy, b.Fitness
	}
	return nil
}

type genome struct{ pb.Genome }

func (m *genome) Load(s copytax.Table) {
	m.Generation, m.Boids = s.Number, blocks(m.Boids, s.N)
	separation, alignment, cohesion, goal := s.GenomeColumns()
	for i, b := range m.Boids {
		b.Separation, b.Alignment = separation[i], alignment[i]
		b.Cohesion, b.Goal = cohesion[i], goal[i]
	}
}

func (m *genome) Empty(copytax.Table) { m.Generation, m.Boids = 0, m.Boids[:0] }

func (m *genome) Store(s copytax.Table) error {
	if err := s.Check(m.Generation, len(m.Boids)); err != nil {
		return err
	}
	separation, alignment, cohesion, goal := s.GenomeColumns()
	for i, b := range m.Boids {
		separation[i], alignment[i] = b.Separation, b.Alignment
		cohesion[i], goal[i] = b.Cohesion, b.Goal
	}
	return nil
}
