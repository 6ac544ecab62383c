//go:build linux

package transporttest_test

import (
	"fmt"

	"github.com/copytax/copytax"
)

// Hooks are what a planted defect does instead of, or beside, a transport. Each may be
// nil, and is called on the goroutine of its role.
type hooks struct {
	wire    func()
	open    func(*copytax.Env)
	publish func(send func(*copytax.Policy, *copytax.Genome) error, p *copytax.Policy, g *copytax.Genome) error
	kernel  func(f *copytax.Frame) *copytax.Frame // that the kernel has acquired
	before  func() error                          // the kernel acquires a frame
	order   func(epoch, generation uint64) uint64 // that the engine has acquired
	frame   func(send func(*copytax.Frame) error, f *copytax.Frame) error
	viewer  func(f *copytax.Frame, epoch uint64) *copytax.Frame // that the viewer has acquired
	close   func()
}

// A defect is one thing that is wrong, whatever the transport.
type defect struct {
	name  string
	cases string                           // the start of the name of the case that must find it
	want  string                           // in the kit's error
	spare func(copytax.Info) bool          // transports in which it is none; nil for none
	plant func(stop <-chan struct{}) hooks // stop is closed when the test is over
}

// A planted transport is a good one with a defect.
type planted struct {
	copytax.Transport
	defect
	hooks
}

func (p planted) Name() string { return p.Transport.Name() + " that " + p.defect.name }

func (p planted) Wire(c copytax.Config) (*copytax.Wiring, error) {
	if p.wire != nil {
		p.wire()
	}
	return p.Transport.Wire(c)
}

func (p planted) env(env copytax.Env) copytax.Env {
	if p.open != nil {
		p.open(&env)
	}
	return env
}

func (p planted) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	l, err := p.Transport.OpenKernel(p.env(env))
	return &kernelLink{l, p.hooks, &copytax.Policy{}}, err
}

func (p planted) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	l, err := p.Transport.OpenEngine(p.env(env))
	return &engineLink{l, p.hooks}, err
}

func (p planted) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	l, err := p.Transport.OpenViewer(p.env(env))
	return &viewerLink{l, p.hooks}, err
}

// prove proves by a link that can, and for others what they are not asked for.
func prove(link any, f *copytax.Frame) (copytax.AddressProof, error) {
	if p, ok := link.(copytax.Prover); ok {
		return p.Prove(f)
	}
	return copytax.AddressProof{Address: fmt.Sprintf("%p", &f.Data[0])}, nil
}

type kernelLink struct {
	copytax.KernelLink
	hooks
	own *copytax.Policy // a loan of links that lend none
}

func (l *kernelLink) Prove(f *copytax.Frame) (copytax.AddressProof, error) {
	return prove(l.KernelLink, f)
}

func (l *kernelLink) LoanPolicy(epoch uint64) *copytax.Policy {
	if p, ok := l.KernelLink.(copytax.PolicyLoaner); ok {
		return p.LoanPolicy(epoch)
	}
	return l.own
}

func (l *kernelLink) Publish(p *copytax.Policy, g *copytax.Genome) error {
	if l.publish != nil {
		return l.publish(l.KernelLink.Publish, p, g)
	}
	return l.KernelLink.Publish(p, g)
}

func (l *kernelLink) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	if l.before != nil {
		if err := l.before(); err != nil {
			return nil, err
		}
	}
	f, err := l.KernelLink.AcquireFrame(epoch)
	if err == nil && l.kernel != nil {
		f = l.kernel(f)
	}
	return f, err
}

type engineLink struct {
	copytax.EngineLink
	hooks
}

func (l *engineLink) Prove(f *copytax.Frame) (copytax.AddressProof, error) {
	return prove(l.EngineLink, f)
}

func (l *engineLink) MapOrders(at []byte) error {
	if m, ok := l.EngineLink.(copytax.MemoryMapper); ok {
		return m.MapOrders(at)
	}
	return nil
}

func (l *engineLink) MapFrames(at []byte) error {
	if m, ok := l.EngineLink.(copytax.MemoryMapper); ok {
		return m.MapFrames(at)
	}
	return nil
}

func (l *engineLink) AcquirePolicy(epoch uint64) (uint64, error) {
	generation, err := l.EngineLink.AcquirePolicy(epoch)
	if err == nil && l.order != nil {
		generation = l.order(epoch, generation)
	}
	return generation, err
}

func (l *engineLink) PublishFrame(f *copytax.Frame) error {
	if l.frame != nil {
		return l.frame(l.EngineLink.PublishFrame, f)
	}
	return l.EngineLink.PublishFrame(f)
}

type viewerLink struct {
	copytax.ViewerLink
	hooks
}

func (l *viewerLink) Prove(f *copytax.Frame) (copytax.AddressProof, error) {
	return prove(l.ViewerLink, f)
}

func (l *viewerLink) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f, err := l.ViewerLink.AcquireFrame(epoch)
	if err == nil && l.viewer != nil {
		f = l.viewer(f, epoch)
	}
	return f, err
}

func (l *viewerLink) Close() error {
	if l.close != nil {
		l.close()
	}
	return l.ViewerLink.Close()
}
