package carrier

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/copytax/copytax"
)

// NewConn returns the connection over an ordered stream of bytes: a pipe, a socket, a
// tunnel. It owns the stream. A message goes out behind a header of HeaderBytes, in one
// call where the stream is one of package net's and in two elsewhere. A system call is
// counted for each Read and Write.
func NewConn(rw io.ReadWriteCloser, counters *copytax.Counters) copytax.Conn {
	return &conn{rw: rw, counters: counters}
}

type conn struct {
	rw       io.ReadWriteCloser
	counters *copytax.Counters
	out, in  [HeaderBytes]byte
	parts    [2][]byte
	closed   bool
}

var (
	_ copytax.Conn   = (*conn)(nil)
	_ copytax.Poller = (*conn)(nil)
)

// Send implements copytax.Conn.
func (c *conn) Send(h copytax.Header, body []byte) error {
	if err := PutHeader(&c.out, h); err != nil {
		return err
	}
	c.parts = [2][]byte{c.out[:], body}
	parts := net.Buffers(c.parts[:])
	if len(body) == 0 {
		parts = parts[:1]
	}
	c.counters.Syscalls.Add(1)
	if _, ok := c.rw.(net.Conn); !ok {
		c.counters.Syscalls.Add(int64(len(parts) - 1))
	}
	n, err := parts.WriteTo(c.rw)
	c.counters.WireBytes.Add(n)
	return err
}

// Next implements copytax.Conn.
func (c *conn) Next() (copytax.Header, error) {
	if err := c.Receive(c.in[:]); err != nil {
		return copytax.Header{}, err
	}
	return ParseHeader(&c.in)
}

// Receive implements copytax.Conn.
func (c *conn) Receive(p []byte) error {
	n, err := io.ReadFull(counted{c.rw, c.counters}, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it went away, %d of %d bytes read: %w", n, len(p), io.ErrUnexpectedEOF)
	}
	return err
}

// Pending implements copytax.Poller.
func (c *conn) Pending() (bool, error) { return pending(c.rw) }

// Close implements copytax.Conn.
func (c *conn) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	return c.rw.Close()
}

// A counted reader counts its calls.
type counted struct {
	io.Reader
	counters *copytax.Counters
}

func (c counted) Read(p []byte) (int, error) {
	c.counters.Syscalls.Add(1)
	return c.Reader.Read(p)
}
