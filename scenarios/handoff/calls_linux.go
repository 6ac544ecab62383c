package handoff

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ownMemory returns n bytes that no other process has, on small pages, which
// are the shared memory's too: elsewhere Linux may give private memory huge
// ones unasked. It stays until the process ends.
func ownMemory(n int) ([]byte, error) {
	mem, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes of private memory: %w", n, err)
	}
	if err := unix.Madvise(mem, unix.MADV_NOHUGEPAGE); err != nil && !errors.Is(err, unix.EINVAL) { // EINVAL: a kernel without them
		return nil, errors.Join(fmt.Errorf("advise small pages: %w", err), unix.Munmap(mem))
	}
	return mem, nil
}

// One call on a stream each, which a signal may interrupt.
func readOnce(fd int, b []byte) (int, error)  { return unix.Read(fd, b) }
func writeOnce(fd int, b []byte) (int, error) { return unix.Write(fd, b) }

// socketBuffer is how much of a payload a socket is asked to hold: the limit
// of a usual machine would make many calls of a large one.
const socketBuffer = 4 << 20

func raiseBuffer(end *os.File) error {
	fd := int(end.Fd())
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, socketBuffer) == nil {
		return nil // beyond the system's limit, which takes privileges
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, socketBuffer); err != nil {
		return fmt.Errorf("raise the send buffer: %w", err)
	}
	return nil
}
