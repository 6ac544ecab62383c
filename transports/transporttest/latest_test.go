//go:build linux

package transporttest_test

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/zerocopy/hub"
)

// remembers gives a copy of the frame that it got before, as itself or as the new one.
type remembers struct {
	copytax.ViewerLink
	renumber bool
	kept     *copytax.Frame
}

func (l *remembers) AcquireLatest(epoch uint64) (*copytax.Frame, error) {
	if l.kept != nil && !l.renumber {
		return l.kept, nil
	}
	f, err := l.ViewerLink.(copytax.LatestAcquirer).AcquireLatest(epoch)
	if err != nil {
		return nil, err
	}
	own := *f
	if own.Data = append([]float32(nil), f.Data...); l.kept != nil {
		own.Data = l.kept.Data
	}
	l.kept = &own
	return l.kept, nil
}

// keeps tells the engine when it has a frame.
type keeps struct {
	copytax.ViewerLink
	has *atomic.Bool
}

func (l keeps) AcquireLatest(epoch uint64) (*copytax.Frame, error) {
	f, err := l.ViewerLink.(copytax.LatestAcquirer).AcquireLatest(epoch)
	l.has.Store(true)
	return f, err
}

func (l keeps) ReleaseFrame(f *copytax.Frame) error {
	l.has.Store(false)
	return l.ViewerLink.ReleaseFrame(f)
}

// yields lends nothing while the viewer has a frame.
type yields struct {
	copytax.EngineLink
	copytax.MemoryMapper
	has *atomic.Bool
}

func (l yields) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	for end := time.Now().Add(10 * time.Second); l.has.Load() && time.Now().Before(end); {
		runtime.Gosched()
	}
	return l.EngineLink.LoanFrame(epoch)
}

// TestDefectsOfTheLatestAreFound holds the kit to what it promises of a viewer that
// reads the latest frame.
func TestDefectsOfTheLatestAreFound(t *testing.T) {
	var has atomic.Bool
	free := func(i *copytax.Info) { i.ZeroCopy = false } // the defects copy, and hide proofs
	for name, c := range map[string]struct {
		defect defective
		want   string
	}{
		"renumbers": {defective{info: free, viewer: func(_ copytax.Env, l copytax.ViewerLink) copytax.ViewerLink {
			return &remembers{ViewerLink: l, renumber: true}
		}}, "column 0, boid 0"},
		"repeats": {defective{info: free, viewer: func(_ copytax.Env, l copytax.ViewerLink) copytax.ViewerLink {
			return &remembers{ViewerLink: l}
		}}, "viewer: acquire latest "},
		"waits": {defective{
			info:   free,
			viewer: func(_ copytax.Env, l copytax.ViewerLink) copytax.ViewerLink { return keeps{l, &has} },
			engine: func(_ copytax.Env, l copytax.EngineLink) copytax.EngineLink {
				return yields{l, l.(copytax.MemoryMapper), &has}
			},
		}, "it waits for a viewer of the latest"},
		"cannot": {defective{info: free, viewer: func(_ copytax.Env, l copytax.ViewerLink) copytax.ViewerLink {
			return struct{ copytax.ViewerLink }{l}
		}}, "cannot acquire the latest"},
	} {
		t.Run(name, func(t *testing.T) {
			has.Store(false)
			c.defect.Transport = shm.New(hub.Park)
			var got error
			_ = transporttest.Check(c.defect, transporttest.Options{Counts: []int{5}, Ticks: 40, Timeout: 2 * time.Second, Report: func(name string, err error) {
				if name == "latest frame" {
					got = err
				}
			}})
			if got == nil || !strings.Contains(got.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", got, c.want)
			}
		})
	}
}
