package hub

import (
	"runtime"
	"time"
)

const (
	shortWait                 = 150 * time.Microsecond // forecast up to which a wait is spun through from its begin
	firstLead                 = 50 * time.Microsecond  // how early a sleep ends, before anything is known
	leadShare                 = 8                      // and at most an eighth of the sleep
	crowdedAt                 = 3                      // score at which spinning stops
	crowdedMost               = 4                      // highest score
	firstPenalty, lastPenalty = 8, 1024                // waits that are parked before spinning is tried again
	paidWaits                 = 512                    // quick spins that are worth a slice given away
)

// A Waiter waits for one signal by one strategy, and for an adaptive one it
// remembers what the last waits were like. It is for one goroutine, and for
// one signal: what it learns of two would be true of neither. Nothing of it
// lies in shared memory, so that no peer can reach it. It allocates nothing
// after NewWaiter.
//
// The policy of Adaptive, for who has to port it; a wait begins with Await,
// and its gap is the time from there until the value was seen:
//
//  1. Look at the word 64 times with a pause in between, about a microsecond.
//     If it comes, the gap is noted as 0 and no clock was read. While the core
//     is known to be crowded (6), look once, and note nothing if it is there.
//  2. Take the last 16 gaps. The forecast is the window [g, g + max(g/5, 1 µs)],
//     g one of them, that holds the most of them, the earliest of equals. With
//     fewer than 4 gaps it is [0, 50 µs].
//  3. Park for the whole wait if the core is known to be crowded (6), or if the
//     window holds no more than half of the gaps.
//  4. If the window starts within 150 µs, spin from the begin of the wait to
//     twice the window's end and 20 µs more, then park.
//  5. Otherwise sleep on the futex until the window's start less a lead. If the
//     word came meanwhile, done. Else spin to the window's end plus the lead,
//     then park. The lead starts at 50 µs and learns how late such sleeps end:
//     it takes a quarter of what it was too short, gives back a sixteenth of
//     what it was too long, and is at most an eighth of the window's start. The
//     thread's timer slack is set to 1 ns at the first such sleep.
//  6. While it spins it offers the core to others: first after its patience,
//     then again after its patience, but no sooner than after twenty times what
//     the last yield took, or 400 µs. An offer is taken if the yield lasts 20 µs
//     or more, or 2 µs or more and the word came in it. The patience is 20 µs at
//     first, doubles up to 2 ms with each offer that nobody takes, and is back at
//     20 µs with one that is taken, with every 64th spin, and if 200 µs lie
//     between two looks at the word, so that somebody has had the core unasked.
//     An offer that is taken means that others want the core and adds 2 to a
//     score of at most 4; any other takes 1 from it, and so does a spin that ends
//     before the first. From a score of 3 the waiter parks at once, in this wait
//     and the next 8; then it tries again, and each time that this fails doubles
//     the 8, up to 1,024. A score of 0 sets it back to 8. A long yield is not held
//     against spinning if 512 waits since the last one ended without any: what
//     these saved, a few microseconds each, is about a slice.
//  7. Note the gap. If the waiter was woken, less the lead (at most an eighth
//     of the gap), since the word came before the waiter did. If the word came
//     in a spin, up to when the clock was read last: reading it once more would
//     take a third of what the signal takes.
//
// What it costs, of one core: everything while the forecast is up to 150 µs.
// Above that at most g/5 + 2 leads of each gap g, the leads at most a quarter
// of it; a tenth of a core for a period that varies by ±10%; what Park costs
// where gaps are irregular or the core is wanted by others.
//
// Rejected: to spin for a fixed time and then park, which adds CPU to every
// wait that is longer and is never quicker then; to spin without offers of the
// core, which is quicker beside a process that only computes but holds up a
// peer that has to run on the very core.
type Waiter struct {
	how  Strategy
	base time.Time // of its clock
	lead time.Duration
	last time.Duration // when the clock was last read
	pace pace          // at which the core is offered
	crowd
	sharp bool // the thread's timer slack has been set
	past  past // last: its ring is written on the way out, the rest is read
}

// NewWaiter returns a waiter that has waited for nothing yet.
func NewWaiter(how Strategy) *Waiter {
	return &Waiter{how: how, base: time.Now(), lead: firstLead, crowd: crowd{penalty: firstPenalty}}
}

