package kernel

import (
	"errors"
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// A Referee plays the same world as the workers and says what they must have
// found. Its own speed is in no result.
type Referee interface {
	// Advance plays ticks and returns the chain over all frames so far and the
	// neighbours of the last one.
	Advance(ticks int) (chain, neighbours uint64, err error)
	// Digest returns the hash of what one step of the current frame gives and the
	// neighbours that it finds, and leaves the world as it is.
	Digest() (hash, neighbours uint64, err error)
	// Candidates returns how many boids are in the cells around a boid, itself
	// included, in the current frame: the mean over all boids.
	Candidates() float64
	Close() error
}

// engine is the referee of real runs: the committed module, which the golden
// worlds hold to its bits, in this process.
type engine struct {
	world *flock.World
	model flock.Model
	slots []*copytax.Frame
	tick  int // the next one
	at    int // slot of the current frame
	chain uint64
}

var _ Referee = (*engine)(nil)

// NewReferee returns the engine of the project with the first frame of a model.
func NewReferee(m flock.Model) (Referee, error) {
	world, err := flock.NewModelWorld(m, 2, flock.Module())
	if err != nil {
		return nil, err
	}
	memory := world.Memory()
	e := &engine{world: world, model: m, slots: memory.Frames, chain: fnvBasis}
	m.Policy.Put(memory.Policies[0])
	breed(memory.Genomes[0])
	if err := world.Seed(e.at); err != nil {
		return nil, errors.Join(err, world.Close())
	}
	return e, nil
}

// breed writes the genes that every worker uses: multiples of 1/64 in ¼..1¼.
func breed(g *copytax.Genome) {
	for c := range copytax.Column(copytax.GenomeColumns) {
		for i := range g.Col(c) {
			g.Col(c)[i] = 0.25 + float32((7*i+13*int(c))%64)/64
		}
	}
}

// Advance implements Referee.
func (e *engine) Advance(ticks int) (chain, neighbours uint64, err error) {
	for range ticks {
		if err := e.step(); err != nil {
			return 0, 0, err
		}
		e.at, e.tick = 1-e.at, e.tick+1
		e.chain = hashFrame(e.chain, e.slots[e.at])
	}
	return e.chain, e.world.Neighbours(), nil
}

// step writes the next frame to the other slot.
func (e *engine) step() error {
	if e.tick%copytax.GenerationTicks == 0 {
		return e.world.Renumber(0, 0, e.at, 1-e.at)
	}
	return e.world.Step(0, 0, e.at, 1-e.at)
}

// Digest implements Referee.
func (e *engine) Digest() (hash, neighbours uint64, err error) {
	if err := e.step(); err != nil {
		return 0, 0, err
	}
	return hashFrame(fnvBasis, e.slots[1-e.at]), e.world.Neighbours(), nil
}

// Candidates implements Referee.
func (e *engine) Candidates() float64 { return candidates(e.slots[e.at], e.model) }

// Close implements Referee.
func (e *engine) Close() error { return e.world.Close() }

// FNV-1a of 64 bits, fed 32 bits at a time.
const (
	fnvBasis uint64 = 0xcbf29ce484222325
	fnvPrime uint64 = 0x100000001b3
)

// hashFrame adds all columns of a frame, without padding, to a hash.
func hashFrame(hash uint64, f *copytax.Frame) uint64 {
	for c := range copytax.Column(copytax.Columns) {
		for _, v := range f.Col(c) {
			hash = (hash ^ uint64(math.Float32bits(v))) * fnvPrime
		}
	}
	return hash
}
