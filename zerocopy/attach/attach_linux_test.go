package attach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
	"github.com/copytax/copytax/zerocopy/internal/hostile"
)

const (
	enginePlace = Place(copytax.Engine)
	viewerPlace = Place(copytax.Viewer)
)

func testLayout() zerocopy.Layout { return zerocopy.Layout{Boids: 101, Slots: 3} }

// A served hub is one whose kernel is the test.
type served struct {
	*Server
	Hosting
	writer *hub.Writer // once sealFrames was called
}

// serve starts a server at name on a fresh hub, whose orders are mapped.
func serve(t testing.TB, name string) *served {
	t.Helper()
	h := newHosting(t)
	socket, err := Listen(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Serve(socket, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &served{Server: s, Hosting: h}
}

// newHosting returns a fresh hub, whose orders are mapped and whose frames are
// not. It is undone at the end of the test.
func newHosting(t testing.TB) Hosting {
	t.Helper()
	l := testLayout()
	h := Hosting{Layout: l, Place: Place(copytax.Kernel)}
	for kind, file := range map[zerocopy.Kind]**os.File{
		zerocopy.Control: &h.Control, zerocopy.Orders: &h.Orders, zerocopy.Frames: &h.Frames,
	} {
		f, err := hub.Create(kind, l)
		if err != nil {
			t.Fatal(err)
		}
		*file = f
		t.Cleanup(func() { f.Close() })
	}
	page := mapped(t, h.Control, zerocopy.Control, l)
	mapped(t, h.Orders, zerocopy.Orders, l)
	var err error
	if h.Words, err = hub.NewWords(page); err != nil {
		t.Fatal(err)
	}
	return h
}

// mapped maps a region for writing, and seals it, until the end of the test.
func mapped(t testing.TB, file *os.File, k zerocopy.Kind, l zerocopy.Layout) []byte {
	t.Helper()
	mem, err := hub.MapWritable(file, k, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hub.Unmap(mem) })
	return mem
}

// sealFrames does what the engine does: it maps the frames and seals them.
func (s *served) sealFrames(t testing.TB) []byte {
	t.Helper()
	w, err := hub.NewWriter(s.Words, s.Layout.Slots)
	if err != nil {
		t.Fatal(err)
	}
	s.writer = w
	return mapped(t, s.Frames, zerocopy.Frames, s.Layout)
}

// publish publishes the frame of epoch.
func (s *served) publish(t testing.TB, epoch uint64) {
	t.Helper()
	slot, err := s.writer.Loan()
	if err != nil {
		t.Fatal(err)
	}
	s.writer.Publish(slot, epoch)
}

// soon is a bound on what must not hang.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func attach(t testing.TB, name string, place Place) *Client {
	t.Helper()
	a, err := Dial(soon(t), name, Want{Place: place})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// eventually polls until ok returns true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}

func TestAttachedGetsItsRegions(t *testing.T) {
	s := serve(t, "")
	a := attach(t, s.Name(), enginePlace)
	if a.Layout != s.Layout || a.Place != enginePlace || a.Orders == nil {
		t.Errorf("engine got place %v, layout %v, orders %v", a.Place, a.Layout, a.Orders)
	}
	if mem, err := hub.MapWritable(a.Orders, zerocopy.Orders, a.Layout); err == nil {
		hub.Unmap(mem)
		t.Error("the engine could map the kernel's orders for writing")
	}
	mem := mapped(t, a.Frames, zerocopy.Frames, a.Layout) // which seals them
	v := attach(t, s.Name(), viewerPlace)
	if v.Orders != nil {
		t.Error("the viewer was given the orders")
	}
	seen, err := hub.MapReadOnly(v.Frames, zerocopy.Frames, v.Layout)
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Unmap(seen)
	mem[len(mem)-1] = 42
	if got := seen[len(seen)-1]; got != 42 {
		t.Errorf("the viewer sees %d where the engine wrote 42", got)
	}
}

// A reader cannot write to a frame, whatever it does with its descriptor.
func TestAttachedReaderCannotWrite(t *testing.T) {
	s := serve(t, "")
	s.sealFrames(t)
	a := attach(t, s.Name(), AnyReader)
	again, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", a.Frames.Fd()), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for name, f := range map[string]*os.File{"its descriptor": a.Frames, "its descriptor, opened again": again} {
		if mem, err := unix.Mmap(int(f.Fd()), 0, zerocopy.PageBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
			unix.Munmap(mem)
			t.Errorf("%s can be mapped for writing", name)
		}
		mem, err := unix.Mmap(int(f.Fd()), 0, zerocopy.PageBytes, unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			t.Fatal(err)
		}
		if unix.Mprotect(mem, unix.PROT_READ|unix.PROT_WRITE) == nil {
			t.Errorf("a mapping of %s can be made writable", name)
		}
		unix.Munmap(mem)
		if _, err := f.WriteAt([]byte{1}, 0); err == nil {
			t.Errorf("%s can be written to", name)
		}
		if f.Truncate(0) == nil {
			t.Errorf("%s can be truncated", name)
		}
		if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE); err == nil {
			t.Errorf("%s can be sealed against its own writer", name)
		}
	}
}

