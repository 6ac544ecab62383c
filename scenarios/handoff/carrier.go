package handoff

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A sender is the writer's side of an arm.
type sender interface {
	buffer() ([]byte, error) // where the next payload is filled
	send(epoch uint64) error // hands it over
	await(epoch uint64) error
}

// A receiver is the reader's side.
type receiver interface {
	receive(epoch uint64) ([]byte, error) // blocks until there is a payload to touch
	release(epoch uint64) error           // it has been used
}

func (h *hubSide) newSender() (sender, error) {
	if h.plan.Arm == unixArm {
		return h.socket()
	}
	w, err := hub.NewWriter(h.Words, slots)
	return &hubSender{hub: h, writer: w}, err
}

func (h *hubSide) newReceiver() (receiver, error) {
	if h.plan.Arm == unixArm {
		return h.socket()
	}
	r, err := hub.NewReader(h.Words, slots, int(copytax.Viewer))
	return &hubReceiver{hub: h, reader: r}, err
}

type hubSender struct {
	hub    *hubSide
	writer *hub.Writer
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
	_, _, err := s.hub.Words.Used().Await(epoch+1, s.hub.plan.How)
	return err
}

type hubReceiver struct {
	hub    *hubSide
	reader *hub.Reader
}

func (r *hubReceiver) receive(epoch uint64) ([]byte, error) {
	slot, _, err := r.reader.Lease(epoch, r.hub.plan.How)
	return r.hub.payload(slot), err
}

func (r *hubReceiver) release(epoch uint64) error {
	r.reader.Release()
	r.hub.Words.Used().Post(epoch + 1)
	return nil
}

// A socket is either side of the arm unix: blocking calls on a stream. The
// reader answers with one byte when it has used a payload. It has seen one
// when the last byte has arrived.
type socket struct {
	hub *hubSide // whose copies it counts
	fd  int
	mem []byte
	one [1]byte
}

// socket takes a worker's end of the stream, and lets go of the peer's, so that
// the stream ends with the peer.
func (h *hubSide) socket() (*socket, error) {
	own, err := ownMemory(h.plan.Bytes)
	peer := socketFile + 1 - h.Number
	return &socket{hub: h, fd: int(h.Files[socketFile+h.Number].Fd()), mem: own}, errors.Join(err, h.Files[peer].Close())
}

func (s *socket) buffer() ([]byte, error)        { return s.mem, nil }
func (s *socket) send(uint64) error              { return s.write(s.mem) }
func (s *socket) await(uint64) error             { return s.read(s.one[:]) }
func (s *socket) release(uint64) error           { return s.write(s.one[:]) }
func (s *socket) receive(uint64) ([]byte, error) { return s.mem, s.read(s.mem) }

func (s *socket) write(b []byte) error { return s.all(writeOnce, b, "write to") }
func (s *socket) read(b []byte) error  { return s.all(readOnce, b, "read from") }

// all calls until every byte of b has gone through.
func (s *socket) all(call func(int, []byte) (int, error), b []byte, what string) error {
	for len(b) > 0 {
		n, err := call(s.fd, b)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err == nil && n == 0 {
			err = errors.New("the peer has gone")
		}
		if err != nil {
			return fmt.Errorf("%s the socket with %d bytes to go: %w", what, len(b), err)
		}
		s.hub.copied += int64(n)
		b = b[n:]
	}
	return nil
}

// Descriptors implements [core.Wired]: both ends of a stream if the arm has one.
func (p plan) Descriptors() ([]*os.File, error) {
	if p.Arm != unixArm {
		return nil, nil
	}
	ends, err := lab.SocketPair("socket")
	if err != nil {
		return nil, err
	}
	return ends[:], errors.Join(raiseBuffer(ends[0]), raiseBuffer(ends[1]))
}
