package zerocopy

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Reservation is a range of addresses that never moves: the engine's linear
// memory. It starts as private zeroed pages, which the operating system gives
// out on first touch; parts of it can be replaced by mappings of a hub.
type Reservation struct {
	mem []byte
}

// Reserve returns a reservation of size bytes, a multiple of PageBytes.
func Reserve(size int) (*Reservation, error) {
	if size <= 0 || size%PageBytes != 0 {
		return nil, fmt.Errorf("reserve %d bytes: want a positive multiple of %d", size, PageBytes)
	}
	mem, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve %d bytes of address space: %w", size, err)
	}
	return &Reservation{mem: mem}, nil
}

// Bytes returns the whole reservation. The slice is valid until Close.
func (r *Reservation) Bytes() []byte { return r.mem }

// Close unmaps the reservation and whatever was mapped into it.
func (r *Reservation) Close() error {
	if r.mem == nil {
		return nil
	}
	err := unix.Munmap(r.mem)
	r.mem = nil
	return err
}

// replace maps size bytes of the file from offset 0 over the pages of at.
func replace(at []byte, fd int, prot int) error {
	base := unsafe.Pointer(unsafe.SliceData(at))
	// SAFETY: at lies in a Reservation, whose pages the Go runtime does not
	// own; MAP_FIXED replaces exactly these. Length and alignment are the
	// caller's to check and the kernel refuses a misaligned address.
	got, err := unix.MmapPtr(fd, 0, base, uintptr(len(at)), prot, unix.MAP_SHARED|unix.MAP_FIXED)
	if err != nil {
		return fmt.Errorf("map %d bytes at %p: %w", len(at), base, err)
	}
	if got != base {
		return fmt.Errorf("map %d bytes at %p: mapped at %p instead", len(at), base, got)
	}
	return nil
}
