package lap

import "time"

// A stratum is a sort of tick that is scaled for itself: a sampled tick stands
// for others of its own sort only. What sorts them is known of every tick,
// sampled or not: whether it is rare, whether the collector was at work in it,
// and its length. A tick that the operating system has interrupted for a few
// milliseconds is one of few, and so is one in which the heap was collected; if
// it happens to be sampled it must not count as many times as an even one does.
type stratum uint8

// The lengths of ticks.
const (
	even    = iota
	slow    // more than slowTicks times the mean
	stalled // more than stalledTicks times the mean
	lengths
)

// Kinds are combined of these, and with a length they make a stratum.
const (
	isCollecting = 1 << iota
	isRare
	kinds = 1 << iota
)

const numStrata = kinds * lengths

const (
	slowTicks    = 2
	stalledTicks = 6
)

func newStratum(kind, length int) stratum { return stratum(kind*lengths + length) }

// A pace is the mean length of the ticks so far, warm-up included, rare ones
// apart from the others.
type pace struct {
	sum   [2]time.Duration
	ticks [2]time.Duration
}

// length sorts a tick by its duration and counts it.
func (p *pace) length(d time.Duration, rare bool) int {
	list := 0
	if rare {
		list = 1
	}
	mean := d // of the first one
	if p.ticks[list] > 0 {
		mean = p.sum[list] / p.ticks[list]
	}
	p.sum[list] += min(d, stalledTicks*mean) // one stall must not make the rest look even
	p.ticks[list]++
	switch {
	case d > stalledTicks*mean:
		return stalled
	case d > slowTicks*mean:
		return slow
	}
	return even
}

// standing returns the number of ticks that the sampled ones of each stratum
// stand for: all of the stratum, and those of the strata beside it that have
// no sampled tick of their own.
func standing(accounts *[numStrata]Account) (ticks [numStrata]int) {
	for s := range accounts {
		ticks[nearest(accounts, s/lengths, s%lengths)] += accounts[s].Ticks
	}
	return ticks
}

// nearest returns the stratum that stands for one: itself if it was sampled,
// else the nearest length of its kind, else of its kind with or without the
// collector. Rare ticks never stand for others, nor others for them.
func nearest(accounts *[numStrata]Account, kind, length int) stratum {
	for _, k := range []int{kind, kind ^ isCollecting} {
		for d := range lengths {
			for _, l := range []int{length - d, length + d} {
				if l >= 0 && l < lengths && accounts[newStratum(k, l)].Sampled > 0 {
					return newStratum(k, l)
				}
			}
		}
	}
	return newStratum(kind, length)
}
