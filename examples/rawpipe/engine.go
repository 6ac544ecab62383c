package rawpipe

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

type engine struct {
	*end    // Files: from the kernel, to the kernel, to the viewer
	memory  *copytax.EngineMemory
	slot    int
	genomes uint64 // received so far
}

var _ copytax.EngineLink = (*engine)(nil)

func (e *engine) Bind(m *copytax.EngineMemory) error {
	e.memory, e.slot = m, len(m.Frames)-1
	return nil
}

// AcquirePolicy reads straight into the engine's memory.
func (e *engine) AcquirePolicy(epoch uint64) (uint64, error) {
	block := e.memory.Policies[epoch%2]
	if err := e.fill(e.Files[0], block, copytax.Wait); err != nil {
		return 0, fmt.Errorf("await policy %d: %w", epoch, err)
	}
	var p copytax.Policy
	if err := p.Get(block); err != nil {
		return 0, err
	}
	if p.Epoch != epoch {
		return 0, fmt.Errorf("await policy %d: got %d", epoch, p.Epoch)
	}
	if p.Generation < e.genomes {
		return p.Generation, nil
	}
	e.genomes = p.Generation + 1
	genome := e.memory.Genomes[p.Generation%2]
	genome.Generation = p.Generation
	return p.Generation, e.fill(e.Files[0], zerocopy.Bytes(genome.Data), copytax.Receive)
}

// LoanFrame takes the slots in turn: no reader ever holds one, bytes leave.
func (e *engine) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	e.slot = (e.slot + 1) % len(e.memory.Frames)
	f := e.memory.Frames[e.slot]
	f.Epoch = epoch
	return f, nil
}

func (e *engine) PublishFrame(f *copytax.Frame) error {
	for _, to := range e.Files[1:] {
		if err := e.sendEpoch(to, f.Epoch); err != nil {
			return err
		}
		if err := e.send(to, zerocopy.Bytes(f.Data)); err != nil {
			return err
		}
	}
	return nil
}
