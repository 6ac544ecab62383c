//go:build linux

package unix

import (
	"errors"
	"testing"

	"github.com/copytax/copytax"
	links "github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
	"golang.org/x/sys/unix"
)

type noMeter struct{}

func (noMeter) Enter(copytax.Phase) {}

// ends opens all three links of a transport in this process.
func ends(t *testing.T, name string, boids int) (copytax.KernelLink, copytax.EngineLink, copytax.ViewerLink, *copytax.Counters) {
	t.Helper()
	tr := links.New(Carrier(), codectest.Find(t, name))
	env := copytax.Env{
		Config: copytax.Config{Boids: boids, Slots: 3}, Meter: noMeter{}, Counters: &copytax.Counters{},
	}
	w, err := tr.Wire(env.Config)
	if err != nil {
		t.Fatal(err)
	}
	of := func(r copytax.Role) copytax.Env {
		env.Files = w.Files[r]
		return env
	}
	k, errK := tr.OpenKernel(of(copytax.Kernel))
	e, errE := tr.OpenEngine(of(copytax.Engine))
	v, errV := tr.OpenViewer(of(copytax.Viewer))
	if err := errors.Join(errK, errE, errV); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(k.Close(), e.Close(), v.Close()); err != nil {
			t.Error(err)
		}
	})
	return k, e, v, env.Counters
}

// In the raw codec a tick copies nothing in user space and allocates nothing.
// The sockets hold a frame of this size, so that one goroutine can be all three roles.
func TestRawCopiesNoColumnAndAllocatesNothing(t *testing.T) {
	const boids = 1000
	k, e, v, counters := ends(t, "raw", boids)
	world, _, err := hub.Bind(e, boids, 3)
	defer hub.Unmap(world)
	if err != nil {
		t.Fatal(err)
	}
	genome, err := k.LoanGenome()
	if err != nil {
		t.Fatal(err)
	}
	epoch := uint64(0)
	var failed error
	tick := func() {
		failed = errors.Join(failed, makeTick(k, e, v, genome, epoch))
		genome = nil
		epoch++
	}
	tick() // with the genome
	if n := testing.AllocsPerRun(50, tick); n != 0 {
		t.Errorf("a tick allocates %v times, want 0", n)
	}
	if failed != nil {
		t.Fatal(failed)
	}
	// No column is copied in user space; a policy is put into its wire form.
	if n, want := counters.CopiedBytes.Load(), int64(epoch)*copytax.PolicyBytes; n != want {
		t.Errorf("copied %d bytes, want the %d of the policies", n, want)
	}
	layout := zerocopy.Layout{Boids: boids, Slots: 3}
	frame := int64(links.HeaderBytes + layout.FrameBytes())
	want := int64(epoch)*(links.HeaderBytes+copytax.PolicyBytes+2*frame+links.HeaderBytes) + links.HeaderBytes + int64(layout.GenomeBytes())
	if n := counters.WireBytes.Load(); n != want {
		t.Errorf("counted %d bytes on the wire in %d ticks, want %d", n, epoch, want)
	}
}

func makeTick(k copytax.KernelLink, e copytax.EngineLink, v copytax.ViewerLink, g *copytax.Genome, epoch uint64) error {
	loaner, ok := k.(copytax.PolicyLoaner)
	if !ok {
		return errors.New("the kernel lends no policies")
	}
	p := loaner.LoanPolicy(epoch)
	*p = copytax.Policy{Epoch: epoch}
	if err := k.Publish(p, g); err != nil {
		return err
	}
	if _, err := e.AcquirePolicy(epoch); err != nil {
		return err
	}
	f, err := e.LoanFrame(epoch)
	if err != nil {
		return err
	}
	if err := e.PublishFrame(f); err != nil {
		return err
	}
	f, err = k.AcquireFrame(epoch)
	if err != nil {
		return err
	}
	seen, err := v.AcquireFrame(epoch)
	if err != nil {
		return err
	}
	if err := errors.Join(k.ReleaseFrame(f), v.ReleaseFrame(seen)); err != nil {
		return err
	}
	return k.AwaitUsed(epoch)
}

func TestSendBufferIsRaised(t *testing.T) {
	ends, err := pair("test")
	if err != nil {
		t.Fatal(err)
	}
	defer ends[0].Close()
	defer ends[1].Close()
	size, err := unix.GetsockoptInt(int(ends[0].Fd()), unix.SOL_SOCKET, unix.SO_SNDBUF)
	if err != nil {
		t.Fatal(err)
	}
	if size < 64<<10 {
		t.Errorf("a socket holds %d bytes, want at least 64 KiB", size)
	}
}
