package unix

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// bufferBytes is how much a socket is asked to hold: a frame of 100,000 boids,
// which the sender can then leave there without waiting for the reader.
const bufferBytes = 4 << 20

// socketPair returns the ends of a connection. They block, and must go on to:
// the mode is shared by all who inherit a descriptor.
func socketPair(name string) (ends [2]*os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return ends, fmt.Errorf("make socket pair %s: %w", name, err)
	}
	for i, fd := range fds {
		ends[i] = os.NewFile(uintptr(fd), name)
	}
	for _, fd := range fds {
		if err := raiseBuffer(fd); err != nil {
			return ends, errors.Join(fmt.Errorf("raise send buffer of %s: %w", name, err), ends[0].Close(), ends[1].Close())
		}
	}
	return ends, nil
}

// raiseBuffer asks for bufferBytes, beyond the system's limit where the process
// may. A Unix socket has no receive buffer: what was sent and not yet read
// counts against the sender's, with the system's own bookkeeping, for which it
// doubles what it is asked for. Without privileges net.core.wmem_max is the limit.
func raiseBuffer(fd int) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, bufferBytes) == nil {
		return nil
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, bufferBytes)
}
