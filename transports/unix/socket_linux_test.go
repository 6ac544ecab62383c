package unix

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

type noMeter struct{}

func (noMeter) Enter(copytax.Phase) {}

// connect returns both ends of a connection between kernel and engine.
func connect(t *testing.T) (kernel, engine *socket) {
	t.Helper()
	ends, err := socketPair("test")
	if err != nil {
		t.Fatal(err)
	}
	side := func(i int, peer copytax.Role) *socket {
		s := &socket{peer: peer, file: ends[i], fd: int(ends[i].Fd()), meter: noMeter{}, counters: &copytax.Counters{}}
		t.Cleanup(func() {
			if err := s.close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	return side(0, copytax.Engine), side(1, copytax.Kernel)
}

func TestHeaderRoundTrip(t *testing.T) {
	want := header{frameMessage, 1 << 31, math.MaxUint64 - 1}
	var b [headerBytes]byte
	want.put(&b)
	if got := parseHeader(&b); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestHeaderCheck(t *testing.T) {
	for _, c := range []struct {
		h    header
		want string // in the error; empty for none
	}{
		{header{frameMessage, 100, 7}, ""},
		{header{policyMessage, 100, 7}, "got policy 7, want frame 7"},
		{header{frameMessage, 100, 8}, "got frame 8, want frame 7"},
		{header{frameMessage, 9, 7}, "body of 9 bytes, want 10 to 200"},
		{header{frameMessage, 201, 7}, "body of 201 bytes"},
		{header{frameMessage, math.MaxUint32, 7}, "body of 4294967295 bytes"},
		{header{0, 100, 7}, "got kind 0 7"},
		{header{99, 100, 7}, "got kind 99 7"},
	} {
		err := c.h.check(frameMessage, 7, 10, 200)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got error %v, want %q", c.h, err, c.want)
		}
	}
}

// FuzzHeader feeds a consumer any header: it must take the one that is due and
// make no room for any other.
func FuzzHeader(f *testing.F) {
	f.Add(make([]byte, headerBytes))
	f.Add(bytes.Repeat([]byte{0xff}, headerBytes))
	var good [headerBytes]byte
	header{frameMessage, 128, 0}.put(&good)
	f.Add(good[:])
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != headerBytes {
			return
		}
		h := parseHeader((*[headerBytes]byte)(b))
		err := h.check(frameMessage, 0, 128, 128)
		if want := h == (header{frameMessage, 128, 0}); (err == nil) != want {
			t.Errorf("%+v: got error %v, want acceptance to be %v", h, err, want)
		}
		var again [headerBytes]byte
		h.put(&again)
		if !bytes.Equal(again[:], b) {
			t.Errorf("got %x after a round trip, want %x", again, b)
		}
	})
}

// A message that fits no buffer goes out and comes in by parts.
func TestPartialWritesAndReads(t *testing.T) {
	k, e := connect(t)
	if err := unix.SetsockoptInt(k.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 4096); err != nil {
		t.Fatal(err)
	}
	want := make([]byte, 1<<20+13)
	for i := range want {
		want[i] = byte(i * 7 >> 3)
	}
	sent := make(chan error, 1)
	go func() { sent <- k.send(frameMessage, 5, want) }()
	h, err := e.await()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.check(frameMessage, 5, len(want), len(want)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, h.length)
	if err := e.receive(got); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the body arrived changed")
	}
	if n := e.counters.Syscalls.Load(); n < 3 {
		t.Errorf("%d reads of a body that fits no buffer, want more", n)
	}
	if n := k.counters.WireBytes.Load(); n != int64(headerBytes+len(want)) {
		t.Errorf("counted %d bytes on the wire, want %d", n, headerBytes+len(want))
	}
}

func TestPeerGoesAway(t *testing.T) {
	k, e := connect(t)
	if err := k.write([]byte("half a hea"), nil); err != nil {
		t.Fatal(err)
	}
	if err := k.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.await(); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "the kernel went away") {
		t.Errorf("got error %v, want that the kernel went away", err)
	}
	if err := e.send(policyMessage, 1, nil); !errors.Is(err, unix.EPIPE) {
		t.Errorf("got error %v, want EPIPE", err)
	}
}

// An absurd length is refused before there is room for it.
func TestAbsurdLength(t *testing.T) {
	for _, name := range []string{"raw", "json"} {
		k, e := connect(t)
		env := copytax.Env{Config: copytax.Config{Boids: 4}, Meter: noMeter{}, Counters: &copytax.Counters{}}
		l := &link{env: env, codec: codec.Charge(codectest.Find(t, name), env), sockets: map[copytax.Role]*socket{copytax.Engine: e}}
		c := newConsumer(l)
		var head [headerBytes]byte
		header{frameMessage, math.MaxUint32, 0}.put(&head)
		if err := k.write(head[:], nil); err != nil {
			t.Fatal(err)
		}
		_, err := c.AcquireFrame(0)
		if err == nil || !strings.Contains(err.Error(), "body of 4294967295 bytes") {
			t.Errorf("%s: got error %v, want one about the length", name, err)
		}
		if cap(l.buf) != 0 {
			t.Errorf("%s: made room for %d bytes", name, cap(l.buf))
		}
	}
}

// ends opens all three links of a transport in this process.
func ends(t *testing.T, name string, boids int) (copytax.KernelLink, copytax.EngineLink, copytax.ViewerLink, *copytax.Counters) {
	t.Helper()
	tr := transport{codectest.Find(t, name)}
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
	world, _, err := carrier.Bind(e, boids, 3)
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
	frame := int64(headerBytes + layout.FrameBytes())
	want := int64(epoch)*(headerBytes+copytax.PolicyBytes+2*frame+headerBytes) + headerBytes + int64(layout.GenomeBytes())
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
	k, _ := connect(t)
	size, err := unix.GetsockoptInt(k.fd, unix.SOL_SOCKET, unix.SO_SNDBUF)
	if err != nil {
		t.Fatal(err)
	}
	if size < 64<<10 {
		t.Errorf("a socket holds %d bytes, want at least 64 KiB", size)
	}
}
