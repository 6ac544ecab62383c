package hub

import (
	"slices"
	"time"
)

const (
	pastGaps    = 16               // waits that a forecast looks back on
	fewestGaps  = 4                // with fewer it knows nothing yet
	windowShare = 5                // a window is a fifth of its start long
	windowFloor = time.Microsecond // and at least this
	blindSpin   = 50 * time.Microsecond
)

// A past is how long the last waits took, in a ring.
type past struct {
	n    int // waits noted, ever
	gaps [pastGaps]time.Duration
}

func (p *past) note(gap time.Duration) {
	p.gaps[p.n%pastGaps] = gap
	p.n++
}

// A forecast is when the signal is likely to come, counted from the begin of
// the wait.
type forecast struct{ from, to time.Duration }

// forecast returns the window of a fifth of its own start that holds the most
// of the last waits, the earliest if several do, and false if that is not more
// than half of them: then spinning through it would not shorten the median.
func (p *past) forecast() (f forecast, ok bool) {
	n := min(p.n, pastGaps)
	if n < fewestGaps {
		return forecast{0, blindSpin}, true
	}
	gaps := p.gaps // a copy, to be sorted
	sorted := gaps[:n]
	slices.Sort(sorted)
	best, end := 0, 0
	for i, from := range sorted {
		to := from + max(from/windowShare, windowFloor)
		for end < n && sorted[end] <= to {
			end++
		}
		if end-i > best {
			best, f = end-i, forecast{from, to}
		}
	}
	return f, 2*best > n
}
