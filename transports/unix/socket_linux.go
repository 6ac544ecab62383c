package unix

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
)

// A socket is one end of a connection. Its methods leave the meter in the
// phase that they entered.
type socket struct {
	peer     copytax.Role // at the other end
	file     *os.File     // owns fd
	fd       int
	caller   caller
	meter    copytax.Meter
	counters *copytax.Counters
	out, in  [headerBytes]byte
	parts    [2][]byte // of the message being sent
}

// open takes over the descriptors of role.
func open(env copytax.Env, role copytax.Role) (map[copytax.Role]*socket, error) {
	sockets := map[copytax.Role]*socket{}
	i := 0
	for _, roles := range pairs() {
		peer := roles[0]
		switch role {
		case roles[0]:
			peer = roles[1]
		case roles[1]:
		default:
			continue
		}
		if i >= len(env.Files) {
			return nil, fmt.Errorf("open %s: inherited %d sockets, want 2", role, len(env.Files))
		}
		f := env.Files[i]
		s := &socket{
			peer: peer, file: f, fd: int(f.Fd()), caller: caller{raw: env.Alone}, meter: env.Meter, counters: env.Counters,
		}
		if err := s.limitSleep(); err != nil {
			return nil, fmt.Errorf("open %s: %w", role, err)
		}
		sockets[peer] = s
		i++
	}
	if i != len(env.Files) {
		return nil, fmt.Errorf("open %s: inherited %d sockets, want %d", role, len(env.Files), i)
	}
	return sockets, nil
}

// longestSleep is how long a call may block before the runtime gets a look at
// its goroutine. A signal of the runtime ends it sooner.
const longestSleep = 100 * time.Millisecond

// limitSleep gives reads and writes a timeout, behind which they are repeated.
func (s *socket) limitSleep() error {
	tv := unix.NsecToTimeval(longestSleep.Nanoseconds())
	for _, option := range []int{unix.SO_RCVTIMEO, unix.SO_SNDTIMEO} {
		if err := unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, option, &tv); err != nil {
			return fmt.Errorf("set timeout of the socket to the %s: %w", s.peer, err)
		}
	}
	return nil
}

// send writes a message in the Send phase, its body from where it lies.
func (s *socket) send(k kind, epoch uint64, body []byte) error {
	if uint64(len(body)) > math.MaxUint32 {
		return fmt.Errorf("send %v %d: body of %d bytes does not fit a header", k, epoch, len(body))
	}
	s.meter.Enter(copytax.Send)
	header{k, uint32(len(body)), epoch}.put(&s.out)
	s.counters.WireBytes.Add(int64(headerBytes + len(body)))
	if err := s.write(s.out[:], body); err != nil {
		return fmt.Errorf("send %v %d to the %s: %w", k, epoch, s.peer, err)
	}
	return nil
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

// await reads the header of the next message in the Wait phase.
func (s *socket) await() (header, error) {
	s.meter.Enter(copytax.Wait)
	if err := s.read(s.in[:]); err != nil {
		return header{}, err
	}
	return parseHeader(&s.in), nil
}

// receive fills body in the Receive phase.
func (s *socket) receive(body []byte) error {
	s.meter.Enter(copytax.Receive)
	return s.read(body)
}

func (s *socket) read(p []byte) error {
	for got := 0; got < len(p); {
		n, errno := s.caller.read(s.fd, p[got:])
		s.counters.Syscalls.Add(1)
		if again(errno) {
			continue
		}
		if errno != 0 {
			return fmt.Errorf("read from the %s: %w", s.peer, gone(errno))
		}
		if n == 0 {
			return fmt.Errorf("the %s went away, %d of %d bytes read: %w", s.peer, got, len(p), io.ErrUnexpectedEOF)
		}
		got += n
	}
	return nil
}

// gone explains the errors of a connection whose other end has been closed.
func gone(err error) error {
	if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) {
		return fmt.Errorf("the peer went away: %w", err)
	}
	return err
}

// close ends the connection for the peer even if some process still holds a
// duplicate of the descriptor. It is safe to call twice.
func (s *socket) close() error {
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