// Nobody but the engine gets the frames before they are sealed, and those who
// wait for that do not keep the engine out.
func TestReadersWaitForTheSeal(t *testing.T) {
	s := serve(t, "")
	const waiting = int(places - FirstReader)
	ends := make(chan error, waiting)
	for range waiting {
		go func() {
			a, err := Dial(soon(t), s.Name(), Want{Place: AnyReader})
			if err == nil {
				err = a.Close()
			}
			ends <- err
		}()
	}
	eventually(t, "all places taken", func() bool { return s.isTaken(places - 1) })
	e := attach(t, s.Name(), enginePlace)
	select {
	case err := <-ends:
		t.Fatalf("a reader did not wait for the seal: %v", err)
	default:
	}
	mapped(t, e.Frames, zerocopy.Frames, e.Layout)
	for range waiting {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
}

func TestPlacesAreLimited(t *testing.T) {
	s := serve(t, "")
	s.sealFrames(t)
	seen := map[Place]bool{}
	var last *Client
	for range places - FirstReader {
		last = attach(t, s.Name(), AnyReader)
		if last.Place < FirstReader || seen[last.Place] {
			t.Fatalf("%v was given twice, or to a further reader", last.Place)
		}
		seen[last.Place] = true
	}
	_, err := Dial(soon(t), s.Name(), Want{Place: AnyReader})
	if err == nil || !strings.Contains(err.Error(), "all 13 places for further readers are taken") {
		t.Errorf("got %v, want a refusal that says what is full", err)
	}
	last.Close()
	eventually(t, "the place of the one that left", func() bool {
		a, err := Dial(soon(t), s.Name(), Want{Place: AnyReader})
		if err == nil {
			t.Cleanup(func() { a.Close() })
		}
		return err == nil && a.Place == last.Place
	})
}

func TestAttachRefuses(t *testing.T) {
	s := serve(t, "")
	s.sealFrames(t)
	attach(t, s.Name(), viewerPlace)
	other := testLayout()
	other.Boids++
	for name, c := range map[string]struct {
		want Want
		say  string
	}{
		"the server's own": {Want{Place: Place(copytax.Kernel)}, "the place of kernel is taken"},
		"a filled role":    {Want{Place: viewerPlace}, "the place of viewer is taken"},
		"no place":         {Want{Place: places}, "want 0 to 15"},
		"another layout":   {Want{Place: AnyReader, Layout: other}, "102"},
	} {
		a, err := Dial(soon(t), s.Name(), c.want)
		if err == nil {
			a.Close()
			t.Errorf("%s: attached", name)
		} else if !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %q does not say %q", name, err, c.say)
		}
	}
	if _, err := Dial(soon(t), "@copytax-nobody-is-here", Want{}); !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("nobody there: got %v", err)
	}
}

