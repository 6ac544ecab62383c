package carrier

import (
	"errors"
	"fmt"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/zerocopy"
)

// New returns the transport of a carrier and a format.
func New(c copytax.Carrier, f copytax.Format) copytax.Transport { return transport{c, f} }

type transport struct {
	carrier copytax.Carrier
	format  copytax.Format
}

func (t transport) Name() string { return t.carrier.Name() + "+" + t.format.Name }

func (t transport) Info() copytax.Info {
	i := t.carrier.Info()
	return copytax.Info{
		Rung: i.Rung(t.format), Summary: i.Summary + "; " + t.format.Summary, OwnThread: i.OwnThread, Unavailable: i.Unavailable,
	}
}

func (t transport) Wire(c copytax.Config) (*copytax.Wiring, error) { return t.carrier.Wire(c) }

type link struct {
	env   copytax.Env
	codec *codec.Charged
	conns [copytax.NumRoles]copytax.Conn
	buf   []byte
}

func (t transport) link(env copytax.Env, role copytax.Role) (*link, error) {
	conns, err := t.carrier.Connect(env, role)
	if err != nil {
		return nil, err
	}
	return &link{env: env, codec: codec.Charge(t.format, env), conns: conns}, nil
}

func (l *link) Close() error {
	var errs []error
	for _, c := range l.conns {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

func (l *link) compute() { l.env.Meter.Enter(copytax.Compute) }

func (l *link) send(to copytax.Role, k copytax.Kind, number uint64, b []byte) error {
	l.env.Meter.Enter(copytax.Send)
	defer l.compute()
	return l.conns[to].Send(copytax.Header{Kind: k, Number: number, Length: len(b)}, b)
}

func (l *link) next(from copytax.Role) (copytax.Header, error) {
	l.env.Meter.Enter(copytax.Wait)
	return l.conns[from].Next()
}

func (l *link) body(from copytax.Role, h copytax.Header, k copytax.Kind, number uint64, memory []byte) ([]byte, error) {
	least, most := len(memory), len(memory)
	if !l.codec.InPlace() {
		least, most = 1, copytax.MaxBytes(l.env.Boids)
	}
	switch {
	case h.Kind != k || h.Number != number:
		return nil, fmt.Errorf("got %v %d, want %v %d", h.Kind, h.Number, k, number)
	case h.Length < least || h.Length > most:
		return nil, fmt.Errorf("%v %d has a body of %d bytes, want %d to %d", k, number, h.Length, least, most)
	}
	if !l.codec.InPlace() {
		l.buf = slices.Grow(l.buf[:0], h.Length)[:h.Length]
		memory = l.buf
	}
	l.env.Meter.Enter(copytax.Receive)
	return memory, l.conns[from].Receive(memory)
}

func (l *link) take(from copytax.Role, h copytax.Header, s copytax.Table) error {
	b, err := l.body(from, h, s.Kind, s.Number, zerocopy.Bytes(s.Data))
	if err != nil || l.codec.InPlace() {
		return err
	}
	return l.codec.Decode(b, s)
}

type consumer struct {
	*link
	Consumer
}

func (c *consumer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	defer c.compute()
	return c.Acquire(epoch, func() error {
		h, err := c.next(copytax.Engine)
		if err != nil {
			return err
		}
		return c.take(copytax.Engine, h, c.Frame.Table())
	})
}

type viewer struct{ consumer }

func (t transport) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	l, err := t.link(env, copytax.Viewer)
	if err != nil {
		return nil, err
	}
	return &viewer{consumer{l, NewConsumer(env.Boids)}}, nil
}

func (v *viewer) ReleaseFrame(f *copytax.Frame) error {
	return v.send(copytax.Kernel, copytax.KindUsed, f.Epoch, nil)
}

type kernel struct {
	consumer
	Kernel
}

func (t transport) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	l, err := t.link(env, copytax.Kernel)
	if err != nil {
		return nil, err
	}
	return &kernel{consumer{l, NewConsumer(env.Boids)}, NewKernel(env.Boids)}, nil
}

func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	if g != nil {
		b, err := k.codec.Encode(g.Table())
		if err != nil {
			return err
		}
		if err := k.send(copytax.Engine, copytax.KindGenome, g.Generation, b); err != nil {
			return err
		}
	}
	b, err := k.codec.EncodePolicy(p)
	if err != nil {
		return err
	}
	return k.send(copytax.Engine, copytax.KindPolicy, p.Epoch, b)
}

func (k *kernel) AwaitUsed(epoch uint64) error {
	defer k.compute()
	return k.Await(epoch, func() error {
		h, err := k.next(copytax.Viewer)
		if err == nil && (h.Kind != copytax.KindUsed || h.Number != epoch) {
			err = fmt.Errorf("got %v %d", h.Kind, h.Number)
		}
		return err
	})
}

type engine struct {
	*link
	Engine[copytax.Header]
}

func (t transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	l, err := t.link(env, copytax.Engine)
	if err != nil {
		return nil, err
	}
	e := &engine{link: l}
	e.Meter, e.Orders = env.Meter, e
	return e, nil
}

func (e *engine) NextOrder() (copytax.Header, bool, error) {
	h, err := e.next(copytax.Kernel)
	return h, h.Kind == copytax.KindGenome, err
}

func (e *engine) TakeGenome(h copytax.Header, g *copytax.Genome) error {
	return e.take(copytax.Kernel, h, g.Table())
}

func (e *engine) TakePolicy(h copytax.Header, block []byte, epoch uint64) (*copytax.Policy, error) {
	b, err := e.body(copytax.Kernel, h, copytax.KindPolicy, epoch, block)
	if err != nil {
		return nil, err
	}
	return e.codec.DecodePolicy(b, block, epoch)
}

func (e *engine) PublishFrame(f *copytax.Frame) error {
	b, err := e.codec.Encode(f.Table())
	if err != nil {
		return err
	}
	for _, to := range []copytax.Role{copytax.Viewer, copytax.Kernel} {
		if err := e.send(to, copytax.KindFrame, f.Epoch, b); err != nil {
			return err
		}
	}
	return nil
}
