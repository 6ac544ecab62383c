package lab

import (
	"fmt"
	"unsafe" // for go:linkname too

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
type Clock uintptr

// The clocks of processor time. Other threads of a process that are running when
// its clock is read count up to their last scheduler tick.
const (
	OfProcess Clock = unix.CLOCK_PROCESS_CPUTIME_ID // all threads of it, dead ones included
	OfThread  Clock = unix.CLOCK_THREAD_CPUTIME_ID  // to which the goroutine must be locked
)

// CPUNS is the processor time of this process or thread so far, the operating
// system's part included, in ns. It cannot fail for a clock that there is.
//
// Note: it is a raw call, which never blocks. The bookkeeping of the ordinary one
// would be charged to whoever is measured.
func CPUNS(clock Clock) (int64, error) {
	var t unix.Timespec
	// SAFETY: t is alive and of the size that the call writes.
	if _, _, e := unix.RawSyscall(unix.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&t)), 0); e != 0 {
		return 0, fmt.Errorf("processor time: %w", e)
	}
	return t.Nano(), nil
}
