package zerocopy

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	looksPerBurst = 64 // looks at the word between two looks at the rest
	spinBursts    = 16 // bursts of a wait that has no clock, some 20 µs

	spinPatience = 20 * time.Microsecond  // of spinning before the core is first offered to others
	yieldShare   = 20                     // a yield that nobody takes is followed by at least this many times its own length
	yieldSeldom  = 500 * time.Microsecond // longest from one that nobody takes to the next, unless yields are dear
	yieldTaken   = 2 * time.Microsecond   // a yield of that length has let somebody run
)

// burst looks at the value some 64 times, a microsecond or so, and reports
// whether it has become v.
func (s Signal) burst(v uint64) (seen uint64, ok bool) {
	for range looksPerBurst {
		if seen = s.value.Load(); seen >= v {
			return seen, true
		}
		pause()
	}
	return seen, false
}

// spin looks until the value is at least v or the writer has left.
func (s Signal) spin(v uint64) (seen uint64, syscalls int, err error) {
	seen, ok := s.burst(v)
	if ok {
		return seen, 0, nil
	}
	begin := time.Now()
	next := spinPatience
	for {
		if seen, ok := s.burst(v); ok {
			return seen, syscalls, nil
		}
		if err := s.left(v); err != nil {
			return seen, syscalls, err
		}
		if now := time.Since(begin); now >= next {
			yield()
			syscalls++
			next = nextYield(now, time.Since(begin))
		}
	}
}

// nextYield returns when to offer the core again after a yield from one time
// to another, both counted from the begin of the spin: at once if somebody has
// taken it. If nobody did, after as long as the spin has lasted, but no later
// than yieldSeldom, unless yields would then be more than a twentieth of the
// time. What a yield costs beyond its time is that the way out of the spin
// leaves the processor's caches and branch predictors.
func nextYield(from, to time.Duration) time.Duration {
	took := to - from
	if took >= yieldTaken {
		return to
	}
	return to + max(yieldShare*took, min(max(to, spinPatience), yieldSeldom))
}

// yield offers the core to other threads.
func yield() {
	// A raw call: Go's scheduler need not know of so short a visit.
	unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // cannot fail on Linux
}
