package transporttest

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// newBoard returns a file for an empty board, which has no name.
func newBoard() (*os.File, error) {
	fd, err := unix.MemfdCreate("conformance-board", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create the board: %w", err)
	}
	file := os.NewFile(uintptr(fd), "board")
	if err := file.Truncate(int64(boardBytes)); err != nil {
		return nil, errors.Join(fmt.Errorf("size the board: %w", err), file.Close())
	}
	return file, nil
}

func mapBoard(file *os.File) ([]byte, error) {
	mem, err := unix.Mmap(int(file.Fd()), 0, boardBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the board: %w", err)
	}
	return mem, nil
}

func unmapBoard(mem []byte) error { return unix.Munmap(mem) }

// duplicate returns a descriptor of the same file that a process can inherit.
func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