// pair returns both ends of a connection such as Dial makes.
func pair(t testing.TB) (a, b *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var conns [2]*net.UnixConn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "pair")
		c, err := net.FileConn(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = c.(*net.UnixConn)
	}
	return conns[0], conns[1]
}

// answer says raw bytes to a server and returns what it answers.
func answer(t testing.TB, s *Server, msg []byte, fds ...int) (reply []byte, files []*os.File, err error) {
	t.Helper()
	ours, theirs := pair(t)
	defer ours.Close()
	s.pending <- struct{}{}
	s.group.Go(func() { s.attend(theirs) })
	switch { // an error shows in the answer
	case len(fds) > 0:
		ours.WriteMsgUnix(msg, unix.UnixRights(fds...), nil)
	case msg != nil:
		ours.Write(msg)
	}
	ours.SetDeadline(time.Now().Add(20 * time.Second))
	return receive(ours)
}

func TestServerRefusesStrangeHellos(t *testing.T) {
	s := serve(t, "")
	s.sealFrames(t)
	hello := greeting{kind: greetHello, place: AnyReader}.encode()
	changed := func(at int, v byte) []byte {
		b := append([]byte(nil), hello...)
		b[at] = v
		return b
	}
	for name, c := range map[string]struct {
		msg []byte
		fds []int
		say string // "" where the connection just ends
	}{
		"nothing at all":       {[]byte{}, nil, ""},
		"a word":               {[]byte("GET / HTTP/1.1"), nil, "greeting of 14 bytes"},
		"another magic":        {changed(0, 0), nil, "no hub of copytax"},
		"another version":      {changed(8, 77), nil, "version 77"},
		"a welcome":            {changed(12, byte(greetWelcome)), nil, "kind 2"},
		"a hash and no layout": {changed(32, 1), nil, "slots"},
		"more than a hello":    {append(hello, 1), nil, "65 bytes"},
		"too much":             {make([]byte, 4096), nil, ""},
		"a descriptor":         {hello, []int{int(s.Frames.Fd())}, "brings no descriptors"},
		"many descriptors":     {hello, []int{0, 1, 2, 0, 1, 2, 0, 1}, ""},
	} {
		reply, files, err := answer(t, s.Server, c.msg, c.fds...)
		if len(files) > 0 {
			closeAll(files)
			t.Errorf("%s: got %d descriptors", name, len(files))
		}
		if c.say == "" {
			if err == nil {
				t.Errorf("%s: got an answer", name)
			}
			continue
		}
		g, failed := decodeGreeting(reply, greetWelcome)
		if err != nil || failed != nil || g.kind != greetRefusal || !strings.Contains(g.reason, c.say) {
			t.Errorf("%s: got kind %d, %q (%v, %v), want a refusal that says %q", name, g.kind, g.reason, err, failed, c.say)
		}
	}
}

// A peer that says nothing does not keep its place in the queue.
func TestServerDoesNotWaitForTheSilent(t *testing.T) {
	s := serve(t, "")
	s.sealFrames(t)
	s.Server.Close()
	s.Server = newServer(s.Hosting)
	s.patience = 10 * time.Millisecond
	if _, _, err := answer(t, s.Server, nil); err == nil {
		t.Error("a peer that said nothing got an answer")
	}
	s.group.Wait()
	if len(s.pending) != 0 || len(s.conns) != 0 {
		t.Errorf("%d hellos pending, %d connections, want none", len(s.pending), len(s.conns))
	}
	s.listener, _ = net.Listen("unixpacket", "") // for the Close of the clean-up
}

