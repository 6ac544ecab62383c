// Package tcp is the carrier of TCP connections on loopback. The supervisor connects
// each two roles and they inherit the ends, so that it differs from package unix in
// the protocol alone; how the sockets are written and read is told in package socket.
//
// TCP_NODELAY is set, as Go does by default. Buffers are the system's, which grow by
// themselves: setting them would end that, and cap them at net.core.rmem_max. The
// loopback interface is no network: there is no card, no driver and no loss. Start at
// [Carrier].
package tcp

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier/socket"
)

// Carrier returns the carrier. Its rung is 5 where the protocol alone is added to the ladder.
func Carrier() copytax.Carrier { return socket.New("tcp", "TCP on loopback", 5, pair) }

// pair returns the ends of a connection to a port that nobody else can connect to in
// time: an end that comes from elsewhere is an error.
func pair(name string) (ends [2]*os.File, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return ends, fmt.Errorf("listen for connection %s: %w", name, err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return ends, fmt.Errorf("make connection %s: %w", name, err)
	}
	defer a.Close() // the file has a duplicate
	b, err := l.Accept()
	if err != nil {
		return ends, fmt.Errorf("accept connection %s: %w", name, err)
	}
	defer b.Close()
	if b.RemoteAddr().String() != a.LocalAddr().String() {
		return ends, fmt.Errorf("accept connection %s: it is of %v, want %v", name, b.RemoteAddr(), a.LocalAddr())
	}
	for i, c := range []net.Conn{a, b} {
		if ends[i], err = blocking(c); err != nil {
			return ends, errors.Join(fmt.Errorf("make connection %s: %w", name, err), ends[0].Close(), ends[1].Close())
		}
	}
	return ends, nil
}

// blocking returns a duplicate of the connection's descriptor that blocks.
func blocking(c net.Conn) (*os.File, error) {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("a %T is no TCP connection", c)
	}
	f, err := t.File()
	if err != nil {
		return nil, err
	}
	return f, socket.Block(f)
}
