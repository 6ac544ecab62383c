package attach

import (
	"encoding/binary"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
	"github.com/copytax/copytax/zerocopy/internal/hostile"
)

// FuzzGreeting decodes any message. One that is accepted says what it was
// encoded from, and only what a greeting can say.
func FuzzGreeting(f *testing.F) {
	l := testLayout()
	for _, g := range []greeting{
		{kind: greetHello, place: AnyReader},
		{kind: greetHello, place: viewerPlace, hash: l.Hash(), layout: l},
		{kind: greetWelcome, place: FirstReader, hash: l.Hash(), layout: l},
		{kind: greetRefusal, reason: "all 13 places for further readers are taken"},
	} {
		f.Add(g.encode(), false)
		f.Add(g.encode(), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, welcome bool) {
		want := greetHello
		if welcome {
			want = greetWelcome
		}
		g, err := decodeGreeting(b, want)
		if err != nil {
			return
		}
		if g.kind == greetRefusal {
			for _, r := range g.reason {
				if r != printable(r) {
					t.Errorf("the reason %q steers a terminal", g.reason)
				}
			}
			return
		}
		if g.kind != want || g.host < 0 || g.host >= FirstReader || g.place < AnyReader || g.place >= places {
			t.Errorf("accepted %+v", g)
		}
		if g.hash == 0 {
			return // whatever layout is behind it
		}
		if err := g.layout.Check(); err != nil || g.layout.Hash() != g.hash {
			t.Errorf("accepted %+v: %v", g, err)
		}
		if string(g.encode()) != string(b) {
			t.Errorf("%x became %x", b, g.encode())
		}
	})
}

// firstFree returns the lowest free descriptor, which a leak would raise.
func firstFree(t testing.TB) int {
	fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	return fd
}

