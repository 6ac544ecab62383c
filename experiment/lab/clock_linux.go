package lab

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

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

// CPUOf is the processor time of any process so far, dead threads included, in ns; 0
// if it has ended. The clock is that of clock_getcpuclockid(3): MAKE_PROCESS_CPUCLOCK
// and CPUCLOCK_SCHED of Linux's include/linux/posix-timers.h.
func CPUOf(pid int) int64 {
	const sched = 2
	ns, _ := CPUNS(Clock(^pid<<3 | sched))
	return ns
}

// ThisThread is the clock of the calling thread, for any thread of its process, as of
// pthread_getcpuclockid(3).
func ThisThread() Clock {
	// MAKE_THREAD_CPUCLOCK and CPUCLOCK_SCHED of Linux's include/linux/posix-timers.h.
	const perThread, sched = 4, 2
	return Clock(^unix.Gettid()<<3 | perThread | sched)
}