// A server that is not what it should be gets no hub mapped.
func TestJoinRefusesStrangeWelcomes(t *testing.T) {
	h := newHosting(t)
	l := h.Layout
	open := hostile.Region(t, nil, int64(l.FramesBytes()), 0)
	defer open.Close()
	unready, err := hub.Create(zerocopy.Frames, l)
	if err != nil {
		t.Fatal(err)
	}
	defer unready.Close()
	mapped(t, h.Frames, zerocopy.Frames, l)
	hash := l.Hash()
	good := greeting{kind: greetWelcome, place: FirstReader, host: Place(copytax.Kernel), hash: hash, layout: l}
	files := []*os.File{h.Control, h.Frames}
	for name, c := range map[string]struct {
		change func(*greeting)
		files  []*os.File
		say    string
	}{
		"good":                 {func(*greeting) {}, files, ""},
		"another hash":         {func(g *greeting) { g.hash++ }, files, "hash"},
		"another layout":       {func(g *greeting) { g.layout.Boids, g.hash = 102, zerocopy.Layout{Boids: 102, Slots: 3}.Hash() }, files, "header"},
		"an absurd layout":     {func(g *greeting) { g.layout.Boids = -1 }, files, "boids"},
		"a huge layout":        {func(g *greeting) { g.layout.Slots = 1 << 40 }, files, "slots"},
		"a role":               {func(g *greeting) { g.place = viewerPlace }, files, "asked for"},
		"its own place":        {func(g *greeting) { g.host = FirstReader }, files, "role"},
		"a hello":              {func(g *greeting) { g.kind = greetHello }, files, "kind"},
		"a refusal":            {func(g *greeting) { g.kind, g.reason = greetRefusal, "no\x1b[31m" }, nil, "refused: no?[31m"},
		"no descriptor":        {func(*greeting) {}, nil, "0 descriptors"},
		"one descriptor":       {func(*greeting) {}, files[:1], "1 descriptors"},
		"three descriptors":    {func(*greeting) {}, []*os.File{h.Control, h.Frames, h.Orders}, "3 descriptors"},
		"descriptors swapped":  {func(*greeting) {}, []*os.File{h.Frames, h.Control}, "region"},
		"an unsealed memfd":    {func(*greeting) {}, []*os.File{h.Control, open}, "seals"},
		"frames anyone writes": {func(*greeting) {}, []*os.File{h.Control, unready}, "not sealed against other writers"},
		"standard input":       {func(*greeting) {}, []*os.File{h.Control, os.Stdin}, "sealable"},
	} {
		g := good
		c.change(&g)
		a, err := joinAgainst(t, g.encode(), c.files, Want{Place: AnyReader})
		if a != nil {
			a.Close()
		}
		if c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
			t.Errorf("%s: got %v, want %q", name, err, c.say)
		}
	}
}

// joinAgainst joins a server that answers whatever is asked with msg and files.
func joinAgainst(t testing.TB, msg []byte, files []*os.File, want Want) (*Client, error) {
	t.Helper()
	ours, theirs := pair(t)
	defer theirs.Close()
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	theirs.WriteMsgUnix(msg, unix.UnixRights(fds...), nil) // what cannot be sent is not received
	ours.SetDeadline(time.Now().Add(20 * time.Second))
	theirs.CloseWrite() // so that a message that was not sent is an end, not a wait
	a, err := join(ours, want)
	if err != nil {
		ours.Close()
	}
	return a, err
}

// Whatever happens, both sides give back what they were sent.
func TestAttachLeaksNoDescriptor(t *testing.T) {
	count := func() int {
		names, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	h := newHosting(t)
	mapped(t, h.Frames, zerocopy.Frames, h.Layout)
	round := func() {
		socket, err := Listen("")
		if err != nil {
			t.Fatal(err)
		}
		s, err := Serve(socket, h)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []Place{AnyReader, viewerPlace, enginePlace, 0} {
			if a, err := Dial(soon(t), s.Name(), Want{Place: want}); err == nil {
				a.Guard(h.Words)
				a.Close()
			}
		}
		answer(t, s, greeting{kind: greetHello}.encode(), 0, 1, 2, 0, 1, 2)
		joinAgainst(t, greeting{kind: greetWelcome}.encode(), []*os.File{h.Control, h.Frames, h.Orders, h.Control}, Want{})
		s.Close()
	}
	round() // lets the runtime open what it keeps for good
	before := count()
	for range 5 {
		round()
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors after five rounds, %d before", after, before)
	}
}

func (s *Server) isTaken(p Place) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken[p]
}
