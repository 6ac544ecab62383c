package unix

import (
	"errors"
	"fmt"
	"slices"

	"github.com/copytax/copytax"
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

func newLink(env copytax.Env, role copytax.Role, f codec.Format) (*link, error) {
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

// body receives a body of length bytes into the kept buffer.
func (l *link) body(s *socket, length uint32) ([]byte, error) {
	l.buf = slices.Grow(l.buf[:0], int(length))[:length]
	return l.buf, s.receive(l.buf)
}

// aliased returns the memory that the body of a raw message goes to, or nil
// when the codec is another.
func aliased[M any](l *link, bytes func(codec.Aliaser, M) []byte, m M) []byte {
	if a := l.codec.Aliaser(); a != nil {
		return bytes(a, m)
	}
	return nil
}

// bounds returns the lengths that a body may have: one where it goes to memory.
func (l *link) bounds(memory []byte) (least, most int) {
	if memory != nil {
		return len(memory), len(memory)
	}
	return 1, codec.MaxBytes(l.env.Boids)
}

// take brings the body of the message of header h, of kind k and the given
// epoch, into memory if there is any, and to decode otherwise.
func (l *link) take(s *socket, h header, k kind, epoch uint64, memory []byte, decode func([]byte) error) error {
	least, most := l.bounds(memory)
	if err := h.check(k, epoch, least, most); err != nil {
		return err
	}
	if memory != nil {
		return s.receive(memory)
	}
	b, err := l.body(s, h.length)
	if err != nil {
		return err
	}
	return decode(b)
}

// A consumer receives frames into memory of its own: the half that kernel and
// viewer have in common.
type consumer struct {
	*link
	frame *copytax.Frame
	next  uint64 // epoch of the frame that is due
}

func newConsumer(l *link) consumer {
	return consumer{link: l, frame: copytax.NewFrame(l.env.Boids)}
}

// AcquireFrame implements copytax.KernelLink and copytax.ViewerLink. There is
// one frame; the next one overwrites it.
func (c *consumer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	if epoch != c.next {
		return nil, fmt.Errorf("acquire frame %d: frame %d is due", epoch, c.next)
	}
	defer c.compute()
	if err := c.acquire(epoch); err != nil {
		return nil, fmt.Errorf("acquire frame %d: %w", epoch, err)
	}
	c.next++
	return c.frame, nil
}

func (c *consumer) acquire(epoch uint64) error {
	s := c.sockets[copytax.Engine]
	h, err := s.await()
	if err != nil {
		return err
	}
	c.frame.Epoch = epoch
	memory := aliased(c.link, codec.Aliaser.FrameBytes, c.frame)
	return c.take(s, h, frameMessage, epoch, memory, func(b []byte) error { return c.codec.DecodeFrame(b, c.frame) })
}

// ReleaseFrame implements copytax.KernelLink: the frame is the link's anyway.
func (c *consumer) ReleaseFrame(*copytax.Frame) error { return nil }

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
	policy *copytax.Policy // lent to the caller
	genome *copytax.Genome // lent to the caller
	used   uint64          // epoch of the use that is due
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
	return &kernel{
		consumer: newConsumer(l),
		policy:   zerocopy.PolicyAt(make([]byte, copytax.PolicyBytes)),
		genome:   copytax.NewGenome(env.Boids),
	}, nil
}

// LoanPolicy implements copytax.PolicyLoaner.
func (k *kernel) LoanPolicy(uint64) *copytax.Policy { return k.policy }

// LoanGenome implements copytax.KernelLink.
func (k *kernel) LoanGenome() (*copytax.Genome, error) { return k.genome, nil }

// Publish implements copytax.KernelLink.
func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	defer k.compute()
	s := k.sockets[copytax.Engine]
	if g != nil {
		b, err := k.codec.EncodeGenome(g)
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
	if epoch != k.used {
		return fmt.Errorf("await use of frame %d: that of %d is due", epoch, k.used)
	}
	defer k.compute()
	h, err := k.sockets[copytax.Viewer].await()
	if err == nil {
		err = h.check(usedMessage, epoch, 0, 0)
	}
	if err != nil {
		return fmt.Errorf("await use of frame %d: %w", epoch, err)
	}
	k.used++
	return nil
}
