package transporttest

import (
	"os"

	"golang.org/x/sys/unix"
)

// flock locks a file, for this process alone or against those who want it alone, until
// the file is closed. It waits, and goes without where the file cannot be locked.
func flock(f *os.File, alone bool) {
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	for unix.Flock(int(f.Fd()), how) == unix.EINTR {
	}
}
