package rivals

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/copytax/copytax/scenarios/rivals/handoff"
)

// patience is how long one side waits for the other to come up, and a session
// for a worker to end.
const patience = 20 * time.Second

// socketSides are a stream over a unix socket as package net gives it, every
// option at its default: what one writes who uses no library.
var socketSides = handoff.Sides{
	Writer: func(a handoff.Args, _ []*os.File) (handoff.Writer, error) { return dialSocket(a) },
	Reader: func(a handoff.Args, _ []*os.File) (handoff.Reader, error) { return listenSocket(a) },
}

// A socket is either side: a connection, the payload and the answer.
type socket struct {
	net.Conn
	payload []byte
	answer  [8]byte
}

var (
	_ handoff.Writer = (*socket)(nil)
	_ handoff.Reader = (*socket)(nil)
)

func socketPath(a handoff.Args) string { return filepath.Join(a.Folder, a.Address+".sock") }

func dialSocket(a handoff.Args) (*socket, error) {
	path := socketPath(a)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("unix", path)
		if err == nil {
			return &socket{Conn: conn, payload: make([]byte, a.Bytes)}, nil
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("no reader has opened %s: %w", path, err)
		}
	}
}

func listenSocket(a handoff.Args) (*socket, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socketPath(a), Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	if err := listener.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	conn, err := listener.Accept()
	if err != nil {
		return nil, fmt.Errorf("await the writer: %w", err)
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
