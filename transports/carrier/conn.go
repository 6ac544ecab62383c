package carrier

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/copytax/copytax"
)

const headerBytes = 16

// NewConn frames messages over an ordered stream of bytes: a header of 16 bytes, then
// the body. It owns rw and counts its bytes and calls in counters.
func NewConn(rw io.ReadWriteCloser, counters *copytax.Counters) copytax.Conn {
	return &conn{rw: rw, counters: counters}
}

type conn struct {
	rw       io.ReadWriteCloser
	counters *copytax.Counters
	out, in  [headerBytes]byte
	closed   bool
}

func (c *conn) Send(h copytax.Header, body []byte) error {
	binary.LittleEndian.PutUint32(c.out[0:], uint32(h.Kind))
	binary.LittleEndian.PutUint32(c.out[4:], uint32(len(body)))
	binary.LittleEndian.PutUint64(c.out[8:], h.Number)
	for _, part := range [][]byte{c.out[:], body} {
		if len(part) == 0 {
			continue
		}
		c.counters.Syscalls.Add(1)
		c.counters.WireBytes.Add(int64(len(part)))
		if _, err := c.rw.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) fill(p []byte) error {
	for len(p) > 0 {
		c.counters.Syscalls.Add(1)
		n, err := c.rw.Read(p)
		if p = p[n:]; err != nil && len(p) > 0 {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("the peer has gone: %w", io.ErrUnexpectedEOF)
			}
			return err
		}
	}
	return nil
}

func (c *conn) Next() (h copytax.Header, err error) {
	if err := c.fill(c.in[:]); err != nil {
		return h, err
	}
	kind, length := binary.LittleEndian.Uint32(c.in[0:]), binary.LittleEndian.Uint32(c.in[4:])
	if kind >= uint32(copytax.NumKinds) || length > math.MaxInt32 {
		return h, fmt.Errorf("header %x is of no message", c.in)
	}
	return copytax.Header{Kind: copytax.Kind(kind), Length: int(length), Number: binary.LittleEndian.Uint64(c.in[8:])}, nil
}

func (c *conn) Receive(p []byte) error { return c.fill(p) }

func (c *conn) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	return c.rw.Close()
}
