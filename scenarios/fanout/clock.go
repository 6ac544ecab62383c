package fanout

import (
	"fmt"
	_ "unsafe" // for go:linkname

	"golang.org/x/sys/unix"
)

// nanotime is CLOCK_MONOTONIC in ns, which all processes of a machine share.
//
// Note: x/sys reads this clock by a system call; time.Now gives no absolute
// value of it.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64

// cpuNS is the processor time of this process so far, in ns.
func cpuNS() (int64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return t.Nano(), nil
}

// sleep sleeps for ns, and ends early if a signal comes.
func sleep(ns int64) {
	t := unix.NsecToTimespec(ns)
	_ = unix.Nanosleep(&t, nil) // fails only for a signal
}
