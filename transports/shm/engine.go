package shm

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// An engine writes frames where its step does: in the hub.
type engine struct {
	*end
	writer     *hub.Writer
	policy     *hub.Waiter
	mem        *copytax.EngineMemory
	generation uint64
}

var (
	_ copytax.EngineLink   = (*engine)(nil)
	_ copytax.MemoryMapper = (*engine)(nil)
	_ copytax.Prover       = (*engine)(nil)
)

// OpenEngine implements copytax.Transport.
func (t transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	h, err := newHub(env, copytax.Engine, t.how)
	return opened(h, err, newEngine)
}

func newEngine(h *end) (copytax.EngineLink, error) {
	w, err := hub.NewWriter(h.words, h.layout.Slots)
	if err != nil {
		return nil, err
	}
	return &engine{end: h, writer: w, policy: hub.NewWaiter(h.how)}, nil
}

// MapOrders implements copytax.MemoryMapper.
func (e *engine) MapOrders(at []byte) error {
	return hub.Overlay(at, e.orders(), zerocopy.Orders, e.layout, false)
}

// MapFrames implements copytax.MemoryMapper.
func (e *engine) MapFrames(at []byte) error {
	return hub.Overlay(at, e.frames(), zerocopy.Frames, e.layout, true)
}

// Bind implements copytax.EngineLink. The memory must be the mapped hub.
func (e *engine) Bind(m *copytax.EngineMemory) error {
	if len(m.Frames) != e.layout.Slots {
		return fmt.Errorf("bind engine memory of %d slots, want %d", len(m.Frames), e.layout.Slots)
	}
	e.mem = m
	return nil
}

// AcquirePolicy implements copytax.EngineLink.
func (e *engine) AcquirePolicy(epoch uint64) (uint64, error) {
	if err := e.turn("policy", epoch); err != nil {
		return 0, err
	}
	if err := e.await(e.policy, e.words.Policy(), epoch+1); err != nil {
		return 0, fmt.Errorf("await policy %d: %w", epoch, err)
	}
	// Both are copied out of the shared page before they are looked at.
	p := zerocopy.PolicyAt(e.mem.Policies[epoch%2])
	got, generation := p.Epoch, p.Generation
	if got != epoch {
		return 0, fmt.Errorf("await policy %d: found that of epoch %d", epoch, got)
	}
	if generation != e.generation && generation != e.generation+1 {
		return 0, fmt.Errorf("policy %d asks for generation %d after %d", epoch, generation, e.generation)
	}
	e.next++
	e.generation = generation
	e.mem.Genomes[generation%2].Generation = generation
	return generation, nil
}

// LoanFrame implements copytax.EngineLink.
func (e *engine) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	e.env.Meter.Enter(copytax.Wait)
	slot, err := e.writer.Loan()
	e.env.Meter.Enter(copytax.Compute)
	if err != nil {
		return nil, fmt.Errorf("loan a slot for frame %d: %w", epoch, e.explain(err))
	}
	f := e.mem.Frames[slot]
	f.Epoch = epoch
	return f, nil
}

// PublishFrame implements copytax.EngineLink.
func (e *engine) PublishFrame(f *copytax.Frame) error {
	e.env.Meter.Enter(copytax.Send)
	e.env.Counters.Syscalls.Add(int64(e.writer.Publish(f.Slot, f.Epoch)))
	e.env.Meter.Enter(copytax.Compute)
	return nil
}
