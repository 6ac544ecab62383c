package carrier

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A Rotation lends the slots of an engine's memory in turn. It is for links whose
// readers never hold a slot: what is published leaves it. Bind must come first.
type Rotation struct {
	Memory *copytax.EngineMemory
	slot   int // of the last frame loaned
}

// Bind notes the memory, as copytax.EngineLink has it. The step's first input
// lies in the last slot.
func (r *Rotation) Bind(m *copytax.EngineMemory) error {
	if len(m.Frames) < 2 {
		return fmt.Errorf("bind engine memory of %d slots, want at least 2", len(m.Frames))
	}
	r.Memory, r.slot = m, len(m.Frames)-1
	return nil
}

// LoanFrame implements copytax.EngineLink. It never lends the slot of the frame
// before, which is the step's input.
func (r *Rotation) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	r.slot = (r.slot + 1) % len(r.Memory.Frames)
	f := r.Memory.Frames[r.slot]
	f.Epoch = epoch
	return f, nil
}

// Bind gives link the engine's memory of a trial, in a region that is laid out as
// the engine's linear memory is. The hub of a link that is a copytax.MemoryMapper is
// mapped there. The caller unmaps the region once the link is closed, after an error
// too.
func Bind(link copytax.EngineLink, boids, slots int) (region []byte, m *copytax.EngineMemory, err error) {
	layout := zerocopy.Layout{Boids: boids, Slots: slots}
	split := layout.OrdersBytes()
	if region, err = hub.Reserve(split + layout.FramesBytes()); err != nil {
		return nil, nil, err
	}
	orders, frames := region[:split:split], region[split:]
	if mapper, ok := link.(copytax.MemoryMapper); ok {
		if err := mapper.MapOrders(orders); err != nil {
			return region, nil, fmt.Errorf("map orders: %w", err)
		}
		if err := mapper.MapFrames(frames); err != nil {
			return region, nil, fmt.Errorf("map frames: %w", err)
		}
	}
	m = layout.EngineMemory(orders, frames)
	return region, m, link.Bind(m)
}

// Orders are the kernel's messages as a transport receives them. An M is one whose
// body has not been read yet. The methods enter the phases that their work is
// charged to.
type Orders[M any] interface {
	NextOrder() (m M, isGenome bool, err error)
	// TakeGenome brings a body into g, whose Generation is the one that is due.
	TakeGenome(m M, g *copytax.Genome) error
	// TakePolicy brings a body into block, in canonical form.
	TakePolicy(m M, block []byte, epoch uint64) (*copytax.Policy, error)
}

// An Engine is the part of an engine's link that receives orders and lends slots. It
// holds the orders to the order that the engine is promised: every policy once, and
// each generation's genome before the first that asks for it.
type Engine[M any] struct {
	Rotation
	Meter   copytax.Meter
	Orders  Orders[M]
	genomes uint64 // received
	due     due    // policies
}

// AcquirePolicy implements copytax.EngineLink. An epoch that is not due, or a policy
// that asks for a generation which is not the last one received, is an error.
func (e *Engine[M]) AcquirePolicy(epoch uint64) (generation uint64, err error) {
	defer e.Meter.Enter(copytax.Compute)
	err = e.due.await("acquire policy", epoch, func() error {
		p, err := e.receive(epoch)
		if err != nil {
			return err
		}
		if p.Generation+1 != e.genomes {
			return fmt.Errorf("it asks for generation %d, %d have come", p.Generation, e.genomes)
		}
		generation = p.Generation
		return nil
	})
	return generation, err
}

// receive takes the policy of epoch, and the genome before it if one comes.
func (e *Engine[M]) receive(epoch uint64) (*copytax.Policy, error) {
	m, isGenome, err := e.Orders.NextOrder()
	if err != nil {
		return nil, err
	}
	if isGenome {
		g := e.Memory.Genomes[e.genomes%2]
		g.Generation = e.genomes
		if err := e.Orders.TakeGenome(m, g); err != nil {
			return nil, err
		}
		e.genomes++
		if m, _, err = e.Orders.NextOrder(); err != nil {
			return nil, err
		}
	}
	return e.Orders.TakePolicy(m, e.Memory.Policies[epoch%2], epoch)
}
