package core

import (
	"errors"
	"slices"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A Ruler measures how far apart two cores are: how long a value takes from one
// to the other when both do nothing but store and load it. It lies on two words
// of a hub's control page that the protocol leaves alone, and each side has its
// own. Both must live while it is in use.
type Ruler struct {
	there, back hub.Bare
	n           uint64
}

const (
	rulerTrips = 64 // round trips that are timed together
	rulerTimes = 15 // of which the median counts: a side may lose its core in one
)

// NewRuler lays a ruler on bare words i and i+1 of a control page.
func NewRuler(w *hub.Words, i int) (*Ruler, error) {
	there, err1 := w.Bare(i)
	back, err2 := w.Bare(i + 1)
	return &Ruler{there: there, back: back}, errors.Join(err1, err2)
}

// Lead returns the time one way in ns, 0 without a ruler. The other side must come
// to Follow.
func (r *Ruler) Lead() float64 {
	if r == nil {
		return 0
	}
	times := make([]float64, rulerTimes)
	for i := range times {
		begin := lab.Nanotime()
		for range rulerTrips {
			r.n++
			r.there.Store(r.n)
			r.back.SpinPause(r.n)
		}
		times[i] = float64(lab.Nanotime()-begin) / (2 * rulerTrips)
	}
	slices.Sort(times)
	return times[rulerTimes/2]
}

// Follow answers a Lead.
func (r *Ruler) Follow() {
	if r == nil {
		return
	}
	for range rulerTimes * rulerTrips {
		r.n++
		r.there.SpinPause(r.n)
		r.back.Store(r.n)
	}
}
