package flock

import (
	"encoding/binary"
	"fmt"

	"github.com/copytax/copytax"
)

// A World is the physics, in the memory that an engine's link fills and reads. One
// goroutine at a time may use it.
type World interface {
	// Memory returns the views of orders and frames. They are valid until Close.
	Memory() *copytax.EngineMemory
	// Regions returns what a copytax.MemoryMapper maps its hub to, whole pages:
	// policies and genomes, and the frames. A host whose memory nothing can be
	// mapped to returns nil.
	Regions() (orders, frames []byte)
	// Seed writes the frame before the first tick to a slot.
	Seed(slot int) error
	// Step reads the policy of epoch, the genome of generation and the frame in
	// slot from, and writes the frame in slot to. Columns are complete, padding
	// included, when it returns nil; after an error slot to means nothing.
	Step(epoch, generation uint64, from, to int) error
	// Renumber is a Step after which the boids are numbered in the order of cells:
	// boid i of the new frame is the i-th in that order, and moves by the genes of
	// boid i. Boids that are near each other are then near in memory.
	Renumber(epoch, generation uint64, from, to int) error
	// GenomeHash returns the hash of copytax.Evidence of the genome of generation.
	GenomeHash(generation uint64) (uint64, error)
	// Neighbours returns the number of neighbours that all boids had together in
	// the last successful Step, exactly.
	Neighbours() uint64
	// Close frees the memory. Closing twice is safe.
	Close() error
}

// An engine steps the flock: one call of the physics a tick.
type engine struct {
	env        copytax.Env
	link       copytax.EngineLink
	world      World
	memory     *copytax.EngineMemory // the world's
	slot       int                   // of the previous frame
	generation uint64                // of the genome that the last step read
	ticked     bool
}

// NewEngine implements [copytax.Scenario]. It opens the world, lets a link
// that is a copytax.MemoryMapper put its hub under it before any page has been
// touched, and writes the frame before the first tick to the last slot, which
// is read by the first step and never published.
func (s scenario) NewEngine(env copytax.Env, link copytax.EngineLink) (copytax.Actor, error) {
	if env.Boids < 1 {
		return nil, fmt.Errorf("engine of %d boids: want at least 1", env.Boids)
	}
	world, err := s.open(env.Config)
	if err != nil {
		return nil, err
	}
	e := &engine{env: env, link: link, world: world, memory: world.Memory(), slot: env.Slots - 1}
	if err := e.join(); err != nil {
		world.Close() // Note: err is what the caller must know; the mapping dies with the process.
		return nil, err
	}
	return e, nil
}

// join ties the world's memory to the link and writes the first frame.
func (e *engine) join() error {
	if m, ok := e.link.(copytax.MemoryMapper); ok {
		orders, frames := e.world.Regions()
		if err := m.MapOrders(orders); err != nil {
			return fmt.Errorf("map policies and genomes into the engine: %w", err)
		}
		if err := m.MapFrames(frames); err != nil {
			return fmt.Errorf("map frames into the engine: %w", err)
		}
	}
	if err := e.link.Bind(e.memory); err != nil {
		return fmt.Errorf("bind the engine's memory: %w", err)
	}
	return e.world.Seed(e.slot)
}

// Tick implements copytax.Actor. It allocates nothing.
func (e *engine) Tick(epoch uint64) error {
	generation, err := e.link.AcquirePolicy(epoch)
	if err != nil {
		return err
	}
	if err := e.checkPolicy(epoch, generation); err != nil {
		return err
	}
	f, err := e.link.LoanFrame(epoch)
	if err != nil {
		return err
	}
	if err := e.checkLoan(f); err != nil {
		return err
	}
	if err := e.step(epoch, generation, f.Slot); err != nil {
		return fmt.Errorf("tick %d: %w", epoch, err)
	}
	f.Epoch = epoch
	e.slot, e.generation, e.ticked = f.Slot, generation, true
	return e.link.PublishFrame(f)
}

// step writes the next frame to a slot. A new generation is handed out in the
// order of cells.
func (e *engine) step(epoch, generation uint64, to int) error {
	if !e.ticked || generation != e.generation {
		return e.world.Renumber(epoch, generation, e.slot, to)
	}
	return e.world.Step(epoch, generation, e.slot, to)
}

// checkPolicy holds the link to its promise that the policy of epoch lies
// where the step will read it.
func (e *engine) checkPolicy(epoch, generation uint64) error {
	block := e.memory.Policies[epoch%2]
	gotEpoch := binary.LittleEndian.Uint64(block)
	gotGeneration := binary.LittleEndian.Uint64(block[8:])
	if gotEpoch != epoch || gotGeneration != generation {
		return fmt.Errorf("tick %d: the engine's memory holds the policy of epoch %d and generation %d, want %d and %d",
			epoch, gotEpoch, gotGeneration, epoch, generation)
	}
	return nil
}

// checkLoan refuses a frame that is no slot of the engine's memory, or the one
// that the step is about to read.
func (e *engine) checkLoan(f *copytax.Frame) error {
	if f.Slot < 0 || f.Slot >= e.env.Slots || f.Slot == e.slot {
		return fmt.Errorf("loaned slot %d of %d, and the previous frame is in slot %d", f.Slot, e.env.Slots, e.slot)
	}
	if own := e.memory.Frames[f.Slot]; len(f.Data) != len(own.Data) || &f.Data[0] != &own.Data[0] {
		return fmt.Errorf("loaned slot %d is not the engine's memory", f.Slot)
	}
	return nil
}

// Evidence implements copytax.Actor: the hash of the genes in the memory that
// the physics reads, taken by the physics, and the exact mean of neighbours.
func (e *engine) Evidence() (copytax.Evidence, error) {
	if !e.ticked {
		return copytax.Evidence{}, nil
	}
	hash, err := e.world.GenomeHash(e.generation)
	if err != nil {
		return copytax.Evidence{}, err
	}
	evidence := copytax.Evidence{
		Genome:         fmt.Sprintf("%016x", hash),
		MeanNeighbours: float64(e.world.Neighbours()) / float64(e.env.Boids),
	}
	return evidence, prove(&evidence, e.memory.Frames[e.slot], e.link)
}

// Close implements copytax.Actor. It unmaps the engine's memory, the hub in it
// included; the link belongs to the caller and must no longer touch it.
func (e *engine) Close() error { return e.world.Close() }
