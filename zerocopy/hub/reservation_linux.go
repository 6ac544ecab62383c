package hub

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/zerocopy"
)

// Reserve returns a range of addresses that never moves, size bytes long, which
// is a multiple of PageBytes: the engine's linear memory. It starts as private
// zeroed pages, which the operating system gives out on first touch; parts of it
// can be replaced by mappings of a hub (see Overlay). The caller owns it: Unmap
// gives it back, and whatever was mapped into it.
func Reserve(size int) ([]byte, error) {
	if size <= 0 || size%zerocopy.PageBytes != 0 {
		return nil, fmt.Errorf("reserve %d bytes: want a positive multiple of %d", size, zerocopy.PageBytes)
	}
	p, err := reserve(size, unix.PROT_READ|unix.PROT_WRITE)
	if err != nil {
		return nil, err
	}
	// SAFETY: the kernel has just mapped size bytes at p; the slice aliases
	// memory that Go's runtime does not own and that stays until Unmap.
	return unsafe.Slice((*byte)(p), size), nil
}

// reserve takes size bytes of address space at an address of the kernel's choice.
func reserve(size, prot int) (unsafe.Pointer, error) {
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(size), prot, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve %d bytes of address space: %w", size, err)
	}
	return p, nil
}

// replace maps size bytes of the file from offset 0 over the pages of at.
func replace(at []byte, fd int, prot int) error {
	base := unsafe.Pointer(unsafe.SliceData(at))
	// SAFETY: at was reserved, its pages the Go runtime does not
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
