package columns

import (
	"slices"

	"github.com/copytax/copytax"
)

// A Boid is one row of a frame.
type Boid struct {
	X       float32 `json:"x" msgpack:"x"`
	Y       float32 `json:"y" msgpack:"y"`
	Z       float32 `json:"z" msgpack:"z"`
	VX      float32 `json:"vx" msgpack:"vx"`
	VY      float32 `json:"vy" msgpack:"vy"`
	VZ      float32 `json:"vz" msgpack:"vz"`
	Energy  float32 `json:"energy" msgpack:"energy"`
	Fitness float32 `json:"fitness" msgpack:"fitness"`
}

// Genes are one row of a genome.
type Genes struct {
	Separation float32 `json:"separation" msgpack:"separation"`
	Alignment  float32 `json:"alignment" msgpack:"alignment"`
	Cohesion   float32 `json:"cohesion" msgpack:"cohesion"`
	Goal       float32 `json:"goal" msgpack:"goal"`
}

// FrameRows returns the rows of a frame, in the memory of old if that suffices.
func FrameRows(t copytax.Table, old []Boid) []Boid {
	rows := slices.Grow(old[:0], t.N)[:t.N]
	x, y, z, vx, vy, vz, energy, fitness := t.FrameColumns()
	for i := range rows {
		rows[i] = Boid{x[i], y[i], z[i], vx[i], vy[i], vz[i], energy[i], fitness[i]}
	}
	return rows
}

// SetFrameRows fills the columns of a frame from the rows of a message with the
// given number, or says what the message holds instead.
func SetFrameRows(t copytax.Table, number uint64, rows []Boid) error {
	if err := t.Check(number, len(rows)); err != nil {
		return err
	}
	x, y, z, vx, vy, vz, energy, fitness := t.FrameColumns()
	for i := range rows {
		b := &rows[i]
		x[i], y[i], z[i] = b.X, b.Y, b.Z
		vx[i], vy[i], vz[i] = b.VX, b.VY, b.VZ
		energy[i], fitness[i] = b.Energy, b.Fitness
	}
	return nil
}

// GenomeRows returns the rows of a genome, in the memory of old if that suffices.
func GenomeRows(t copytax.Table, old []Genes) []Genes {
	rows := slices.Grow(old[:0], t.N)[:t.N]
	separation, alignment, cohesion, goal := t.GenomeColumns()
	for i := range rows {
		rows[i] = Genes{separation[i], alignment[i], cohesion[i], goal[i]}
	}
	return rows
}

// SetGenomeRows fills the columns of a genome as SetFrameRows does those of a frame.
func SetGenomeRows(t copytax.Table, number uint64, rows []Genes) error {
	if err := t.Check(number, len(rows)); err != nil {
		return err
	}
	separation, alignment, cohesion, goal := t.GenomeColumns()
	for i := range rows {
		b := &rows[i]
		separation[i], alignment[i], cohesion[i], goal[i] = b.Separation, b.Alignment, b.Cohesion, b.Goal
	}
	return nil
}
