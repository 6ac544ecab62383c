package lab

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SocketPair returns both ends of a stream, for processes to inherit, or to keep. They
// block, and must go on to: the mode is shared by all who inherit an end.
func SocketPair(name string) (ends [2]*os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return ends, fmt.Errorf("make socket pair %s: %w", name, err)
	}
	return [2]*os.File{os.NewFile(uintptr(fds[0]), name), os.NewFile(uintptr(fds[1]), name)}, nil
}

// Duplicate returns a further descriptor of what a file is open on. The caller owns it.
func Duplicate(file *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, firstFile)
	if err != nil {
		return nil, fmt.Errorf("duplicate %s: %w", file.Name(), err)
	}
	return os.NewFile(uintptr(fd), file.Name()), nil
}
