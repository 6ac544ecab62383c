package tab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// folderPrefix begins the name of every folder of a browser, in the folder for temporary
// files. Names are short: Chromium makes sockets below, whose paths have 107 bytes.
const folderPrefix = "copytax-tab-"

// A folder is that of one browser, for its profile and all that it writes. Who owns it
// holds a lock on it, which the operating system gives back when the owner dies: a
// folder without one is what is left of a program that was killed.
//
// Note: the number of the owner in the folder's name would do the same on one machine,
// but not where two containers share the folder for temporary files.
type folder struct {
	path string
	lock *os.File
}

// newFolder makes a folder, and removes those that nobody owns.
func newFolder() (*folder, error) {
	sweep()
	for {
		path, err := os.MkdirTemp("", folderPrefix)
		if err != nil {
			return nil, fmt.Errorf("make a folder for the browser: %w", err)
		}
		switch lock, err := own(path); {
		case err != nil:
			return nil, errors.Join(fmt.Errorf("own a folder for the browser: %w", err), os.RemoveAll(path))
		case lock != nil:
			return &folder{path, lock}, nil
		}
		// Somebody swept between the two steps.
	}
}

// own locks a folder. It returns nil where another has the lock, or has removed it.
func own(path string) (*os.File, error) {
	lock, err := os.OpenFile(path, unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
		var mine, there os.FileInfo
		if mine, err = lock.Stat(); err == nil {
			if there, err = os.Lstat(path); err == nil && os.SameFile(mine, there) {
				return lock, nil
			}
		}
	}
	lock.Close()
	if err == nil || errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return nil, err
}

// sweep removes the folders of programs that have died. One that cannot be removed is
// another user's, or its browser is still dying: a later sweep has it.
func sweep() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*")) // the pattern is well formed
	for _, path := range left {
		if lock, err := own(path); err == nil && lock != nil {
			_ = os.RemoveAll(path)
			lock.Close()
		}
	}
}

// remove removes the folder. A process that dies may still make files in it.
func (f *folder) remove() error {
	defer f.lock.Close()
	deadline := time.Now().Add(2 * time.Second)
	for {
		err := os.RemoveAll(f.path)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}
