package unix

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec"
)

type engine struct {
	*link
	mem     *copytax.EngineMemory
	next    uint64 // epoch of the policy that is due
	genomes uint64 // number of genomes received
	slot    int    // of the last frame loaned
}

var _ copytax.EngineLink = (*engine)(nil)

// OpenEngine implements copytax.Transport.
func (t transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	l, err := newLink(env, copytax.Engine, t.format)
	if err != nil {
		return nil, err
	}
	return &engine{link: l}, nil
}

// Bind implements copytax.EngineLink. The step's first input lies in the last slot.
func (e *engine) Bind(m *copytax.EngineMemory) error {
	if len(m.Frames) < 2 {
		return fmt.Errorf("bind engine memory of %d slots, want at least 2", len(m.Frames))
	}
	e.mem, e.slot = m, len(m.Frames)-1
	return nil
}

// AcquirePolicy implements copytax.EngineLink.
func (e *engine) AcquirePolicy(epoch uint64) (uint64, error) {
	if epoch != e.next {
		return 0, fmt.Errorf("acquire policy %d: policy %d is due", epoch, e.next)
	}
	defer e.compute()
	p, err := e.orders(epoch)
	if err != nil {
		return 0, fmt.Errorf("acquire policy %d: %w", epoch, err)
	}
	if p.Generation+1 != e.genomes {
		return 0, fmt.Errorf("policy %d asks for generation %d, %d have come", epoch, p.Generation, e.genomes)
	}
	e.next++
	return p.Generation, nil
}

// orders receives the policy of epoch, and the genome before it if one comes.
func (e *engine) orders(epoch uint64) (*copytax.Policy, error) {
	s := e.sockets[copytax.Kernel]
	h, err := s.await()
	if err != nil {
		return nil, err
	}
	if h.kind == genomeMessage {
		if err := e.takeGenome(s, h); err != nil {
			return nil, err
		}
		if h, err = s.await(); err != nil {
			return nil, err
		}
	}
	return e.takePolicy(s, h, epoch)
}

func (e *engine) takeGenome(s *socket, h header) error {
	g := e.mem.Genomes[e.genomes%2]
	g.Generation = e.genomes
	memory := aliased(e.link, codec.Aliaser.GenomeBytes, g)
	err := e.take(s, h, genomeMessage, e.genomes, memory, func(b []byte) error { return e.codec.DecodeGenome(b, g) })
	if err == nil {
		e.genomes++
	}
	return err
}

// takePolicy brings a policy into the engine's memory. A raw one is received
// there, so that its decoding is a look at its epoch.
func (e *engine) takePolicy(s *socket, h header, epoch uint64) (*copytax.Policy, error) {
	block := e.mem.Policies[epoch%2]
	if e.codec.Aliaser() != nil {
		if err := e.take(s, h, policyMessage, epoch, block, nil); err != nil {
			return nil, err
		}
		return e.codec.DecodePolicy(block, block, epoch)
	}
	var p *copytax.Policy
	err := e.take(s, h, policyMessage, epoch, nil, func(b []byte) (err error) {
		p, err = e.codec.DecodePolicy(b, block, epoch)
		return err
	})
	return p, err
}

// LoanFrame implements copytax.EngineLink: no reader ever holds a slot.
func (e *engine) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	e.slot = (e.slot + 1) % len(e.mem.Frames)
	f := e.mem.Frames[e.slot]
	f.Epoch = epoch
	return f, nil
}

// PublishFrame implements copytax.EngineLink. The frame is encoded once. The
// viewer, whose use of it ends the tick, gets it first.
func (e *engine) PublishFrame(f *copytax.Frame) error {
	defer e.compute()
	b, err := e.codec.EncodeFrame(f)
	if err != nil {
		return err
	}
	for _, peer := range []copytax.Role{copytax.Viewer, copytax.Kernel} {
		if err := e.sockets[peer].send(frameMessage, f.Epoch, b); err != nil {
			return err
		}
	}
	return nil
}
