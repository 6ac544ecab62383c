package carrier

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A consumer receives frames into memory of its own: the half that kernel and viewer
// have in common. There is one frame; the next one overwrites it.
type consumer struct {
	*link
	frame *copytax.Frame
	due   due
}

func newConsumer(l *link) consumer { return consumer{link: l, frame: copytax.NewFrame(l.env.Boids)} }

// receive takes the frame of epoch from the engine.
func (c *consumer) receive(epoch uint64) error {
	h, err := c.next(copytax.Engine)
	if err != nil {
		return err
	}
	c.frame.Epoch = epoch
	return c.take(copytax.Engine, h, c.frame.Table())
}

type viewer struct{ consumer }

var (
	_ copytax.ViewerLink     = (*viewer)(nil)
	_ copytax.LatestAcquirer = (*viewer)(nil)
)

func newViewer(l *link) copytax.ViewerLink { return &viewer{newConsumer(l)} }

// want asks the engine for the frame of epoch.
func (v *viewer) want(epoch uint64) error {
	return v.post(copytax.Engine, copytax.KindWant, epoch, nil)
}

// AcquireFrame implements copytax.ViewerLink.
func (v *viewer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	defer v.compute()
	return v.frame, v.due.await("acquire frame", epoch, func() error {
		if v.pull {
			if err := v.want(epoch); err != nil {
				return err
			}
		}
		return v.receive(epoch)
	})
}

// AcquireLatest implements copytax.LatestAcquirer. It asks for the frame, and is
// answered with the next one that the engine publishes.
func (v *viewer) AcquireLatest(epoch uint64) (*copytax.Frame, error) {
	defer v.compute()
	err := v.want(epoch)
	if err == nil {
		err = v.receiveLater(epoch)
	}
	if err != nil {
		return nil, fmt.Errorf("acquire frame %d or a later one: %w", epoch, err)
	}
	return v.frame, nil
}

// receiveLater takes the frame of epoch, or a later one.
func (v *viewer) receiveLater(epoch uint64) error {
	h, err := v.next(copytax.Engine)
	if err != nil {
		return err
	}
	if h.Kind != copytax.KindFrame || h.Number < epoch || h.Number > v.env.LastEpoch() {
		return fmt.Errorf("got %v %d, want a frame of epochs %d to %d", h.Kind, h.Number, epoch, v.env.LastEpoch())
	}
	v.frame.Epoch = h.Number
	return v.take(copytax.Engine, h, v.frame.Table())
}

// ReleaseFrame implements copytax.ViewerLink: it tells the kernel, unless that does not
// wait for it.
func (v *viewer) ReleaseFrame(f *copytax.Frame) error {
	if v.env.Latest {
		return nil
	}
	defer v.compute()
	return v.post(copytax.Kernel, copytax.KindUsed, f.Epoch, nil)
}

type kernel struct {
	consumer
	policy *copytax.Policy
	genome *copytax.Genome
	uses   due
}

var (
	_ copytax.KernelLink   = (*kernel)(nil)
	_ copytax.PolicyLoaner = (*kernel)(nil)
)

func newKernel(l *link) copytax.KernelLink {
	return &kernel{
		consumer: newConsumer(l),
		policy:   zerocopy.PolicyAt(make([]byte, copytax.PolicyBytes)),
		genome:   copytax.NewGenome(l.env.Boids),
	}
}

// LoanPolicy implements copytax.PolicyLoaner.
func (k *kernel) LoanPolicy(uint64) *copytax.Policy { return k.policy }

// LoanGenome implements copytax.KernelLink.
func (k *kernel) LoanGenome() (*copytax.Genome, error) { return k.genome, nil }

// Publish implements copytax.KernelLink.
func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	defer k.compute()
	if g != nil {
		b, err := k.codec.Encode(g.Table())
		if err != nil {
			return err
		}
		if err := k.post(copytax.Engine, copytax.KindGenome, g.Generation, b); err != nil {
			return err
		}
	}
	b, err := k.codec.EncodePolicy(p)
	if err != nil {
		return err
	}
	return k.post(copytax.Engine, copytax.KindPolicy, p.Epoch, b)
}

// AcquireFrame implements copytax.KernelLink.
func (k *kernel) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	defer k.compute()
	return k.frame, k.due.await("acquire frame", epoch, func() error { return k.receive(epoch) })
}

// ReleaseFrame implements copytax.KernelLink: the frame is the link's anyway.
func (*kernel) ReleaseFrame(*copytax.Frame) error { return nil }

// AwaitUsed implements copytax.KernelLink. Uses come in order.
func (k *kernel) AwaitUsed(epoch uint64) error {
	defer k.compute()
	return k.uses.await("await use of frame", epoch, func() error {
		h, err := k.next(copytax.Viewer)
		if err != nil {
			return err
		}
		return k.refuse(copytax.Viewer, check(h, copytax.KindUsed, epoch, 0, 0))
	})
}
