package transporttest

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// newBoardFile returns memory for a board, which processes can share.
func newBoardFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("conformance-board", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create the board: %w", err)
	}
	f := os.NewFile(uintptr(fd), "board")
	if err := f.Truncate(int64(boardBytes)); err != nil {
		return nil, errors.Join(fmt.Errorf("size the board: %w", err), f.Close())
	}
	return f, nil
}

// mapShared maps a board's memory, until unmap.
func mapShared(f *os.File) ([]byte, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, boardBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the board: %w", err)
	}
	return mem, nil
}

func unmap(mem []byte) error { return unix.Munmap(mem) }
