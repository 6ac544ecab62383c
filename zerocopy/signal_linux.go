package zerocopy

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Strategy is how a reader waits for a signal.
type Strategy uint8

const (
	// Park sleeps on a futex at once: cheap in CPU, a few microseconds late.
	Park Strategy = iota
	// ParkRaw is Park by a call that Go's scheduler is not told of. It keeps
	// the scheduler's processor for up to 10 ms, until the runtime asks for
	// it by a signal, which ends the sleep: right for a process that has
	// nothing else to run, and a stall for one that has.
	//
	// Note: the ordinary call wakes the runtime's monitor thread, which then
	// polls every 20 µs. In a role that sleeps for 2 ms a tick that cost 90 µs
	// of CPU a tick where this costs 20.
	ParkRaw
	// Spin never sleeps. It keeps a core busy, and after SpinPatience it
	// offers that core to others before each further look: with more
	// spinning roles than cores the one that has work would otherwise wait
	// for a scheduler slice, thousands of times longer than the signal takes.
	Spin
)

// String returns the strategy's name as it stands behind a transport's colon.
func (s Strategy) String() string {
	switch s {
	case Spin:
		return "spin"
	case ParkRaw:
		return "park-raw"
	}
	return "park"
}

// ErrClosed says that the role that was waited for has left the hub.
var ErrClosed = errors.New("the peer has left the hub")

const (
	looksPerBurst = 64                     // looks at the word between two looks at the rest
	spinBursts    = 16                     // bursts before the core is offered to others, some 20 µs
	parkTimeout   = 100 * time.Millisecond // longest sleep between two looks at the closed word
)

// A Signal is a 64-bit value that only grows, written by one role and awaited
// by any number of others in other processes.
type Signal struct {
	value    *atomic.Uint64
	sleepers *atomic.Uint64
	closed   *atomic.Uint64
	writer   uint64 // its bit in closed
}

// Post sets the value and wakes whoever sleeps. It returns the number of
// system calls made: none while nobody sleeps.
func (s Signal) Post(v uint64) int {
	// Both are sequentially consistent, as is Await's order of sleepers, then
	// value: one of the two sides sees the other.
	s.value.Store(v)
	if s.sleepers.Load() == 0 {
		return 0
	}
	s.wake()
	return 1
}

// Load returns the value.
func (s Signal) Load() uint64 { return s.value.Load() }

// Await blocks until the value is at least v. It returns the value seen and
// the number of system calls made, or ErrClosed when the writer has left and
// the value is still short of v.
func (s Signal) Await(v uint64, how Strategy) (seen uint64, syscalls int, err error) {
	if seen = s.value.Load(); seen >= v {
		return seen, 0, nil
	}
	if how == Spin {
		return s.spin(v)
	}
	return s.park(v, how)
}

func (s Signal) spin(v uint64) (seen uint64, syscalls int, err error) {
	for burst := 0; ; burst++ {
		for range looksPerBurst {
			if seen = s.value.Load(); seen >= v {
				return seen, syscalls, nil
			}
			pause()
		}
		if s.left(v) {
			return seen, syscalls, ErrClosed
		}
		if burst >= spinBursts {
			// A raw call: the scheduler of Go need not know of so short a visit.
			unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // cannot fail on Linux
			syscalls++
		}
	}
}

func (s Signal) park(v uint64, how Strategy) (seen uint64, syscalls int, err error) {
	s.sleepers.Add(1)
	defer s.sleepers.Add(math.MaxUint64) // minus one
	for {
		if seen = s.value.Load(); seen >= v {
			return seen, syscalls, nil
		}
		if s.left(v) {
			return seen, syscalls, ErrClosed
		}
		syscalls++
		if err := futexWait(low(s.value), uint32(seen), how); err != nil {
			return seen, syscalls, err
		}
	}
}

// left reports whether the writer has gone without having posted v first.
func (s Signal) left(v uint64) bool { return s.closed.Load()&s.writer != 0 && s.value.Load() < v }

// wake wakes every sleeper in every process.
func (s Signal) wake() {
	// Not FUTEX_PRIVATE: the sleepers are other processes. A raw call is
	// enough, since it never blocks.
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(low(s.value))), futexWakeOp, math.MaxInt32, 0, 0, 0)
	runtime.KeepAlive(s.value)
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

// futexWait sleeps while *word is seen, at most parkTimeout. Being woken,
// finding another value, a signal and the timeout all return nil: the caller
// looks again. A wait with a timeout is never restarted behind a signal, so
// that the runtime can always get its goroutine to a safe point.
func futexWait(word *uint32, seen uint32, how Strategy) error {
	ts := unix.NsecToTimespec(parkTimeout.Nanoseconds())
	var errno unix.Errno
	// SAFETY: both pointers are converted in the call itself, which keeps what
	// they point to alive and in place.
	if how == ParkRaw {
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
