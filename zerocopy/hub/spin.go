package hub

import "time"

const (
	looksPerBurst = 64 // looks at the word between two looks at the rest

	firstPatience = 20 * time.Microsecond // of spinning before the core is first offered to others
	mostPatience  = 2 * time.Millisecond  // less than what the kernel's scheduler leaves anybody unasked
	freshEvery    = 64                    // spins after which patience is tried anew: others may have come
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
	last, next := time.Duration(0), p.begin()
	for {
		if seen, ok := s.burst(v); ok {
			return seen, syscalls, nil
		}
		if err := s.left(v); err != nil {
			return seen, syscalls, err
		}
		now := time.Since(begin)
		if now-last >= sliceLost {
			next = min(next, now+p.lost())
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
// does, when a slice was lost unasked, and every 64 spins: who spins patiently
// would else never hear of others that have come meanwhile. What an offer costs
// beyond its time is that the way out of the spin leaves the processor's caches
// and branch predictors: some 40 ns, half of what a signal takes. The zero value
// is the pace of somebody who knows nothing yet.
type pace struct {
	long  time.Duration // 0 is firstPatience
	spins int
}

// begin begins a spin and returns how long it is before the first offer.
func (p *pace) begin() time.Duration {
	if p.spins++; p.spins%freshEvery == 0 {
		p.long = firstPatience
	}
	return p.patience()
}

func (p *pace) patience() time.Duration { return max(p.long, firstPatience) }

// lost says that somebody has had the core unasked, and returns how long to
// spin before it is offered, to find out who it was.
func (p *pace) lost() time.Duration {
	p.long = firstPatience
	return firstPatience
}

// offered takes into account how long an offer took and whether the word came
// meanwhile, and returns how long to spin before the next: not at all if
// somebody has taken it, and else so long that offers are no more than a
// twentieth of the time.
func (p *pace) offered(took time.Duration, came bool) time.Duration {
	if wanted(took, came) {
		p.long = firstPatience
		return 0
	}
	p.long = min(2*p.patience(), mostPatience)
	return max(yieldShare*took, p.patience())
}

// wanted reports whether others want the core that was offered to them for so
// long: they used it, or it was needed for the word to come.
func wanted(took time.Duration, came bool) bool {
	return took >= sliceTaken || came && took >= yieldTaken
}
