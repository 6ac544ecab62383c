package hub

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/zerocopy"
)

// Create returns a memfd that holds a zeroed region of kind k behind its
// header. It can neither shrink nor grow from here on, so that a mapping of it
// can never fault for want of a file behind it. The caller owns the file. The
// file is l.Bytes(k) long, on other than small pages the next multiple of
// HugeBytes.
func Create(k zerocopy.Kind, l zerocopy.Layout, opts ...Option) (*os.File, error) {
	m := collect(opts)
	file, err := m.memfd("copytax-" + k.String())
	if err != nil {
		return nil, err
	}
	if err := prepare(file, k, l, m); err != nil {
		file.Close()
		return nil, fmt.Errorf("prepare memfd %s of %d bytes: %w", file.Name(), m.fileBytes(l.Bytes(k)), err)
	}
	return file, nil
}

func prepare(file *os.File, k zerocopy.Kind, l zerocopy.Layout, m memory) error {
	if err := file.Truncate(int64(m.fileBytes(l.Bytes(k)))); err != nil {
		return err
	}
	if err := m.writeHeader(file, l.Header(k), m.fileBytes(l.Bytes(k))); err != nil {
		return err
	}
	return seal(file, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW)
}

// writeHeader puts the first bytes into a region of size bytes. On some pages
// it goes through a mapping: files of the reserved pool know no other way, and
// a write by file would leave a small page that the advice on transparent ones
// comes too late for. To collapse is for those who map the region.
func (m memory) writeHeader(file *os.File, header []byte, size int) error {
	if m.pages == Small || m.pages == Collapsed {
		_, err := file.WriteAt(header, 0)
		return err
	}
	mem, err := memory{pages: m.pages}.mapFile(file, size, unix.PROT_READ|unix.PROT_WRITE)
	if err != nil {
		return err
	}
	copy(mem, header)
	return Unmap(mem)
}

func seal(file *os.File, seals int) error {
	_, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, seals)
	if err != nil {
		return fmt.Errorf("seal %s: %w", file.Name(), err)
	}
	return nil
}

// sealWriters closes the door behind the only writer: the mappings that exist go on
// writing, no new one can. Control pages stay open to all.
func sealWriters(file *os.File, k zerocopy.Kind) error {
	if k == zerocopy.Control {
		return nil
	}
	return seal(file, unix.F_SEAL_FUTURE_WRITE|unix.F_SEAL_SEAL)
}

// Check compares a descriptor that came from elsewhere with what the layout
// says it must be: sealed against resizing, of the right size, with the right
// header. The header is copied before it is looked at.
// It returns the file's size, which is sealed.
func Check(file *os.File, k zerocopy.Kind, l zerocopy.Layout) (size int, err error) {
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil {
		return 0, fmt.Errorf("%s region: not a sealable memfd: %w", k, err)
	}
	if want := unix.F_SEAL_SHRINK | unix.F_SEAL_GROW; seals&want != want {
		return 0, fmt.Errorf("%s region: seals %#x, want at least %#x: it could be resized under a reader", k, seals, want)
	}
	st, err := file.Stat()
	if err != nil {
		return 0, fmt.Errorf("%s region: %w", k, err)
	}
	if n := int64(l.Bytes(k)); st.Size() != n && st.Size() != int64(memory{pages: Huge}.fileBytes(l.Bytes(k))) {
		return 0, fmt.Errorf("%s region: %d bytes, want %d, or as many in whole huge pages", k, st.Size(), n)
	}
	want := l.Header(k)
	got := make([]byte, len(want))
	if _, err := file.ReadAt(got, 0); err != nil {
		return 0, fmt.Errorf("%s region: read header: %w", k, err)
	}
	if string(got) != string(want) {
		return 0, fmt.Errorf("%s region: header %x, want %x: built from another layout or version", k, got, want)
	}
	return int(st.Size()), nil
}

// Sealed reports whether a region can be mapped for writing no more, for good.
func Sealed(file *os.File) (bool, error) {
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil {
		return false, fmt.Errorf("look up the seals of %s: %w", file.Name(), err)
	}
	const want = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_FUTURE_WRITE | unix.F_SEAL_SEAL
	return seals&want == want, nil
}

// MapWritable maps a region for its only writer and then seals it against
// other writers. MapReadOnly by others must come after it. The result is as
// long as the file, which on other than small pages is longer than l.Bytes(k).
// It lies outside Go's heap and stays until Unmap.
func MapWritable(file *os.File, k zerocopy.Kind, l zerocopy.Layout, opts ...Option) ([]byte, error) {
	mem, err := mapRegion(file, k, l, unix.PROT_READ|unix.PROT_WRITE, opts)
	if err != nil {
		return nil, err
	}
	if err := sealWriters(file, k); err != nil {
		return nil, errors.Join(err, Unmap(mem))
	}
	return mem, nil
}

// MapReadOnly maps a region for a reader. A write to it faults. Its length and
// life are those of MapWritable's result.
func MapReadOnly(file *os.File, k zerocopy.Kind, l zerocopy.Layout, opts ...Option) ([]byte, error) {
	return mapRegion(file, k, l, unix.PROT_READ, opts)
}

func mapRegion(file *os.File, k zerocopy.Kind, l zerocopy.Layout, prot int, opts []Option) ([]byte, error) {
	m := collect(opts)
	size, err := Check(file, k, l)
	if err != nil {
		return nil, err
	}
	if pooled, err := fromPool(file); err != nil {
		return nil, fmt.Errorf("map %s region: %w", k, err)
	} else if pooled != (m.pages == Huge) {
		return nil, fmt.Errorf("map %s region on %v pages: it was created on others", k, m.pages)
	}
	mem, err := m.mapFile(file, size, prot)
	if err != nil {
		return nil, fmt.Errorf("map %s region: %w", k, err)
	}
	return mem, nil
}

// fromPool reports whether the file's pages are those of hugetlb.
func fromPool(file *os.File) (bool, error) {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &fs); err != nil {
		return false, fmt.Errorf("file system of %s: %w", file.Name(), err)
	}
	return uint32(fs.Type) == unix.HUGETLBFS_MAGIC, nil
}

// Overlay replaces the pages of at, which lies in what Reserve gave, by the region
// itself: writable for its only writer, which also seals it, else read-only.
// The region must be on pages that can lie at any address: not on Huge ones.
func Overlay(at []byte, file *os.File, k zerocopy.Kind, l zerocopy.Layout, writable bool) error {
	if _, err := Check(file, k, l); err != nil {
		return err
	}
	if len(at) != l.Bytes(k) {
		return fmt.Errorf("overlay %s region of %d bytes on %d", k, l.Bytes(k), len(at))
	}
	if !writable {
		return replace(at, int(file.Fd()), unix.PROT_READ)
	}
	if err := replace(at, int(file.Fd()), unix.PROT_READ|unix.PROT_WRITE); err != nil {
		return err
	}
	return sealWriters(file, k)
}

// Unmap undoes MapWritable, MapReadOnly or Reserve, given all that it returned. A nil
// region is no error.
func Unmap(mem []byte) error {
	// SAFETY: mem is a whole mapping, which its owner gives up here.
	return unmapAt(unsafe.Pointer(unsafe.SliceData(mem)), len(mem))
}
