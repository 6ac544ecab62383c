package hub

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// memfd creates an empty file for a region of the memory asked for.
func (m memory) memfd(name string) (*os.File, error) {
	flags := unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	if m.pages == Huge {
		flags |= unix.MFD_HUGETLB | unix.MFD_HUGE_2MB
	}
	fd, err := unix.MemfdCreate(name, flags)
	if err != nil {
		return nil, fmt.Errorf("create memfd %s on %v pages: %w", name, m.pages, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// mapFile maps size bytes of the file, which is at least as long, and makes
// its pages what was asked for.
func (m memory) mapFile(file *os.File, size, prot int) ([]byte, error) {
	mem, err := m.place(file, size, prot)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes on %v pages: %w", size, m.pages, err)
	}
	if err := m.advise(mem, prot); err != nil {
		return nil, errors.Join(err, Unmap(mem))
	}
	return mem, nil
}

// place maps the file, at an address at which its huge pages can be mapped as
// such if they can come into being.
func (m memory) place(file *os.File, size, prot int) ([]byte, error) {
	flags := unix.MAP_SHARED
	var at unsafe.Pointer
	if m.pages == Transparent || m.pages == Collapsed {
		var err error
		if at, err = reserveAligned(size); err != nil {
			return nil, err
		}
		flags |= unix.MAP_FIXED
	}
	p, err := unix.MmapPtr(int(file.Fd()), 0, at, uintptr(size), prot, flags)
	if err != nil {
		return nil, errors.Join(err, unmapAt(at, size))
	}
	// SAFETY: the kernel has just mapped size bytes at p; the slice aliases
	// memory that Go's runtime does not own and that stays until Unmap.
	return unsafe.Slice((*byte)(p), size), nil
}

// reserveAligned returns size bytes of address space that start at a multiple
// of HugeBytes, without access: to be mapped over.
func reserveAligned(size int) (unsafe.Pointer, error) {
	whole := size + HugeBytes
	p, err := reserve(whole, unix.PROT_NONE)
	if err != nil {
		return nil, err
	}
	head := -int(uintptr(p)) & (HugeBytes - 1)
	// SAFETY: both addresses lie inside the reservation of whole bytes, or at
	// its end when nothing is left there to be unmapped.
	at, end := unsafe.Add(p, head), unsafe.Add(p, head+size)
	if err := errors.Join(unmapAt(p, head), unmapAt(end, whole-head-size)); err != nil {
		return nil, errors.Join(err, unmapAt(at, size))
	}
	return at, nil
}

// unmapAt gives back size bytes of address space; neither nil nor 0 is an error.
func unmapAt(at unsafe.Pointer, size int) error {
	if at == nil || size == 0 {
		return nil
	}
	return unix.MunmapPtr(at, uintptr(size))
}

// advise tells the kernel what the pages of a new mapping shall be. The advice
// on huge pages comes before the faults that it is about, the order to
// collapse after them: where no page is there yet it is refused.
func (m memory) advise(mem []byte, prot int) error {
	if m.pages == Transparent {
		if err := unix.Madvise(mem, unix.MADV_HUGEPAGE); err != nil {
			return fmt.Errorf("advise transparent pages for %d bytes: %w", len(mem), err)
		}
	}
	if m.populated || m.pages == Collapsed {
		if err := populateNow(mem, prot); err != nil {
			return fmt.Errorf("populate %d bytes: %w", len(mem), err)
		}
	}
	if m.pages == Collapsed {
		if err := collapse(mem); err != nil {
			return fmt.Errorf("collapse %d bytes into huge pages: %w", len(mem), err)
		}
	}
	return nil
}

func populateNow(mem []byte, prot int) error {
	advice := unix.MADV_POPULATE_READ
	if prot&unix.PROT_WRITE != 0 {
		advice = unix.MADV_POPULATE_WRITE
	}
	err := unix.Madvise(mem, advice)
	if errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("%w: Linux before 5.14 has no MADV_POPULATE", err)
	}
	return err
}

// collapseTries bounds how often a collapse is tried anew: it says EAGAIN while
// something holds one of the small pages for a moment.
const collapseTries = 10

func collapse(mem []byte) (err error) {
	for range collapseTries {
		if err = unix.Madvise(mem, unix.MADV_COLLAPSE); !errors.Is(err, unix.EAGAIN) {
			break
		}
	}
	if errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("%w: needs MADV_COLLAPSE of Linux 6.1 and a kernel with transparent pages for shared memory", err)
	}
	return err
}

// Available returns nil when regions of bytes in all can be had on such pages
// now, and else why not and what the machine's owner could do. It finds out by
// trying, on a region that it gives back, and changes no setting.
func Available(p Pages, bytes int) error {
	m := memory{pages: p}
	if p == Small {
		return nil
	}
	if p != Huge {
		bytes = HugeBytes // a sample: these pages are made of ordinary memory
	}
	if err := m.try(m.fileBytes(bytes)); err != nil {
		return fmt.Errorf("%v pages: %w%s", p, err, p.remedy(m.fileBytes(bytes)))
	}
	return nil
}

// try maps size bytes, touches the first and looks at the page it got.
func (m memory) try(size int) (err error) {
	file, err := m.memfd("copytax-try")
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Truncate(int64(size)); err != nil {
		return fmt.Errorf("grow a memfd to %d bytes: %w", size, err)
	}
	mem, err := m.mapFile(file, size, unix.PROT_READ|unix.PROT_WRITE)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, Unmap(mem)) }()
	mem[0] = 1
	use, err := UsedPages(mem)
	if err == nil && use.HugeBytes == 0 {
		err = errors.New("the operating system gave small pages instead")
	}
	return err
}

const (
	shmemSetting = "/sys/kernel/mm/transparent_hugepage/shmem_enabled"
	hugePool     = "/sys/kernel/mm/hugepages/hugepages-2048kB/"
)

// remedy says what the settings are that forbid the pages, the one in force in
// brackets where they are words, and what would help.
func (p Pages) remedy(size int) string {
	switch p {
	case Transparent:
		return fmt.Sprintf(" (%s is %q; as root: echo advise > %s)", shmemSetting, setting(shmemSetting), shmemSetting)
	case Huge:
		return fmt.Sprintf(" (%s of %s pages of the pool are free, %d needed; as root: echo %d > %snr_hugepages)",
			setting(hugePool+"free_hugepages"), setting(hugePool+"nr_hugepages"), size/HugeBytes, size/HugeBytes, hugePool)
	}
	return ""
}

func setting(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}
