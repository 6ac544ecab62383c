package transports_test

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports"
	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/zerocopy/hub"
)

type noMeter struct{}

func (noMeter) Enter(copytax.Phase) {}

// A flock is the three links of a trial whose viewer reads the latest frame.
type flock struct {
	config copytax.Config
	kernel copytax.KernelLink
	engine copytax.EngineLink
	viewer copytax.ViewerLink
}

func openFlock(t *testing.T, tr copytax.Transport) *flock {
	t.Helper()
	f := &flock{config: copytax.Config{Boids: 50, Slots: 4, Ticks: 40, Rate: 1000, Latest: true}}
	w, err := tr.Wire(f.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	meet := transporttest.NewRendezvous()
	env := func(role copytax.Role) copytax.Env {
		return copytax.Env{
			Config: f.config, Meter: noMeter{}, Counters: &copytax.Counters{}, Rendezvous: meet, Files: own(t, w.Files[role]),
		}
	}
	var errs [4]error
	f.engine, errs[0] = tr.OpenEngine(env(copytax.Engine))
	f.kernel, errs[1] = tr.OpenKernel(env(copytax.Kernel))
	f.viewer, errs[2] = tr.OpenViewer(env(copytax.Viewer))
	if err := errors.Join(errs[:3]...); err != nil {
		t.Fatal(err)
	}
	world, _, err := hub.Bind(f.engine, f.config.Boids, f.config.Slots)
	t.Cleanup(func() {
		if err := errors.Join(f.kernel.Close(), f.viewer.Close(), f.engine.Close(), hub.Unmap(world)); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// own returns duplicates of files, as a process that inherits them has.
func own(t *testing.T, files []*os.File) (all []*os.File) {
	t.Helper()
	for _, f := range files {
		fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, os.NewFile(uintptr(fd), f.Name()))
	}
	return all
}

// step writes the frame of epoch, whose first float says which it is.
func (f *flock) step(epoch uint64) error {
	if _, err := f.engine.AcquirePolicy(epoch); err != nil {
		return err
	}
	frame, err := f.engine.LoanFrame(epoch)
	if err != nil {
		return err
	}
	frame.Data[0] = float32(epoch)
	return f.engine.PublishFrame(frame)
}

// steer is the kernel's tick. It does not wait for the viewer.
func (f *flock) steer(epoch uint64, genome *copytax.Genome) error {
	if err := f.kernel.Publish(&copytax.Policy{Epoch: epoch}, genome); err != nil {
		return err
	}
	frame, err := f.kernel.AcquireFrame(epoch)
	if err == nil && frame.Data[0] != float32(epoch) {
		err = fmt.Errorf("the kernel's frame %d is that of %v", epoch, frame.Data[0])
	}
	return errors.Join(err, f.kernel.ReleaseFrame(frame))
}

// start returns how call ends, which runs meanwhile.
func start(call func() error) <-chan error {
	end := make(chan error, 1)
	go func() { end <- call() }()
	return end
}

// A viewer that looks at nothing holds nobody up; one that asks gets a frame that it has
// not seen; and the last frame waits for it.
func TestLatestFrame(t *testing.T) {
	found := 0
	for _, tr := range transports.New().All() {
		if !tr.Info().Latest || tr.Info().OneProcess && !tr.Info().Concurrent {
			continue
		}
		found++
		t.Run(tr.Name(), func(t *testing.T) { testLatest(t, openFlock(t, tr)) })
	}
	if found == 0 {
		t.Error("no transport has a viewer of the latest frame")
	}
}

func testLatest(t *testing.T, f *flock) {
	const unseen = 20 // ticks before the viewer first asks
	last := f.config.LastEpoch()
	asks := make(chan bool)
	engine := start(func() (err error) {
		for epoch := uint64(0); epoch <= last && err == nil; epoch++ {
			err = f.step(epoch)
		}
		return err
	})
	kernel := start(func() error {
		genome, err := f.kernel.LoanGenome()
		for epoch := uint64(0); epoch <= last && err == nil; epoch++ {
			if epoch == unseen {
				close(asks)
			}
			err = f.steer(epoch, genome)
			genome = nil
		}
		return err
	})
	select {
	case <-asks:
	case err := <-kernel:
		t.Fatalf("the kernel, before the viewer asked: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("nothing goes on while the viewer asks for nothing")
	}
	seen, err := f.watch(last)
	if err := errors.Join(err, <-engine, <-kernel); err != nil {
		t.Fatal(err)
	}
	if seen[0] < unseen-2 || seen[len(seen)-1] != last || len(seen) > int(last-unseen)+3 {
		t.Errorf("saw the frames of epochs %v, want none before %d, and that of %d at the end", seen, unseen-2, last)
	}
}

// watch is a viewer: it takes frames until the last one.
func (f *flock) watch(last uint64) (seen []uint64, err error) {
	latest, ok := f.viewer.(copytax.LatestAcquirer)
	if !ok {
		return nil, fmt.Errorf("the viewer's link, a %T, has no latest frame", f.viewer)
	}
	for next := uint64(0); next <= last; next = seen[len(seen)-1] + 1 {
		frame, err := latest.AcquireLatest(next)
		if err != nil {
			return seen, err
		}
		if frame.Epoch < next || frame.Data[0] != float32(frame.Epoch) {
			return seen, fmt.Errorf("asked for frame %d or a later one: got %d, whose first float is %v", next, frame.Epoch, frame.Data[0])
		}
		seen = append(seen, frame.Epoch)
		if err := f.viewer.ReleaseFrame(frame); err != nil {
			return seen, err
		}
	}
	return seen, nil
}
