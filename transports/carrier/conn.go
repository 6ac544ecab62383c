package carrier

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/copytax/copytax"
)

// NewConn returns the connection over an ordered stream of bytes: a pipe, a socket, a
// tunnel. It owns the stream. A message goes out behind a header of HeaderBytes, in one
// call where the stream is a TCP or a Unix connection of package net and in two elsewhere.
// A system call is counted for each Read and Write. It is a [copytax.Poller] if the stream
// is a [syscall.Conn], as those of packages net and os are.
func NewConn(rw io.ReadWriteCloser, counters *copytax.Counters) copytax.Conn {
	c := &conn{rw: rw, counters: counters, in: counted{rw, counters}}
	switch rw.(type) {
	case *net.TCPConn, *net.UnixConn:
		c.vectored = true
	}
	if s, ok := rw.(syscall.Conn); ok {
		return &pollable{c, s}
	}
	return c
}

type conn struct {
	rw       io.ReadWriteCloser
	in       counted
	counters *copytax.Counters
	vectored bool // a message is one system call
	out      [HeaderBytes]byte
	head     [HeaderBytes]byte
	parts    [2][]byte
	rest     net.Buffers // what is left of parts
	closed   bool
}

var _ copytax.Conn = (*conn)(nil)

// Send implements copytax.Conn.
func (c *conn) Send(h copytax.Header, body []byte) error {
	if err := PutHeader(&c.out, h); err != nil {
		return err
	}
	c.parts = [2][]byte{c.out[:], body}
	if c.rest = c.parts[:]; len(body) == 0 {
		c.rest = c.parts[:1]
	}
	calls := len(c.rest)
	if c.vectored {
		calls = 1
	}
	c.counters.Syscalls.Add(int64(calls))
	n, err := c.rest.WriteTo(c.rw)
	c.counters.WireBytes.Add(n)
	return gone(err)
}

// Next implements copytax.Conn.
func (c *conn) Next() (copytax.Header, error) {
	if err := c.Receive(c.head[:]); err != nil {
		return copytax.Header{}, err
	}
	return ParseHeader(&c.head)
}

// Receive implements copytax.Conn.
func (c *conn) Receive(p []byte) error {
	n, err := io.ReadFull(&c.in, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it went away, %d of %d bytes read: %w", n, len(p), io.ErrUnexpectedEOF)
	}
	return gone(err)
}

// gone explains the errors of a connection whose other end has been closed.
func gone(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return fmt.Errorf("it went away: %w (%w)", io.ErrUnexpectedEOF, err)
	}
	return err
}

// Close implements copytax.Conn.
func (c *conn) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	return c.rw.Close()
}

// A pollable connection is one over a stream that can be polled.
type pollable struct {
	*conn
	stream syscall.Conn
}

var _ copytax.Poller = (*pollable)(nil)

// Pending implements copytax.Poller.
func (c *pollable) Pending() (ready bool, err error) {
	c.counters.Syscalls.Add(1)
	raw, err := c.stream.SyscallConn()
	if err != nil {
		return false, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { ready, failed = Readable(int(fd)) })
	return ready, errors.Join(err, failed)
}

// A counted reader counts its calls.
type counted struct {
	io.Reader
	counters *copytax.Counters
}

func (c *counted) Read(p []byte) (int, error) {
	c.counters.Syscalls.Add(1)
	return c.Reader.Read(p)
}
