package unix

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
)

type engine struct {
	*link
	carrier.Rotation
	carrier.Orders
	receive func(uint64) (*copytax.Policy, error) // orders, once and for all: to take a method's value allocates
}

var _ copytax.EngineLink = (*engine)(nil)

// OpenEngine implements copytax.Transport.
func (t transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	l, err := newLink(env, copytax.Engine, t.format)
	if err != nil {
		return nil, err
	}
	e := &engine{link: l}
	e.receive = e.orders
	return e, nil
}

// AcquirePolicy implements copytax.EngineLink.
func (e *engine) AcquirePolicy(epoch uint64) (uint64, error) {
	defer e.compute()
	return e.Acquire(epoch, e.receive)
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
	g := e.Memory.Genomes[e.Genomes%2]
	g.Generation = e.Genomes
	memory := aliased(e.link, codec.Aliaser.GenomeBytes, g)
	err := e.take(s, h, genomeMessage, e.Genomes, memory, func(b []byte) error { return e.codec.DecodeGenome(b, g) })
	if err == nil {
		e.Genomes++
	}
	return err
}

// takePolicy brings a policy into the engine's memory. A raw one is received
// there, so that its decoding is a look at its epoch.
func (e *engine) takePolicy(s *socket, h header, epoch uint64) (*copytax.Policy, error) {
	block := e.Memory.Policies[epoch%2]
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
