package shm_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/attach"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A still meter measures nothing.
type still struct{}

func (still) Enter(copytax.Phase) {}

// A hosted trial is one of shm:attach whose kernel is there, and whose engine is the
// test itself.
type hosted struct {
	kernel copytax.KernelLink
	name   string // where the kernel serves
	engine *attach.Client
	words  *hub.Words
	writer *hub.Writer
	frames []byte
}

func newHosted(t *testing.T) *hosted {
	t.Helper()
	config := copytax.Config{Boids: 101, Slots: 3}
	tr := attachable(t)
	w, err := tr.Wire(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []copytax.Role{copytax.Engine, copytax.Viewer} {
		if n := len(w.Files[role]); n != 0 {
			t.Errorf("the %v inherits %d descriptors, want none", role, n)
		}
	}
	s := &hosted{}
	s.kernel, s.name = host(t, tr, config, w)
	t.Cleanup(func() { s.kernel.Close() })
	s.join(t)
	return s
}

// host opens the kernel of a wired trial and returns where it serves. The wiring
// is closed.
func host(t *testing.T, tr copytax.Transport, config copytax.Config, w *copytax.Wiring) (kernel copytax.KernelLink, name string) {
	t.Helper()
	meet := transporttest.NewRendezvous()
	kernel, err := tr.OpenKernel(copytax.Env{
		Config: config, Files: w.Files[copytax.Kernel], Meter: still{}, Counters: &copytax.Counters{}, Rendezvous: meet,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Files[copytax.Kernel] = nil // the link owns them
	w.Close()
	if name, err = meet.Lookup("attach"); err != nil {
		t.Fatal(err)
	}
	return kernel, name
}

func attachable(t *testing.T) copytax.Transport {
	t.Helper()
	for _, tr := range shm.Transports() {
		if tr.Name() == shm.AttachName {
			return tr
		}
	}
	t.Fatal("there is no shm:attach")
	return nil
}

// join attaches the engine.
func (s *hosted) join(t *testing.T) {
	t.Helper()
	var err error
	if s.engine, err = attach.Dial(context.Background(), s.name, attach.Want{Place: attach.Place(copytax.Engine)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.engine.Close() })
	page := writable(t, s.engine.Control, zerocopy.Control, s.engine.Layout)
	s.frames = writable(t, s.engine.Frames, zerocopy.Frames, s.engine.Layout)
	if s.words, err = hub.NewWords(page); err != nil {
		t.Fatal(err)
	}
	if s.writer, err = hub.NewWriter(s.words, s.engine.Layout.Slots); err != nil {
		t.Fatal(err)
	}
}

func writable(t *testing.T, file *os.File, k zerocopy.Kind, l zerocopy.Layout) []byte {
	t.Helper()
	mem, err := hub.MapWritable(file, k, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hub.Unmap(mem) })
	return mem
}

// publish writes epoch to a float of a frame and publishes it.
func (s *hosted) publish(t *testing.T, epoch uint64) {
	t.Helper()
	slot, err := s.writer.Loan()
	if err != nil {
		t.Fatal(err)
	}
	s.engine.Layout.Frame(s.frames, slot).Col(copytax.VZ)[100] = float32(epoch)
	s.writer.Publish(slot, epoch)
}

// The address is an option of the trial, and of one trial only.
func TestAttachIsAnOption(t *testing.T) {
	tr := attachable(t)
	for _, name := range []string{"@copytax-test-" + t.Name(), filepath.Join(t.TempDir(), "a socket")} {
		config := copytax.Config{Boids: 101, Slots: 3}.WithOption(shm.AttachOption, name)
		w, err := tr.Wire(config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tr.Wire(config); err == nil {
			t.Errorf("two trials at %s, want an error", name)
		}
		kernel, got := host(t, tr, config, w)
		if got != name {
			t.Errorf("the kernel serves at %q, want %q", got, name)
		}
		if err := kernel.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A further reader sees the newest frame where the engine wrote it, and counts
// those that went by.
func TestAttachReaderSeesTheNewestFrame(t *testing.T) {
	s := newHosted(t)
	s.publish(t, 0)
	r, err := shm.AttachReader(context.Background(), s.name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, epoch := range []uint64{0, 4, 5, 9} {
		for next := s.words.Frame().Load(); next <= epoch; next++ {
			s.publish(t, next)
		}
		f, err := r.Newest()
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Col(copytax.VZ)[100]; f.Epoch != epoch || got != float32(epoch) {
			t.Errorf("got frame %d, which holds %v, want %d", f.Epoch, got, epoch)
		}
		proof, err := hub.Prove(f, s.engine.Frames)
		if err != nil || !proof.Holds() {
			t.Errorf("frame %d does not lie in the hub: %+v (%v)", epoch, proof, err)
		}
		r.Release()
	}
	if got := r.Skipped(); got != 3+3 {
		t.Errorf("%d frames skipped, want 6", got)
	}
}

// A reader that goes, in order or not, gives back its place and its slots.
func TestAttachReaderGivesBackItsPlace(t *testing.T) {
	s := newHosted(t)
	s.writer.Limit = 20 * time.Second // for a loan that nobody gives back
	s.publish(t, 0)
	for epoch := uint64(1); epoch < 40; epoch++ { // more than there are places
		r, err := shm.AttachReader(context.Background(), s.name)
		if err != nil {
			t.Fatalf("reader %d: %v", epoch, err)
		}
		if _, err := r.Newest(); err != nil { // and keeps it
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		s.publish(t, epoch)
	}
}

// The reader's wait ends with the trial.
func TestAttachReaderEndsWithTheTrial(t *testing.T) {
	for name, end := range map[string]func(*hosted){
		"engine leaves": func(s *hosted) { s.words.Leave(copytax.Engine) },
		"kernel leaves": func(s *hosted) { s.kernel.Close() },
		"engine closes": func(s *hosted) { s.engine.Close() },
	} {
		s := newHosted(t)
		r, err := shm.AttachReader(context.Background(), s.name)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() {
			_, err := r.Newest()
			ended <- err
		}()
		end(s)
		select {
		case err := <-ended:
			if !errors.Is(err, hub.ErrClosed) {
				t.Errorf("%s: got %v, want ErrClosed", name, err)
			}
			if lost := errors.Is(err, attach.ErrHostLost); lost != (name == "kernel leaves") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %q, the server lost: %v", name, err, lost)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: the reader waits on", name)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
