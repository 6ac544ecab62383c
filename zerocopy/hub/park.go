package hub

import (
	"math"
	"sync/atomic"
	"time"
	"unsafe"
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

// low returns the half of the word that changes with every post: the futex.
// The project runs on little-endian machines, where that is the first one.
func low(w *atomic.Uint64) *uint32 {
	// SAFETY: the first half of an aligned uint64 is an aligned uint32.
	return (*uint32)(unsafe.Pointer(w))
}
