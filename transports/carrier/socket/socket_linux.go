package socket

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
)

// A socket is one end of a connection.
type socket struct {
	file     *os.File // owns fd
	fd       int
	caller   caller
	counters *copytax.Counters
	out, in  [carrier.HeaderBytes]byte
	parts    [2][]byte // of the message being sent
}

var (
	_ copytax.Conn   = (*socket)(nil)
	_ copytax.Poller = (*socket)(nil)
)

func newSocket(f *os.File, env copytax.Env) (*socket, error) {
	s := &socket{file: f, fd: int(f.Fd()), caller: caller{raw: env.Alone}, counters: env.Counters}
	return s, s.limitSleep()
}

// longestSleep is how long a call may block before the runtime gets a look at
// its goroutine. A signal of the runtime ends it sooner.
const longestSleep = 100 * time.Millisecond

// limitSleep gives reads and writes a timeout, behind which they are repeated.
func (s *socket) limitSleep() error {
	tv := unix.NsecToTimeval(longestSleep.Nanoseconds())
	for _, option := range []int{unix.SO_RCVTIMEO, unix.SO_SNDTIMEO} {
		if err := unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, option, &tv); err != nil {
			return err
		}
	}
	return nil
}

// Send implements copytax.Conn: the body is written from where it lies.
func (s *socket) Send(h copytax.Header, body []byte) error {
	if err := carrier.PutHeader(&s.out, h); err != nil {
		return err
	}
	s.counters.WireBytes.Add(int64(len(s.out) + len(body)))
	return s.write(s.out[:], body)
}

// write writes both parts, in one system call unless the socket is full.
func (s *socket) write(head, body []byte) error {
	for len(head)+len(body) > 0 {
		s.parts = [2][]byte{head, body}
		n, errno := s.caller.writev(s.fd, &s.parts)
		s.counters.Syscalls.Add(1)
		if again(errno) {
			continue
		}
		if errno != 0 {
			return gone(errno)
		}
		first := min(n, len(head))
		head, body = head[first:], body[n-first:]
	}
	return nil
}

// Next implements copytax.Conn.
func (s *socket) Next() (copytax.Header, error) {
	if err := s.Receive(s.in[:]); err != nil {
		return copytax.Header{}, err
	}
	return carrier.ParseHeader(&s.in)
}

// Pending implements copytax.Poller.
func (s *socket) Pending() (bool, error) {
	s.counters.Syscalls.Add(1)
	return carrier.Readable(s.fd)
}

// Receive implements copytax.Conn.
func (s *socket) Receive(p []byte) error {
	for got := 0; got < len(p); {
		n, errno := s.caller.read(s.fd, p[got:])
		s.counters.Syscalls.Add(1)
		if again(errno) {
			continue
		}
		if errno != 0 {
			return gone(errno)
		}
		if n == 0 {
			return fmt.Errorf("it went away, %d of %d bytes read: %w", got, len(p), io.ErrUnexpectedEOF)
		}
		got += n
	}
	return nil
}

// gone explains the errors of a connection whose other end has been closed.
func gone(err error) error {
	if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) {
		return fmt.Errorf("it went away: %w (%w)", io.ErrUnexpectedEOF, err)
	}
	return err
}

// Close ends the connection for the peer even if some process still holds a
// duplicate of the descriptor. It is safe to call twice.
func (s *socket) Close() error {
	if s.file == nil {
		return nil
	}
	err := unix.Shutdown(s.fd, unix.SHUT_RDWR)
	if errors.Is(err, unix.ENOTCONN) {
		err = nil // the peer was faster
	}
	err = errors.Join(err, s.file.Close())
	s.file, s.fd = nil, -1
	return err
}

// RaiseBuffer asks for a send buffer of so many bytes, beyond the system's limit where
// the process may. A Unix socket has no receive buffer: what was sent and not yet read
// counts against the sender's, with the system's own bookkeeping, for which it doubles
// what it is asked for. Without privileges net.core.wmem_max is the limit.
func RaiseBuffer(f *os.File, bytes int) error {
	fd := int(f.Fd())
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, bytes) == nil {
		return nil
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, bytes)
}

// Block has calls on the file block.
func Block(f *os.File) error { return unix.SetNonblock(int(f.Fd()), false) }
