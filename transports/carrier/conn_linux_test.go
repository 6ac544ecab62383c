package carrier

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
)

// connected returns both ends of a stream of package net, as connections.
func connected(t testing.TB) (ours, theirs copytax.Conn, counters *copytax.Counters) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]copytax.Conn
	counters = &copytax.Counters{}
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "test")
		c, err := net.FileConn(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		ends[i] = NewConn(c, counters)
		t.Cleanup(func() { ends[i].Close() })
	}
	return ends[0], ends[1], counters
}

// A message over a stream takes no memory, and its calls and bytes are counted.
func TestConnAllocatesNothing(t *testing.T) {
	ours, theirs, counters := connected(t)
	body, into := make([]byte, 1000), make([]byte, 1000)
	var failed error
	n := testing.AllocsPerRun(50, func() {
		failed = errors.Join(failed, ours.Send(copytax.Header{Kind: copytax.KindFrame, Length: len(body)}, body))
		_, err := theirs.Next()
		failed = errors.Join(failed, err, theirs.Receive(into))
	})
	if n != 0 || failed != nil {
		t.Errorf("a message allocates %v times: %v", n, failed)
	}
	if calls, bytes := counters.Syscalls.Load(), counters.WireBytes.Load(); calls != 51*3 || bytes != 51*(1000+HeaderBytes) {
		t.Errorf("counted %d calls and %d bytes of 51 messages, want one call to write and two to read each", calls, bytes)
	}
}

// A connection says at once whether there is something to read, its end included, and
// that is a call.
func TestConnIsPolled(t *testing.T) {
	ours, theirs, counters := connected(t)
	for _, step := range []struct {
		name string
		do   func() error
		want bool
	}{
		{"nothing sent", func() error { return nil }, false},
		{"a message sent", func() error { return ours.Send(copytax.Header{Kind: copytax.KindWant}, nil) }, true},
		{"read again", func() error { _, err := theirs.Next(); return err }, false},
		{"the peer has gone", ours.Close, true},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		before := counters.Syscalls.Load()
		if got, err := theirs.(copytax.Poller).Pending(); got != step.want || err != nil || counters.Syscalls.Load() != before+1 {
			t.Errorf("%s: got %v, %v and %d calls, want %v and one", step.name, got, err, counters.Syscalls.Load()-before, step.want)
		}
	}
	if _, err := theirs.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("behind the end: got %v, want an unexpected end", err)
	}
	if _, ok := NewConn(stream{}, counters).(copytax.Poller); ok {
		t.Error("a stream that cannot be polled makes a connection that can")
	}
}

// A peer that dies with bytes unread resets a TCP connection: it has gone, too.
func TestConnIsReset(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, errA := net.Dial("tcp", l.Addr().String())
	b, errB := l.Accept()
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	ours, theirs := NewConn(a, &copytax.Counters{}), NewConn(b, &copytax.Counters{})
	if err := ours.Send(copytax.Header{Kind: copytax.KindUsed}, nil); err != nil {
		t.Fatal(err)
	}
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want an unexpected end", err)
	}
	if err := ours.Close(); err != nil {
		t.Error(err)
	}
}