// FuzzHello has a stranger say anything to a server, with any descriptors.
// It gets a place only by a valid hello, and leaves nothing behind.
func FuzzHello(f *testing.F) {
	h := newHosting(f)
	mapped(f, h.Frames, zerocopy.Frames, h.Layout)
	strange := fileList(f, h)
	good := greeting{kind: greetHello, place: AnyReader}
	exact := greeting{kind: greetHello, place: FirstReader + 2, hash: h.Layout.Hash(), layout: h.Layout}
	role := greeting{kind: greetHello, place: enginePlace}
	for _, msg := range [][]byte{good.encode(), exact.encode(), role.encode(), good.encode()[:63], {}, make([]byte, maxGreeting+2)} {
		f.Add(msg, []byte(nil))
		f.Add(msg, []byte{0})
		f.Add(msg, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	}
	f.Fuzz(func(t *testing.T, msg, which []byte) {
		before := firstFree(t)
		s := newServer(h)
		ours, theirs := pair(t)
		s.pending <- struct{}{}
		s.group.Go(func() { s.attend(theirs) })
		say(ours, msg, pick(strange, which))
		ours.SetDeadline(time.Now().Add(20 * time.Second))
		reply, files, err := receive(ours)
		g, wrong := decodeGreeting(reply, greetWelcome)
		hello, invalid := decodeGreeting(msg, greetHello)
		valid := invalid == nil && len(which) == 0 && hello.place != Place(copytax.Kernel) &&
			(hello.hash == 0 || hello.layout == h.Layout)
		welcomed := err == nil && wrong == nil && g.kind == greetWelcome
		if welcomed != valid {
			t.Errorf("hello %x with %d descriptors: welcomed %v (%v), valid %v (%v)", msg, len(which), welcomed, err, valid, invalid)
		}
		if welcomed && len(files) != len(g.place.regions()) || !welcomed && len(files) > 0 {
			t.Errorf("%d descriptors came with kind %d for %v", len(files), g.kind, g.place)
		}
		closeAll(files)
		ours.Close()
		s.group.Wait() // a server that hangs on a stranger does not get here
		if len(s.conns) != 0 || len(s.pending) != 0 {
			t.Errorf("%d connections, %d hellos pending, want none", len(s.conns), len(s.pending))
		}
		if after := firstFree(t); after != before {
			t.Errorf("descriptor %d is taken, which was free before", before)
		}
	})
}

// say sends msg and descriptors, and then nothing more. What cannot be sent is
// not received.
func say(conn *net.UnixConn, msg []byte, files []*os.File) {
	if len(files) == 0 {
		conn.Write(msg)
	} else {
		var fds []int
		for _, f := range files {
			fds = append(fds, int(f.Fd()))
		}
		conn.WriteMsgUnix(msg, unix.UnixRights(fds...), nil)
	}
	conn.CloseWrite()
}

// fileList returns descriptors of every kind, those of the hub first.
func fileList(t testing.TB, h Hosting) []*os.File {
	t.Helper()
	l := h.Layout
	const sealed = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
	header := l.Header(zerocopy.Frames)
	other := append([]byte(nil), header...)
	binary.LittleEndian.PutUint64(other[16:], l.Hash()+1)
	list := []*os.File{
		h.Control, h.Frames, h.Orders,
		hostile.Region(t, header, int64(l.FramesBytes()), sealed), // anybody may write
		hostile.Region(t, header, int64(l.FramesBytes()), 0),      // may shrink
		hostile.Region(t, header, 40, sealed),                     // too short
		hostile.Region(t, header, 1<<40, sealed),                  // too long
		hostile.Region(t, other, int64(l.FramesBytes()), sealed|unix.F_SEAL_FUTURE_WRITE|unix.F_SEAL_SEAL),
		hostile.Region(t, header, int64(l.FramesBytes()), sealed|unix.F_SEAL_FUTURE_WRITE|unix.F_SEAL_SEAL), // as good as ours
	}
	for _, f := range list[3:] {
		t.Cleanup(func() { f.Close() })
	}
	strange := hostile.Files(t)
	for _, name := range []string{
		"a directory", "the null device", "endless zeroes", "memory itself", "a pipe's end", "a pipe's start", "a socket", "an epoll",
	} {
		list = append(list, strange[name])
	}
	return list
}

// pick returns the files that the bytes of which name, at most 16.
func pick(files []*os.File, which []byte) (picked []*os.File) {
	for _, i := range which[:min(len(which), 16)] {
		picked = append(picked, files[int(i)%len(files)])
	}
	return picked
}

// FuzzWelcome has a stranger answer anything to one that joins, with any
// descriptors. It joins only a hub of the layout that is said, sealed as it
// should be, and leaves nothing behind where it does not.
func FuzzWelcome(f *testing.F) {
	h := newHosting(f)
	mapped(f, h.Frames, zerocopy.Frames, h.Layout)
	files := fileList(f, h)
	good := greeting{kind: greetWelcome, place: FirstReader, hash: h.Layout.Hash(), layout: h.Layout}
	role := good
	role.place = enginePlace
	refusal := greeting{kind: greetRefusal, reason: "no\x1b[2J"}
	for _, msg := range [][]byte{good.encode(), role.encode(), refusal.encode(), good.encode()[:63], {}, make([]byte, maxGreeting+2)} {
		for _, which := range [][]byte{nil, {0, 1}, {1, 0}, {0, 3}, {0, 4}, {0, 8}, {0, 9}, {0, 2, 1}, {0, 1, 2, 3, 4, 5}} {
			f.Add(msg, which, int8(AnyReader), true)
			f.Add(msg, which, int8(enginePlace), false)
		}
	}
	f.Fuzz(func(t *testing.T, msg, which []byte, place int8, anyLayout bool) {
		before := firstFree(t)
		want := Want{Place: Place(place), Layout: h.Layout}
		if anyLayout {
			want.Layout = zerocopy.Layout{}
		}
		ours, theirs := pair(t)
		say(theirs, msg, pick(files, which))
		ours.SetDeadline(time.Now().Add(20 * time.Second))
		a, err := join(ours, want)
		if err == nil {
			checkJoined(t, a, want)
			a.Close()
		}
		ours.Close()
		theirs.Close()
		if after := firstFree(t); after != before {
			t.Errorf("descriptor %d is taken, which was free before (%v)", before, err)
		}
	})
}

// checkJoined maps what an attachment was given.
func checkJoined(t *testing.T, a *Client, want Want) {
	t.Helper()
	if want.Layout != (zerocopy.Layout{}) && a.Layout != want.Layout || want.Place != AnyReader && a.Place != want.Place {
		t.Errorf("wanted %+v, got %v of %v", want, a.Place, a.Layout)
	}
	for k, file := range map[zerocopy.Kind]*os.File{zerocopy.Control: a.Control, zerocopy.Orders: a.Orders, zerocopy.Frames: a.Frames} {
		if file == nil && k == zerocopy.Orders && a.Place != enginePlace {
			continue
		}
		mem, err := hub.MapReadOnly(file, k, a.Layout)
		if err != nil {
			t.Fatalf("%v region of an attachment: %v", k, err)
		}
		hub.Unmap(mem)
	}
}
