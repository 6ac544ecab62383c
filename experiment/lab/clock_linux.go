package lab

import (
	"fmt"
	_ "unsafe" // for go:linkname

	"golang.org/x/sys/unix"
)

// Nanotime is CLOCK_MONOTONIC in ns, which all processes of a machine share.
//
// Note: x/sys reads this clock by a system call, which takes longer than the
// quickest hand-off; time.Now gives no absolute value of it.
//
//go:linkname Nanotime runtime.nanotime
func Nanotime() int64

// A Clock is a clock of processor time.
type Clock int32

// The clocks of processor time.
const (
	OfProcess Clock = unix.CLOCK_PROCESS_CPUTIME_ID // all threads of it
	OfThread  Clock = unix.CLOCK_THREAD_CPUTIME_ID
)

// CPUNS is the processor time of this process or thread so far, the operating
// system's part included, in ns.
func CPUNS(clock Clock) (int64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(clock), &t); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return t.Nano(), nil
}
