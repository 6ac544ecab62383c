// Package unix is the carrier of Unix sockets: pairs made by the supervisor and
// inherited, one for each two roles; no name in a file system is involved. How they are
// written and read is told in package socket. Start at [Carrier].
package unix

import (
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/transports/carrier/socket"
)

// Carrier returns the carrier. Its rung is 4 where the socket alone is added to the ladder.
func Carrier() copytax.Carrier { return socket.New("unix", "Unix sockets", 4, pair) }

// bufferBytes is how much a socket is asked to hold: a frame of 100,000 boids,
// which the sender can then leave there without waiting for the reader.
const bufferBytes = 4 << 20

// pair returns the ends of a connection.
func pair(name string) ([2]*os.File, error) {
	ends, err := lab.SocketPair(name)
	if err != nil {
		return ends, err
	}
	for _, end := range ends {
		if err := socket.RaiseBuffer(end, bufferBytes); err != nil {
			return ends, errors.Join(fmt.Errorf("raise send buffer of %s: %w", name, err), ends[0].Close(), ends[1].Close())
		}
	}
	return ends, nil
}
