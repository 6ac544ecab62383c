package lap

import "time"

// A stratum is a kind of tick that is scaled for itself: a sampled tick stands
// for others of its own kind only. There are rare and ordinary ticks, and
// either are even, slow or stalled by their length, which is known for all
// ticks, sampled or not. A tick that the operating system has interrupted for
// a few milliseconds is one of few; if it happens to be sampled it must not
// count as many times as an even one does.
type stratum uint8

const (
	even      stratum = iota
	slow              // more than slowTicks times the mean
	stalled           // more than stalledTicks times the mean
	lengths           // number of lengths; rare ticks follow ordinary ones
	numStrata = 2 * lengths
)

const (
	slowTicks    = 2
	stalledTicks = 6
)

// A pace is the mean length of the ticks so far, warm-up included, rare ones
// apart from the others.
type pace struct {
	sum   [2]time.Duration
	ticks [2]time.Duration
}

// stratum returns the stratum of a tick of the given length and counts it.
func (p *pace) stratum(length time.Duration, rare bool) stratum {
	kind := 0
	if rare {
		kind = 1
	}
	mean := length // of the first one
	if p.ticks[kind] > 0 {
		mean = p.sum[kind] / p.ticks[kind]
	}
	p.sum[kind] += min(length, stalledTicks*mean) // one stall must not make the rest look even
	p.ticks[kind]++
	s := even
	switch {
	case length > stalledTicks*mean:
		s = stalled
	case length > slowTicks*mean:
		s = slow
	}
	return stratum(kind)*lengths + s
}
