package hub

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// parkTimeout is the longest sleep between two looks at the closed word.
const parkTimeout = 100 * time.Millisecond

// park sleeps until the value is at least v or the writer has left.
func (s Signal) park(v uint64, how Strategy) (seen uint64, syscalls int, err error) {
	for {
		seen, calls, err := s.doze(v, how, parkTimeout)
		syscalls += calls
		if seen >= v || err != nil {
			return seen, syscalls, err
		}
	}
}

// doze sleeps once, for at most the limit, unless the value is v already or
// the writer has left. It returns the value as it is then, and whether a
// system call was made.
func (s Signal) doze(v uint64, how Strategy, limit time.Duration) (seen uint64, syscalls int, err error) {
	s.sleepers.Add(1)
	if seen = s.value.Load(); seen < v {
		if err = s.left(v); err == nil {
			syscalls = 1
			err = futexWait(low(s.value), uint32(seen), how, limit)
			seen = s.value.Load()
		}
	}
	s.sleepers.Add(math.MaxUint64) // minus one
	return seen, syscalls, err
}

// wake wakes every sleeper in every process.
func (s Signal) wake() {
	futexWake(s.value, math.MaxInt32)
}

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

// low returns the half of the word that changes with every post: the futex.
// The project runs on little-endian machines, where that is the first one.
func low(w *atomic.Uint64) *uint32 {
	// SAFETY: the first half of an aligned uint64 is an aligned uint32.
	return (*uint32)(unsafe.Pointer(w))
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