// Await is Signal.Await by the waiter's strategy.
func (w *Waiter) Await(s Signal, v uint64) (seen uint64, syscalls int, err error) {
	switch {
	case w.how == Spin:
		return s.spin(v, &w.pace)
	case !w.how.adaptive():
		return s.Await(v, w.how)
	}
	if w.parked > 0 {
		if seen := s.Load(); seen >= v {
			return seen, 0, nil
		}
	} else if seen, ok := s.burst(v); ok {
		w.past.note(0)
		w.paid++
		return seen, 0, nil
	}
	// Not in a function of its own: behind a sleep the processor has forgotten
	// where calls return to, and a wrong return costs a tenth of a signal.
	t := &turn{Signal: s, v: v}
	begin := w.now()
	f, ok := w.past.forecast()
	switch {
	case w.parks() || !ok:
	case f.from <= shortWait:
		w.spin(t, begin, begin+2*f.to+firstPatience)
	default:
		lead := min(w.lead, f.from/leadShare)
		w.sleep(t, begin+f.from-lead)
		if !t.over() {
			w.spin(t, w.now(), begin+f.to+lead)
		}
	}
	for !t.over() {
		w.doze(t, parkTimeout)
	}
	if t.slept {
		gap := w.now() - begin
		w.past.note(gap - min(w.lead, gap/leadShare))
	} else {
		// Short of a burst: to read the clock now would take as long as the signal.
		w.past.note(w.last - begin)
	}
	return t.seen, t.syscalls, t.err
}

// A turn is one wait on its way.
type turn struct {
	Signal
	v, seen  uint64
	syscalls int
	slept    bool
	err      error
}

// over reports whether there is nothing more to wait for.
func (t *turn) over() bool { return t.seen >= t.v || t.err != nil }

// now reads the clock.
func (w *Waiter) now() time.Duration {
	w.last = time.Since(w.base)
	return w.last
}

// doze sleeps once. The turn counts as slept if the word came meanwhile.
func (w *Waiter) doze(t *turn, limit time.Duration) {
	seen, calls, err := t.Signal.doze(t.v, w.how, limit)
	t.seen, t.err = seen, err
	t.syscalls += calls
	t.slept = calls > 0
}

// sleep sleeps until the clock says so or the word comes, and learns how late
// that was.
func (w *Waiter) sleep(t *turn, until time.Duration) {
	if !w.sharp {
		w.sharp = true
		sharpen()
		t.syscalls++
	}
	for !t.over() {
		left := until - w.now()
		if left <= 0 {
			w.learn(-left)
			return
		}
		w.doze(t, min(left, parkTimeout))
	}
}

// learn moves the lead towards what a sleep was late by.
func (w *Waiter) learn(late time.Duration) {
	if late > w.lead {
		w.lead += (late - w.lead) / 4
	} else {
		w.lead -= (w.lead - late) / 16
	}
}

// spin looks at the word until the clock says so, the word comes, or others
// turn out to want the core, from begin on.
func (w *Waiter) spin(t *turn, begin, until time.Duration) {
	t.slept = false
	offer, offered := begin+w.pace.begin(), false
	last := w.now()
	for {
		seen, ok := t.burst(t.v)
		if t.seen = seen; ok {
			if !offered {
				w.paid++
				w.calm()
			}
			return
		}
		now := w.now()
		if now-last >= sliceLost {
			offer = min(offer, now+w.pace.lost())
		}
		if t.err = t.left(t.v); t.err != nil || now >= until {
			return
		}
		if last = now; now < offer {
			continue
		}
		w.offer()
		offered = true
		t.syscalls++
		last = w.now()
		t.seen = t.Load()
		// A spin that ends when the core is wanted need not offer it again at once.
		offer = last + max(yieldShare*min(last-now, sliceTaken), w.pace.offered(last-now, t.over()))
		if w.judge(last-now, t.over()) || t.over() {
			return
		}
	}
}

// offer lets others run on the core: goroutines as well, unless there are none.
func (w *Waiter) offer() {
	if !w.how.raw() {
		runtime.Gosched()
	}
	yield()
}

// A crowd is what a waiter knows of others that want its core.
type crowd struct {
	score   int
	parked  int // waits still to be parked
	penalty int // how many the next time
	paid    int // waits that ended without an offer of the core since one was taken
}

// parks reports whether this wait is one that parks at once.
func (c *crowd) parks() bool {
	if c.parked == 0 {
		return false
	}
	c.parked--
	return true
}

// calm takes into account that nobody wanted the core.
func (c *crowd) calm() {
	c.score = max(c.score-1, 0)
	if c.score == 0 {
		c.penalty = firstPenalty
	}
}

// judge takes into account what an offer of the core took, and whether the word
// came meanwhile, and reports whether to stop spinning.
func (c *crowd) judge(took time.Duration, came bool) bool {
	if !wanted(took, came) {
		c.calm()
		return false
	}
	if c.paid >= paidWaits {
		c.paid, c.penalty = 0, firstPenalty
		return false
	}
	c.paid = 0
	c.score = min(c.score+2, crowdedMost)
	if c.score < crowdedAt {
		return false
	}
	c.parked = c.penalty
	c.penalty = min(2*c.penalty, lastPenalty)
	return true
}
