//go:build linux

package transporttest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/transports/unix"
)

func TestDirectConforms(t *testing.T) { transporttest.Run(t, direct.New()) }

// overUnix returns unix+raw, the simplest transport between goroutines.
func overUnix(t *testing.T) copytax.Transport {
	t.Helper()
	return carrier.New(unix.Carrier(), codectest.Find(t, "raw"))
}

// A defective transport is a good one with one thing wrong.
type defective struct {
	copytax.Transport
	info   func(*copytax.Info)
	kernel func(copytax.Env, copytax.KernelLink) copytax.KernelLink
	engine func(copytax.Env, copytax.EngineLink) copytax.EngineLink
	viewer func(copytax.Env, copytax.ViewerLink) copytax.ViewerLink
}

func (d defective) Info() copytax.Info {
	info := d.Transport.Info()
	if d.info != nil {
		d.info(&info)
	}
	return info
}

func (d defective) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	l, err := d.Transport.OpenKernel(env)
	if err == nil && d.kernel != nil {
		l = d.kernel(env, l)
	}
	return l, err
}

func (d defective) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	l, err := d.Transport.OpenEngine(env)
	if err == nil && d.engine != nil {
		l = d.engine(env, l)
	}
	return l, err
}

func (d defective) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	l, err := d.Transport.OpenViewer(env)
	if err == nil && d.viewer != nil {
		l = d.viewer(env, l)
	}
	return l, err
}

// flips changes one bit of one float.
type flips struct{ copytax.ViewerLink }

func (l flips) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f, err := l.ViewerLink.AcquireFrame(epoch)
	if err == nil && epoch == 17 {
		f.Data[0] = -f.Data[0]
	}
	return f, err
}

// forgets returns the frame before.
type forgets struct{ copytax.ViewerLink }

func (l forgets) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f, err := l.ViewerLink.AcquireFrame(epoch)
	if err == nil && epoch == 17 {
		f.Epoch--
	}
	return f, err
}

// hurries does not wait for the viewer.
type hurries struct{ copytax.KernelLink }

func (hurries) AwaitUsed(uint64) error { return nil }

// lends returns the same slot twice.
type lends struct {
	copytax.EngineLink
	last *copytax.Frame
}

func (l *lends) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	if l.last != nil && epoch == 17 {
		l.last.Epoch = epoch
		return l.last, nil
	}
	f, err := l.EngineLink.LoanFrame(epoch)
	l.last = f
	return f, err
}

// obliges lends whatever is there as what was asked for.
type obliges struct {
	copytax.ViewerLink
	next uint64
}

func (l *obliges) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f, err := l.ViewerLink.AcquireFrame(l.next)
	l.next++
	if err == nil {
		f.Epoch = epoch
	}
	return f, err
}

// idles leaves the meter in Send.
type idles struct {
	copytax.KernelLink
	meter copytax.Meter
}

func (l idles) Publish(p *copytax.Policy, g *copytax.Genome) error {
	err := l.KernelLink.Publish(p, g)
	l.meter.Enter(copytax.Send)
	return err
}

// waits never returns from a wrong request.
type waits struct {
	copytax.EngineLink
	next  uint64
	never chan struct{}
}

func (l *waits) AcquirePolicy(epoch uint64) (uint64, error) {
	if epoch != l.next {
		<-l.never
		return 0, errors.New("woken")
	}
	l.next++
	return l.EngineLink.AcquirePolicy(epoch)
}

// complains cannot be closed twice.
type complains struct {
	copytax.ViewerLink
	closed *bool
}

func (l complains) Close() error {
	if *l.closed {
		return errors.New("closed before")
	}
	*l.closed = true
	return l.ViewerLink.Close()
}

// TestDefectsAreFound holds the kit itself to its promises.
func TestDefectsAreFound(t *testing.T) {
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	for name, c := range map[string]struct {
		defect defective
		want   string // in the kit's error
	}{
		"bit": {defective{viewer: func(_ copytax.Env, l copytax.ViewerLink) copytax.ViewerLink { return flips{l} }},
			"viewer: frame of epoch 17: column 0, boid 0"},
		"epoch": {defective{viewer: func(_ copytax.Env, l copytax.ViewerLink) copytax.ViewerLink { return forgets{l} }},
			"frame of epoch 16"},
		"hurry": {defective{kernel: func(_ copytax.Env, l copytax.KernelLink) copytax.KernelLink { return hurries{l} }},
			"told that frame"},
		"slot": {defective{engine: func(_ copytax.Env, l copytax.EngineLink) copytax.EngineLink { return &lends{EngineLink: l} }},
			"for frame 17 holds the step's input"},
		"wrong epoch": {defective{viewer: func(_ copytax.Env, l copytax.ViewerLink) copytax.ViewerLink { return &obliges{ViewerLink: l} }},
			"acquire frame 24 succeeded while 23 was due"},
		"meter": {defective{kernel: func(e copytax.Env, l copytax.KernelLink) copytax.KernelLink { return idles{l, e.Meter} }},
			"left the meter in send"},
		"stuck": {defective{engine: func(_ copytax.Env, l copytax.EngineLink) copytax.EngineLink {
			return &waits{EngineLink: l, never: never}
		}}, "a call may take 2s: engine is in acquire policy 24 for 2."},
		"close": {defective{viewer: func(_ copytax.Env, l copytax.ViewerLink) copytax.ViewerLink { return complains{l, new(bool)} }},
			"a second time: viewer: close 1: closed before"},
		"goroutine": {defective{kernel: func(_ copytax.Env, l copytax.KernelLink) copytax.KernelLink {
			go func() { <-never }()
			return l
		}}, "goroutines"},
		"copies": {defective{info: func(i *copytax.Info) { i.ZeroCopy = true }}, "proves nothing"},
		"mute":   {defective{info: func(i *copytax.Info) { i.Summary = "" }}, "no summary"},
	} {
		t.Run(name, func(t *testing.T) {
			c.defect.Transport = overUnix(t)
			err := transporttest.Check(c.defect, transporttest.Options{Counts: []int{5}, Ticks: 40, Patience: 2 * time.Second})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestUnavailableIsNotAFailure(t *testing.T) {
	tr := defective{Transport: direct.New(), info: func(i *copytax.Info) { i.Unavailable = "no such hardware" }}
	err := transporttest.Check(tr, transporttest.Options{})
	if !errors.Is(err, transporttest.ErrUnavailable) || !strings.Contains(err.Error(), "no such hardware") {
		t.Errorf("got error %v, want that it is unavailable, and why", err)
	}
}

func TestRendezvous(t *testing.T) {
	r := transporttest.NewRendezvous()
	got := make(chan string)
	go func() {
		v, err := r.Lookup("port")
		if err != nil {
			t.Error(err)
		}
		got <- v
	}()
	if err := r.Share("port", "80"); err != nil {
		t.Fatal(err)
	}
	if v := <-got; v != "80" {
		t.Errorf("got %q, want 80", v)
	}
	if err := r.Share("port", "81"); err == nil {
		t.Error("a key was shared twice")
	}
	r.Fail(errors.New("the engine has gone"))
	if _, err := r.Lookup("other"); err == nil || !strings.Contains(err.Error(), "the engine has gone") {
		t.Errorf("got error %v, want why nobody will share it", err)
	}
}
