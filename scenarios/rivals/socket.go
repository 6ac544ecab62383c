package rivals

import (
	"io"
	"net"
	"os"

	"github.com/copytax/copytax/scenarios/rivals/handoff"
)

// A socket is either side of a stream over a unix socket as package net gives it,
// every option at its default: what one writes who uses no library. It is the
// connection, the payload and the answer.
type socket struct {
	net.Conn
	payload []byte
	answer  [8]byte
}

var (
	_ handoff.Writer = (*socket)(nil)
	_ handoff.Reader = (*socket)(nil)
)

func openSocket(a handoff.Args, _ []*os.File) (io.Closer, error) {
	connect := a.AcceptWriter
	if a.Side == handoff.WriterSide {
		connect = a.DialReader
	}
	conn, err := connect()
	if err != nil {
		return nil, err
	}
	return &socket{Conn: conn, payload: make([]byte, a.Bytes)}, nil
}

// Loan implements [handoff.Writer].
func (s *socket) Loan() ([]byte, error) { return s.payload, nil }

// Publish implements [handoff.Writer].
func (s *socket) Publish() error {
	_, err := s.Write(s.payload)
	return err
}

// AwaitUsed implements [handoff.Writer].
func (s *socket) AwaitUsed() error {
	_, err := io.ReadFull(s, s.answer[:])
	return err
}

// Acquire implements [handoff.Reader].
func (s *socket) Acquire() ([]byte, error) {
	_, err := io.ReadFull(s, s.payload)
	return s.payload, err
}

// Release implements [handoff.Reader].
func (s *socket) Release() error {
	_, err := s.Write(s.answer[:])
	return err
}
