package fanout

import "golang.org/x/sys/unix"

// sleep sleeps for ns, and ends early if a signal comes.
func sleep(ns int64) {
	t := unix.NsecToTimespec(ns)
	_ = unix.Nanosleep(&t, nil) // fails only for a signal
}
