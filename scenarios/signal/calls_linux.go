package signal

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

func newEventFD() (*os.File, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create an eventfd: %w", err)
	}
	return os.NewFile(uintptr(fd), "eventfd"), nil
}

// An fdWay is a blocking descriptor that carries eight bytes.
type fdWay struct{ put, take int }

func (w fdWay) post(uint64) (int, error) {
	one := [8]byte{1}
	_, err := retry(unix.SYS_WRITE, w.put, one[:])
	return 1, err
}

func (w fdWay) await(uint64) (int, error) {
	var got [8]byte
	n, err := retry(unix.SYS_READ, w.take, got[:])
	if err == nil && n != len(got) {
		err = fmt.Errorf("%d bytes: the peer has closed its end", n)
	}
	return 1, err
}

// retry makes a call that reads or writes p until no signal interrupts it. It
// goes past Go's scheduler, as the bare futex does.
func retry(call uintptr, fd int, p []byte) (int, error) {
	for {
		// SAFETY: p is not empty, is kept in place by the conversion in the
		// call, and the kernel goes no further than its length.
		n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
			continue
		}
		return 0, errno
	}
}
