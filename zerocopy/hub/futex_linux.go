package hub

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// futexWake wakes at most so many sleepers of a word.
func futexWake(word *atomic.Uint64, sleepers uintptr) {
	// Not FUTEX_PRIVATE: the sleepers are other processes. A raw call is
	// enough, since it never blocks.
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(low(word))), futexWakeOp, sleepers, 0, 0, 0)
	runtime.KeepAlive(word)
}

const (
	futexWaitOp = 0 // FUTEX_WAIT, linux/futex.h
	futexWakeOp = 1 // FUTEX_WAKE
)

// futexSleep sleeps while the word's low half is seen, without a limit. Nobody is told
// how it ended: the caller looks again.
func futexSleep(word *atomic.Uint64, seen uint32) {
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(low(word))), futexWaitOp, uintptr(seen), 0, 0, 0)
}

// futexWait sleeps while *word is seen, at most the limit. Being woken,
// finding another value, a signal and the timeout all return nil: the caller
// looks again. A wait with a timeout is never restarted behind a signal, so
// that the runtime can always get its goroutine to a safe point.
func futexWait(word *uint32, seen uint32, how Strategy, limit time.Duration) error {
	ts := unix.NsecToTimespec(limit.Nanoseconds())
	var errno unix.Errno
	// SAFETY: both pointers are converted in the call itself, which keeps what
	// they point to alive and in place.
	if how.raw() {
		_, _, errno = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaitOp,
			uintptr(seen), uintptr(unsafe.Pointer(&ts)), 0, 0)
	} else {
		_, _, errno = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaitOp,
			uintptr(seen), uintptr(unsafe.Pointer(&ts)), 0, 0)
	}
	switch errno {
	case 0, unix.EAGAIN, unix.EINTR, unix.ETIMEDOUT:
		return nil
	}
	return fmt.Errorf("futex wait: %w", errno)
}

// yield offers the core to other threads.
func yield() {
	// A raw call: Go's scheduler need not know of so short a visit.
	unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // cannot fail on Linux
}

// sharpen has the thread's sleeps end when they are to, not 50 µs later.
func sharpen() {
	// Were it refused, a waiter's lead would grow by as much.
	unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_TIMERSLACK, 1, 0, 0, 0, 0)
}
