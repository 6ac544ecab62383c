package socket

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
)

// connect returns both ends of a connection between kernel and engine.
func connect(t *testing.T) (kernel, engine *socket) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	side := func(fd int) *socket {
		s, err := newSocket(os.NewFile(uintptr(fd), "test"), copytax.Env{Counters: &copytax.Counters{}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	return side(fds[0]), side(fds[1])
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
	go func() { sent <- k.Send(copytax.Header{Kind: copytax.KindFrame, Number: 5, Length: len(want)}, want) }()
	h, err := e.Next()
	if err != nil {
		t.Fatal(err)
	}
	if h.Kind != copytax.KindFrame || h.Number != 5 || h.Length != len(want) {
		t.Fatalf("got %+v", h)
	}
	got := make([]byte, h.Length)
	if err := e.Receive(got); err != nil {
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
	if n := k.counters.WireBytes.Load(); n != int64(carrier.HeaderBytes+len(want)) {
		t.Errorf("counted %d bytes on the wire, want %d", n, carrier.HeaderBytes+len(want))
	}
}

func TestPeerGoesAway(t *testing.T) {
	k, e := connect(t)
	if err := k.write([]byte("half a hea"), nil); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Next(); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "it went away") {
		t.Errorf("got error %v, want that it went away", err)
	}
	if err := e.Send(copytax.Header{Kind: copytax.KindPolicy, Number: 1}, nil); !errors.Is(err, unix.EPIPE) {
		t.Errorf("got error %v, want EPIPE", err)
	}
}

// A connection says at once whether there is something to read, its end included.
func TestPending(t *testing.T) {
	k, e := connect(t)
	for _, step := range []struct {
		name string
		do   func() error
		want bool
	}{
		{"nothing sent", func() error { return nil }, false},
		{"a message sent", func() error { return k.Send(copytax.Header{Kind: copytax.KindWant}, nil) }, true},
		{"read again", func() error { _, err := e.Next(); return err }, false},
		{"the peer has gone", k.Close, true},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got, err := e.Pending(); got != step.want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", step.name, got, err, step.want)
		}
	}
}
