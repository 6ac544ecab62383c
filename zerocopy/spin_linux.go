package zerocopy

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	looksPerBurst = 64 // looks at the word between two looks at the rest
	spinBursts    = 16 // bursts of a wait that has no clock, some 20 µs

	firstPatience = 20 * time.Microsecond // of spinning before the core is first offered to others
	mostPatience  = 2 * time.Millisecond  // less than what the kernel's scheduler leaves anybody unasked
	yieldShare    = 20                    // a yield that nobody takes is followed by at least this many times its own length
	yieldTaken    = 2 * time.Microsecond  // a yield of that length in which the word came has let the peer run
	sliceTaken    = 20 * time.Microsecond // a yield of that length has let somebody run
	// Between two looks at the word: somebody else was on the core. In a virtual
	// machine whose host is busy a tick of the timer takes up to 50 µs, and a
	// yield that nobody takes up to 10 µs.
	sliceLost = 200 * time.Microsecond
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

// spin looks until the value is at least v or the writer has left, and offers
// the core at a pace.
func (s Signal) spin(v uint64, p *pace) (seen uint64, syscalls int, err error) {
	seen, ok := s.burst(v)
	if ok {
		return seen, 0, nil
	}
	begin := time.Now()
	last, next := time.Duration(0), p.patience()
	for {
		if seen, ok := s.burst(v); ok {
			return seen, syscalls, nil
		}
		if err := s.left(v); err != nil {
			return seen, syscalls, err
		}
		now := time.Since(begin)
		if now-last >= sliceLost {
			next = min(next, now+firstPatience) // to find out who it was
		}
		if last = now; now >= next {
			yield()
			syscalls++
			seen = s.value.Load()
			last = time.Since(begin)
			next = last + p.offered(last-now, seen >= v)
		}
	}
}

// A pace is how long to spin before the core is offered to others. It doubles
// with every offer that nobody takes and is back where it was when somebody
// does. What an offer costs beyond its time is that the way out of the spin
// leaves the processor's caches and branch predictors: some 40 ns, half of what
// a signal takes. Zero is the pace of somebody who knows nothing yet.
type pace time.Duration

// patience is how long to spin before the first offer.
func (p *pace) patience() time.Duration { return max(time.Duration(*p), firstPatience) }

// offered takes into account how long an offer took and whether the word came
// meanwhile, and returns how long to spin before the next: not at all if
// somebody has taken it, and else so long that offers are no more than a
// twentieth of the time.
func (p *pace) offered(took time.Duration, came bool) time.Duration {
	if wanted(took, came) {
		*p = pace(firstPatience)
		return 0
	}
	*p = pace(min(2*p.patience(), mostPatience))
	return max(yieldShare*took, p.patience())
}

// wanted reports whether others want the core that was offered to them for so
// long: they used it, or it was needed for the word to come.
func wanted(took time.Duration, came bool) bool {
	return took >= sliceTaken || came && took >= yieldTaken
}

// yield offers the core to other threads.
func yield() {
	// A raw call: Go's scheduler need not know of so short a visit.
	unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // cannot fail on Linux
}
