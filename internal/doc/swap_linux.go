package doc

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// swap puts the folder fresh in the place of path, and the one that is there in
// the place of fresh, at once where the file system can.
func swap(fresh, path string) error {
	err := unix.Renameat2(unix.AT_FDCWD, fresh, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return swapByRenames(fresh, path) // nothing to swap with, or a system that cannot
	}
	return &os.LinkError{Op: "swap", Old: fresh, New: path, Err: err}
}
