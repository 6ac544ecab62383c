package handoff

import (
	"errors"
	"fmt"

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
