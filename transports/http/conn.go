package http

import (
	"net"

	"github.com/copytax/copytax"
)

// A conn counts what goes through a connection: every byte at its sender,
// HTTP's own included, and a system call for each Read and Write. A read that
// must wait takes the runtime a second call, which is not counted.
type conn struct {
	net.Conn
	counters *copytax.Counters
}

func (c *conn) Read(p []byte) (int, error) {
	c.counters.Syscalls.Add(1)
	return c.Conn.Read(p)
}

// Write counts before it writes, so that whoever has seen the peer's answer
// finds the bytes counted.
func (c *conn) Write(p []byte) (int, error) {
	c.counters.Syscalls.Add(1)
	c.counters.WireBytes.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	if n < len(p) {
		c.counters.WireBytes.Add(int64(n - len(p)))
	}
	return n, err
}

// A listener makes every connection that it accepts a conn.
type listener struct {
	net.Listener
	counters *copytax.Counters
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{c, l.counters}, nil
}
