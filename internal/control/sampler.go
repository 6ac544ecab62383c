package control

import (
	"math"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/lap"
)

const (
	// meterBudget is the share of a process's CPU that reading the CPU clocks
	// in ordinary ticks may take; rare ticks, being few, are sampled
	// rareFactor times as densely.
	meterBudget = 0.0025
	rareFactor  = 10
	// minSampled is the number of ordinary ticks that are sampled however
	// short the window is and however dear the clocks are.
	minSampled = 12
	minRare    = 6 // the same of rare ticks, if there are as many
)

// Ticks are drawn from two lists, of ordinary and of rare ones.
const (
	ordinary = iota
	rare
	lists
)

// A sampler draws the ticks whose CPU is read: in each group of stride ticks
// of a list one, at a place drawn by hashing, so that no period of the
// system can fall in step with the sample. How long the groups are follows
// from what a tick of this process costs in the second half of the warm-up.
type sampler struct {
	seed   uint64
	cost   lap.Cost
	stride [lists]int
	seen   [lists]int // ticks of the window so far

	clock   func() time.Duration // of the CPU of which the budget is a share
	cpu     time.Duration        // when observe was called
	entered int64
}

// isRare reports whether the tick is the last of a generation, in which the
// next is bred, or the first, which carries it.
func isRare(epoch uint64) bool {
	t := epoch % copytax.GenerationTicks
	return t == 0 || t == copytax.GenerationTicks-1
}

// observe starts to watch what ticks cost. entered is the meter's count.
func (s *sampler) observe(entered int64) {
	s.cpu, s.entered = s.clock(), entered
}

// settle ends the watching and sets the strides. ticks are those that were watched:
// fewer than there were where a viewer has skipped some, as it will in the window.
func (s *sampler) settle(c copytax.Config, ticks int, entered int64) {
	ticks = max(ticks, 1)
	window := c.Ticks * ticks / max(c.WarmUp-c.WarmUp/2, 1) // ticks that the role will have
	cpu := s.clock() - s.cpu
	laps := float64(entered-s.entered) / float64(ticks)
	s.stride[ordinary] = stride(laps*(s.cost.Sampled-s.cost.Plain), float64(cpu)/float64(ticks), window/minSampled)
	rares := 2 * window / copytax.GenerationTicks
	s.stride[rare] = max(1, min(s.stride[ordinary]/rareFactor, rares/minRare))
}

// stride returns the length of a group: long enough for the clocks of one tick
// to be within the budget of all, and no longer than most.
func stride(clocksNS, tickNS float64, most int) int {
	want := math.Ceil(clocksNS / (meterBudget * tickNS))
	if !(want > 1) { // NaN too: a process that used no CPU that the clock can see
		return 1
	}
	return max(1, int(min(want, float64(most))))
}

// draw says whether the next tick of the window, from either list, is sampled.
func (s *sampler) draw(isRare bool) bool {
	list := ordinary
	if isRare {
		list = rare
	}
	i, stride := s.seen[list], max(s.stride[list], 1)
	s.seen[list]++
	group := uint64(i/stride)<<8 | uint64(list)
	return uint64(i%stride) == mix(s.seed^mix(group))%uint64(stride)
}

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
