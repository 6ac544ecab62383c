package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/rivals/shmipc/handoff"
)

// patience is how long one side waits for the other to come up.
const patience = 20 * time.Second

// socketSides plays a stream over a unix socket as package net gives it, every
// option at its default: what one writes who uses no library.
var socketSides = handoff.Sides{
	Writer: func(t handoff.Task, _ *gauge.Worker) (handoff.Writer, error) { return dialSocket(t) },
	Reader: func(t handoff.Task, _ *gauge.Worker) (handoff.Reader, error) { return listenSocket(t) },
}

// A socket is either side: a connection, the payload and the answer.
type socket struct {
	net.Conn
	payload []byte
	answer  [8]byte
}

func socketPath(t handoff.Task) string { return filepath.Join(t.Folder, t.Address+".sock") }

func dialSocket(t handoff.Task) (*socketWriter, error) {
	path := socketPath(t)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("unix", path)
		if err == nil {
			return &socketWriter{socket{Conn: conn, payload: make([]byte, t.Bytes)}}, nil
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("no reader has opened %s: %w", path, err)
		}
	}
}

func listenSocket(t handoff.Task) (*socketReader, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socketPath(t), Net: "unix"})
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
	return &socketReader{socket{Conn: conn, payload: make([]byte, t.Bytes)}}, nil
}

type socketWriter struct{ socket }

// Loan implements handoff.Writer.
func (s *socketWriter) Loan() ([]byte, error) { return s.payload, nil }

// Publish implements handoff.Writer.
func (s *socketWriter) Publish() error {
	_, err := s.Write(s.payload)
	return err
}

// AwaitUsed implements handoff.Writer.
func (s *socketWriter) AwaitUsed() error {
	_, err := io.ReadFull(s, s.answer[:])
	return err
}

type socketReader struct{ socket }

// Acquire implements handoff.Reader.
func (s *socketReader) Acquire() ([]byte, error) {
	_, err := io.ReadFull(s, s.payload)
	return s.payload, err
}

// Release implements handoff.Reader.
func (s *socketReader) Release() error {
	_, err := s.Write(s.answer[:])
	return err
}
