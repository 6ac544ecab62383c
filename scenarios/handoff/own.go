package handoff

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/scenarios/internal/core"
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

// A meter measures the processor time of this process, all its threads and the
// operating system's part included, between start and stop.
type meter struct {
	begin, ns int64
	err       error
}

func (m *meter) start() { m.begin, m.err = core.CPUNS(core.OfProcess) }

func (m *meter) stop() error {
	end, err := core.CPUNS(core.OfProcess)
	m.ns = end - m.begin
	return errors.Join(m.err, err)
}
