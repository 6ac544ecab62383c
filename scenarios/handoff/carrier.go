package handoff

import (
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"golang.org/x/sys/unix"
)

// A sender is the writer's side of an arm.
type sender interface {
	buffer() ([]byte, error) // where the next payload is filled
	send(epoch uint64) error // hands it over
	await(epoch uint64) error
	copied() int64 // bytes copied so far
}

// A receiver is the reader's side.
type receiver interface {
	receive(epoch uint64) ([]byte, error) // blocks until there is a payload to touch
	release(epoch uint64) error           // it has been used
	copied() int64
}

func (p plan) sender(h *hub, files []*os.File) (sender, error) {
	if p.Arm == unixArm {
		own, err := ownMemory(p.Bytes)
		return &socket{fd: int(files[socketFile].Fd()), mem: own}, err
	}
	w, err := zerocopy.NewWriter(h.words, slots)
	return &hubSender{hub: h, writer: w}, err
}

func (p plan) receiver(h *hub, files []*os.File) (receiver, error) {
	if p.Arm == unixArm {
		own, err := ownMemory(p.Bytes)
		return &socket{fd: int(files[socketFile].Fd()), mem: own}, err
	}
	r, err := zerocopy.NewReader(h.words, slots, int(copytax.Viewer))
	return &hubReceiver{hub: h, reader: r}, err
}

type hubSender struct {
	hub    *hub
	writer *zerocopy.Writer
	slot   int
}

func (s *hubSender) buffer() (_ []byte, err error) {
	s.slot, err = s.writer.Loan()
	return s.hub.payload(s.slot), err
}

func (s *hubSender) send(epoch uint64) error {
	s.writer.Publish(s.slot, epoch)
	return nil
}

func (s *hubSender) await(epoch uint64) error {
	_, _, err := s.hub.words.Used().Await(epoch+1, s.hub.plan.How)
	return err
}

func (s *hubSender) copied() int64 { return 0 }

type hubReceiver struct {
	hub    *hub
	reader *zerocopy.Reader
}

func (r *hubReceiver) receive(epoch uint64) ([]byte, error) {
	slot, _, err := r.reader.Lease(epoch, r.hub.plan.How)
	return r.hub.payload(slot), err
}

func (r *hubReceiver) release(epoch uint64) error {
	r.reader.Release()
	r.hub.words.Used().Post(epoch + 1)
	return nil
}

func (r *hubReceiver) copied() int64 { return 0 }

// A socket is either side of the arm unix: blocking calls on a stream. The
// reader answers with one byte when it has used a payload. It has seen one
// when the last byte has arrived.
type socket struct {
	fd    int
	mem   []byte
	moved int64
	one   [1]byte
}

func (s *socket) buffer() ([]byte, error)        { return s.mem, nil }
func (s *socket) send(uint64) error              { return s.write(s.mem) }
func (s *socket) await(uint64) error             { return s.read(s.one[:]) }
func (s *socket) release(uint64) error           { return s.write(s.one[:]) }
func (s *socket) copied() int64                  { return s.moved }
func (s *socket) receive(uint64) ([]byte, error) { return s.mem, s.read(s.mem) }

func (s *socket) write(b []byte) error { return s.all(unix.Write, b, "write to") }
func (s *socket) read(b []byte) error  { return s.all(unix.Read, b, "read from") }

// all calls until every byte of b has gone through.
func (s *socket) all(call func(int, []byte) (int, error), b []byte, what string) error {
	for len(b) > 0 {
		n, err := call(s.fd, b)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return fmt.Errorf("%s the socket with %d bytes to go: %w", what, len(b), errors.Join(err, errEnd(n)))
		}
		s.moved += int64(n)
		b = b[n:]
	}
	return nil
}

func errEnd(n int) error {
	if n == 0 {
		return errors.New("the peer has gone")
	}
	return nil
}

// socketBuffer is how much of a payload a socket is asked to hold: the limit
// of a usual machine would make many calls of a large one.
const socketBuffer = 4 << 20

// socketPair returns the blocking ends of a stream.
func socketPair() (ends []*os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a socket pair: %w", err)
	}
	for _, fd := range fds {
		ends = append(ends, os.NewFile(uintptr(fd), "socket"))
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, socketBuffer) == nil {
			continue // beyond the system's limit, which takes privileges
		}
		err = errors.Join(err, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, socketBuffer))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("raise the send buffer: %w", err), ends[0].Close(), ends[1].Close())
	}
	return ends, nil
}
