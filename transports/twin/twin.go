// Package twin is the hub of package shm with a private copy on each side: the
// engine steps its own memory and copies every frame into the hub, kernel and
// viewer copy it out before they read it, and orders go the same way. Systems
// that call themselves zero-copy often work like this; the difference to shm
// prices the copies alone.
package twin

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// Transports returns the transport with parked readers, as "twin", and with
// spinning ones.
func Transports() []copytax.Transport {
	return []copytax.Transport{
		transport{Transport: shm.New(hub.Park), name: "twin"},
		transport{Transport: shm.New(hub.Spin), name: "twin:spin"},
	}
}

// A transport wraps the links of shm.
type transport struct {
	copytax.Transport
	name string
}

func (t transport) Name() string { return t.name }

func (t transport) Info() copytax.Info {
	return copytax.Info{
		Rung:      3,
		Summary:   "shm with a private copy on each side: one copy in, one a reader out",
		OwnThread: true,
		Latest:    true,
	}
}

// duplicate copies src over dst in the Copy phase and counts it.
func duplicate(env copytax.Env, dst, src []byte) {
	env.Meter.Enter(copytax.Copy)
	env.Counters.CopiedBytes.Add(int64(copy(dst, src)))
	env.Meter.Enter(copytax.Compute)
}

// A consumer copies frames out of the hub.
type consumer struct {
	env     copytax.Env
	private *copytax.Frame
}

// keep copies a hub's frame into private memory, after which its lease can end.
func (c *consumer) keep(f *copytax.Frame) *copytax.Frame {
	duplicate(c.env, zerocopy.Bytes(c.private.Data), zerocopy.Bytes(f.Data))
	c.private.Epoch, c.private.Slot = f.Epoch, f.Slot
	return c.private
}

type kernel struct {
	copytax.KernelLink // of shm
	consumer
	genome *copytax.Genome
}

var _ copytax.KernelLink = (*kernel)(nil)

// OpenKernel implements copytax.Transport.
func (t transport) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	inner, err := t.Transport.OpenKernel(env)
	if err != nil {
		return nil, err
	}
	return &kernel{
		KernelLink: inner,
		consumer:   consumer{env: env, private: copytax.NewFrame(env.Boids)},
		genome:     copytax.NewGenome(env.Boids),
	}, nil
}

func (k *kernel) LoanGenome() (*copytax.Genome, error) { return k.genome, nil }

func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	var shared *copytax.Genome
	if g != nil {
		var err error
		if shared, err = k.KernelLink.LoanGenome(); err != nil {
			return err
		}
		duplicate(k.env, zerocopy.Bytes(shared.Data), zerocopy.Bytes(g.Data))
		shared.Generation = g.Generation
	}
	// shm's kernel copies a policy that is not its own loan, and counts it.
	return k.KernelLink.Publish(p, shared)
}

func (k *kernel) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f, err := k.KernelLink.AcquireFrame(epoch)
	if err != nil {
		return nil, err
	}
	private := k.keep(f)
	return private, k.KernelLink.ReleaseFrame(f)
}

func (k *kernel) ReleaseFrame(*copytax.Frame) error { return nil }

type viewer struct {
	copytax.ViewerLink // of shm
	consumer
}

var _ copytax.LatestAcquirer = (*viewer)(nil)

var _ copytax.ViewerLink = (*viewer)(nil)

// OpenViewer implements copytax.Transport.
func (t transport) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	inner, err := t.Transport.OpenViewer(env)
	if err != nil {
		return nil, err
	}
	return &viewer{
		ViewerLink: inner,
		consumer:   consumer{env: env, private: copytax.NewFrame(env.Boids)},
	}, nil
}

func (v *viewer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f, err := v.ViewerLink.AcquireFrame(epoch)
	if err != nil {
		return nil, err
	}
	return v.keep(f), nil
}

// AcquireLatest implements copytax.LatestAcquirer.
func (v *viewer) AcquireLatest(epoch uint64) (*copytax.Frame, error) {
	f, err := v.ViewerLink.(copytax.LatestAcquirer).AcquireLatest(epoch)
	if err != nil {
		return nil, err
	}
	return v.keep(f), nil
}
