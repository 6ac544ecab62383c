// Package direct is the floor of the ladder: all roles in one address space,
// taking turns on one goroutine and calling functions. The kernel writes its
// orders into the engine's memory, and frames are read where the step wrote
// them. What it costs is the system without a transport.
package direct

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// Transports returns the only transport of the package.
func Transports() []copytax.Transport { return []copytax.Transport{New()} }

// New returns a transport for one trial: its links share a world through it.
func New() copytax.Transport { return &transport{} }

type transport struct{ world *world }

func (t *transport) Name() string { return "direct" }

func (t *transport) Info() copytax.Info {
	tab := []copytax.Runtime{copytax.Tab} // where its links are those of browser/src/direct.ts
	return copytax.Info{
		Rung:       0,
		Summary:    "one address space, function calls: the floor",
		OneProcess: true,
		OwnThread:  true,
		Runtimes:   [copytax.NumRoles][]copytax.Runtime{tab, tab, tab},
	}
}

// Wire implements copytax.Transport: there is nothing to inherit.
func (t *transport) Wire(copytax.Config) (*copytax.Wiring, error) { return &copytax.Wiring{}, nil }

// A world is what the three links see of each other.
type world struct {
	mem       *copytax.EngineMemory
	ordered   uint64 // epoch+1 of the last policy published
	generated uint64 // number of genomes published
	published *copytax.Frame
	used      uint64 // epoch+1 of the last frame used
	closed    bool   // one of the links has been closed
}

func (w *world) check(what string, epoch, want uint64) error {
	if w.closed {
		return fmt.Errorf("%s %d: %w", what, epoch, hub.ErrClosed)
	}
	if epoch+1 != want {
		return fmt.Errorf("%s %d: it is not there; the last one is %d", what, epoch, int64(want)-1)
	}
	return nil
}

// Close implements every link's.
func (w *world) Close() error {
	w.closed = true
	return nil
}

// OpenEngine implements copytax.Transport. It must come first and starts a world.
func (t *transport) OpenEngine(copytax.Env) (copytax.EngineLink, error) {
	t.world = &world{}
	return &engine{world: t.world}, nil
}

// OpenKernel implements copytax.Transport.
func (t *transport) OpenKernel(copytax.Env) (copytax.KernelLink, error) {
	if t.world == nil {
		return nil, fmt.Errorf("open kernel of direct: the engine must be opened first")
	}
	return &kernel{consumer{t.world}}, nil
}

// OpenViewer implements copytax.Transport.
func (t *transport) OpenViewer(copytax.Env) (copytax.ViewerLink, error) {
	if t.world == nil {
		return nil, fmt.Errorf("open viewer of direct: the engine must be opened first")
	}
	return &viewer{consumer{t.world}}, nil
}

type engine struct {
	*world
	carrier.Rotation
}

var _ copytax.EngineLink = (*engine)(nil)

func (e *engine) Bind(m *copytax.EngineMemory) error {
	e.mem = m
	return e.Rotation.Bind(m)
}

func (e *engine) AcquirePolicy(epoch uint64) (uint64, error) {
	if err := e.check("policy", epoch, e.ordered); err != nil {
		return 0, err
	}
	generation := zerocopy.PolicyAt(e.mem.Policies[epoch%2]).Generation
	if generation+1 != e.generated {
		return 0, fmt.Errorf("policy %d asks for generation %d, the last one is %d", epoch, generation, int64(e.generated)-1)
	}
	return generation, nil
}

func (e *engine) PublishFrame(f *copytax.Frame) error {
	e.published = f
	return nil
}

type consumer struct{ *world }

func (c *consumer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	last := uint64(0)
	if c.published != nil {
		last = c.published.Epoch + 1
	}
	if err := c.check("frame", epoch, last); err != nil {
		return nil, err
	}
	return c.published, nil
}

func (c *consumer) ReleaseFrame(*copytax.Frame) error { return nil }

type kernel struct{ consumer }

var (
	_ copytax.KernelLink   = (*kernel)(nil)
	_ copytax.PolicyLoaner = (*kernel)(nil)
)

// LoanPolicy implements copytax.PolicyLoaner: the loan is the engine's memory.
func (k *kernel) LoanPolicy(epoch uint64) *copytax.Policy {
	return zerocopy.PolicyAt(k.mem.Policies[epoch%2])
}

func (k *kernel) LoanGenome() (*copytax.Genome, error) { return k.mem.Genomes[k.generated%2], nil }

func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	if loan := k.LoanPolicy(p.Epoch); p != loan {
		*loan = *p // a caller that does not know of loans
	}
	if g != nil {
		if g != k.mem.Genomes[k.generated%2] || g.Generation != k.generated {
			return fmt.Errorf("publish genome %d: want the loan of generation %d", g.Generation, k.generated)
		}
		k.generated++
	}
	k.ordered = p.Epoch + 1
	return nil
}

func (k *kernel) AwaitUsed(epoch uint64) error { return k.check("use of frame", epoch, k.used) }

type viewer struct{ consumer }

var _ copytax.ViewerLink = (*viewer)(nil)

// ReleaseFrame implements copytax.ViewerLink: the frame has been used.
func (v *viewer) ReleaseFrame(f *copytax.Frame) error {
	v.used = f.Epoch + 1
	return nil
}
