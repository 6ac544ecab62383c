// Package socket is a carrier's connections where they are sockets that the supervisor
// made in pairs and the roles inherit: what unix and tcp have in common, so that the
// two differ in nothing but the protocol.
//
// Each role blocks in system calls of its own, on the thread that it keeps: with one
// peer a socket there is nothing to poll for. Measured against Go's network poller,
// between two processes and with 16 to 3,200,000 bytes, that made no difference in CPU
// time beyond the noise, and it leaves nothing to other threads. Reading with
// MSG_WAITALL instead of until all is there was no faster and allocates. In a process
// that has nothing else to run the calls are made past Go's scheduler, as package
// zerocopy does in its waits, so that the two can be compared.
//
// A message goes out by one writev, from where it lies, behind a header of 16 bytes. It
// comes in by one read of the header, which is checked before anything is done about
// it, and reads of the body: in the raw codec into the memory where it belongs, the
// engine's or the consumer's frame, so that no byte is copied in user space; otherwise
// into a buffer that is kept. What the operating system copies, in at the sender and
// out at the receiver, is the price of a socket and is in the Send and Receive phases.
// Start at [Wire] and [Connect].
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

// The pairs of roles that talk to each other. The order of a role's
// descriptors is the order in which its pairs are listed here.
func pairs() [3][2]copytax.Role {
	return [...][2]copytax.Role{
		{copytax.Kernel, copytax.Engine},
		{copytax.Engine, copytax.Viewer},
		{copytax.Viewer, copytax.Kernel},
	}
}

// Wire makes a connection for each two roles. A call of pair returns the ends of a new
// one, which block and must go on to: the mode is shared by all who inherit a
// descriptor. The name is for its errors and files.
func Wire(pair func(name string) ([2]*os.File, error)) (*copytax.Wiring, error) {
	w := &copytax.Wiring{}
	for _, roles := range pairs() {
		ends, err := pair(roles[0].String() + "-" + roles[1].String())
		if err != nil {
			w.Close()
			return nil, err
		}
		for i, role := range roles {
			w.Files[role] = append(w.Files[role], ends[i])
		}
	}
	return w, nil
}

// Connect takes over the descriptors of role, which Wire has made.
func Connect(env copytax.Env, role copytax.Role) (conns [copytax.NumRoles]copytax.Conn, err error) {
	if len(env.Files) != 2 {
		return conns, fmt.Errorf("open %s: inherited %d sockets, want 2", role, len(env.Files))
	}
	next := 0
	for _, roles := range pairs() {
		peer := roles[0]
		switch role {
		case roles[0]:
			peer = roles[1]
		case roles[1]:
		default:
			continue
		}
		if conns[peer], err = newSocket(env.Files[next], env); err != nil {
			return conns, fmt.Errorf("open %s: set timeout of the socket to the %s: %w", role, peer, err)
		}
		next++
	}
	return conns, nil
}

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
