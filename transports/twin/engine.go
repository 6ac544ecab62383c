package twin

import (
	"errors"
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// An engine steps private memory and copies it to a hub mapped elsewhere.
// It is no MemoryMapper, though the link of shm that it wraps is one.
type engine struct {
	link             copytax.EngineLink // of shm
	env              copytax.Env
	hub              []byte
	shared           *copytax.EngineMemory // in the hub
	generation       uint64
	carrier.Rotation // of the private frames, in the engine's linear memory
}

var _ copytax.EngineLink = (*engine)(nil)

// OpenEngine implements copytax.Transport.
func (t transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	inner, err := t.Transport.OpenEngine(env)
	if err != nil {
		return nil, err
	}
	e := &engine{link: inner, env: env}
	// The hub lies beside the engine's memory instead of in it.
	if e.hub, e.shared, err = hub.Bind(inner, env.Boids, env.Slots); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *engine) Bind(m *copytax.EngineMemory) error {
	if len(m.Frames) != e.env.Slots {
		return fmt.Errorf("bind engine memory of %d slots, want %d", len(m.Frames), e.env.Slots)
	}
	return e.Rotation.Bind(m)
}

func (e *engine) AcquirePolicy(epoch uint64) (uint64, error) {
	generation, err := e.link.AcquirePolicy(epoch)
	if err != nil {
		return 0, err
	}
	duplicate(e.env, e.Memory.Policies[epoch%2], e.shared.Policies[epoch%2])
	if epoch == 0 || generation != e.generation {
		mine, theirs := e.Memory.Genomes[generation%2], e.shared.Genomes[generation%2]
		duplicate(e.env, zerocopy.Bytes(mine.Data), zerocopy.Bytes(theirs.Data))
		mine.Generation = generation
	}
	e.generation = generation
	return generation, nil
}

func (e *engine) PublishFrame(f *copytax.Frame) error {
	shared, err := e.link.LoanFrame(f.Epoch)
	if err != nil {
		return err
	}
	duplicate(e.env, zerocopy.Bytes(shared.Data), zerocopy.Bytes(f.Data))
	return e.link.PublishFrame(shared)
}

func (e *engine) Close() error {
	err := errors.Join(e.link.Close(), hub.Unmap(e.hub))
	e.hub = nil
	return err
}
