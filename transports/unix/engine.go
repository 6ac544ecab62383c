package unix

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
)

type engine struct {
	*link
	carrier.Engine[header]
}

var _ copytax.EngineLink = (*engine)(nil)

// OpenEngine implements copytax.Transport.
func (t transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	l, err := newLink(env, copytax.Engine, t.format)
	if err != nil {
		return nil, err
	}
	e := &engine{link: l}
	e.Meter, e.Orders = env.Meter, e
	return e, nil
}

// NextOrder implements carrier.Orders.
func (e *engine) NextOrder() (header, bool, error) {
	h, err := e.sockets[copytax.Kernel].await()
	return h, h.kind == genomeMessage, err
}

// TakeGenome implements carrier.Orders.
func (e *engine) TakeGenome(h header, g *copytax.Genome) error {
	return e.take(copytax.Kernel, h, g.Table())
}

// TakePolicy implements carrier.Orders. A raw policy is received where it
// belongs, so that its decoding is a look at its epoch.
func (e *engine) TakePolicy(h header, block []byte, epoch uint64) (*copytax.Policy, error) {
	b, err := e.body(copytax.Kernel, h, policyMessage, epoch, block)
	if err != nil {
		return nil, err
	}
	return e.codec.DecodePolicy(b, block, epoch)
}

// PublishFrame implements copytax.EngineLink. The frame is encoded once. The
// viewer, whose use of it ends the tick, gets it first.
func (e *engine) PublishFrame(f *copytax.Frame) error {
	defer e.compute()
	b, err := e.codec.Encode(f.Table())
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
