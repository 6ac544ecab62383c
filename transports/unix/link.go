package unix

import (
	"errors"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/zerocopy"
)

// A link is what the ends of the transport have in common.
type link struct {
	env     copytax.Env
	codec   *codec.Charged
	sockets map[copytax.Role]*socket
	buf     []byte // the body being received, where it cannot go to its destination
}

func newLink(env copytax.Env, role copytax.Role, f copytax.Format) (*link, error) {
	sockets, err := open(env, role)
	if err != nil {
		return nil, err
	}
	return &link{env: env, codec: codec.Charge(f, env), sockets: sockets}, nil
}

// Close implements every link's.
func (l *link) Close() error {
	var errs []error
	for _, s := range l.sockets {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}

// compute ends the phase that a socket has entered.
func (l *link) compute() { l.env.Meter.Enter(copytax.Compute) }

// body receives the body of the message of header h if that is of kind k and
// the given epoch: into memory in a codec that works in place, whose bodies are
// as long, and into the kept buffer in the others.
func (l *link) body(peer copytax.Role, h header, k kind, epoch uint64, memory []byte) ([]byte, error) {
	least, most := len(memory), len(memory)
	if !l.codec.InPlace() {
		least, most = 1, copytax.MaxBytes(l.env.Boids)
	}
	if err := h.check(k, epoch, least, most); err != nil {
		return nil, err
	}
	if !l.codec.InPlace() {
		l.buf = slices.Grow(l.buf[:0], int(h.length))[:h.length]
		memory = l.buf
	}
	return memory, l.sockets[peer].receive(memory)
}

// take brings the body of the message of header h into s, which says what is due.
func (l *link) take(peer copytax.Role, h header, s copytax.Table) error {
	k := frameMessage
	if s.Kind == copytax.KindGenome {
		k = genomeMessage
	}
	b, err := l.body(peer, h, k, s.Number, zerocopy.Bytes(s.Data))
	if err != nil || l.codec.InPlace() {
		return err
	}
	return l.codec.Decode(b, s)
}

// A consumer is the half that kernel and viewer have in common.
type consumer struct {
	*link
	carrier.Consumer
}

func newConsumer(l *link) consumer { return consumer{l, carrier.NewConsumer(l.env.Boids)} }

// AcquireFrame implements copytax.KernelLink and copytax.ViewerLink.
func (c *consumer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	defer c.compute()
	return c.Acquire(epoch, func() error {
		h, err := c.sockets[copytax.Engine].await()
		if err != nil {
			return err
		}
		return c.take(copytax.Engine, h, c.Frame.Table())
	})
}

type viewer struct{ consumer }

var _ copytax.ViewerLink = (*viewer)(nil)

// OpenViewer implements copytax.Transport.
func (t transport) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	l, err := newLink(env, copytax.Viewer, t.format)
	if err != nil {
		return nil, err
	}
	return &viewer{newConsumer(l)}, nil
}

// ReleaseFrame implements copytax.ViewerLink: it tells the kernel.
func (v *viewer) ReleaseFrame(f *copytax.Frame) error {
	defer v.compute()
	return v.sockets[copytax.Kernel].send(usedMessage, f.Epoch, nil)
}

type kernel struct {
	consumer
	carrier.Kernel
}

var (
	_ copytax.KernelLink   = (*kernel)(nil)
	_ copytax.PolicyLoaner = (*kernel)(nil)
)

// OpenKernel implements copytax.Transport.
func (t transport) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	l, err := newLink(env, copytax.Kernel, t.format)
	if err != nil {
		return nil, err
	}
	return &kernel{newConsumer(l), carrier.NewKernel(env.Boids)}, nil
}

// Publish implements copytax.KernelLink.
func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	defer k.compute()
	s := k.sockets[copytax.Engine]
	if g != nil {
		b, err := k.codec.Encode(g.Table())
		if err != nil {
			return err
		}
		if err := s.send(genomeMessage, g.Generation, b); err != nil {
			return err
		}
	}
	b, err := k.codec.EncodePolicy(p)
	if err != nil {
		return err
	}
	return s.send(policyMessage, p.Epoch, b)
}

// AwaitUsed implements copytax.KernelLink.
func (k *kernel) AwaitUsed(epoch uint64) error {
	defer k.compute()
	return k.Await(epoch, func() error {
		h, err := k.sockets[copytax.Viewer].await()
		if err != nil {
			return err
		}
		return h.check(usedMessage, epoch, 0, 0)
	})
}
