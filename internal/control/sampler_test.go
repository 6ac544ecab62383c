package control

import (
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/lap"
)

func TestSamplerDrawsOneInEachGroup(t *testing.T) {
	for _, stride := range []int{1, 2, 7, 100} {
		s := sampler{seed: 9, stride: [lists]int{stride, 1}}
		places := map[int]bool{}
		for group := range 50 {
			hits := 0
			for i := range stride {
				if s.draw(false) {
					hits++
					places[i] = true
				}
			}
			if hits != 1 {
				t.Fatalf("stride %d: %d ticks drawn in group %d, want 1", stride, hits, group)
			}
		}
		if stride > 1 && len(places) < 2 {
			t.Errorf("stride %d: always the same place is drawn", stride)
		}
	}
}

func TestSamplerFollowsItsSeed(t *testing.T) {
	drawn := func(seed uint64) (ticks string) {
		s := sampler{seed: seed, stride: [lists]int{8, 1}}
		for range 200 {
			ticks += map[bool]string{true: "1", false: "0"}[s.draw(false)]
		}
		return ticks
	}
	if first, again := drawn(1), drawn(1); first != again || first == drawn(2) {
		t.Error("the sample must follow the seed and nothing else")
	}
}

func TestStrideKeepsTheBudget(t *testing.T) {
	for _, c := range []struct {
		clocks, tick float64
		most, want   int
	}{
		{1e3, 1e9, 100, 1}, {9.5 * meterBudget * 1e5, 1e5, 100, 10}, {9.5 * meterBudget * 1e5, 1e5, 4, 4},
		{1e3, 0, 50, 50}, {0, 0, 50, 1}, {1e3, 1e3, 0, 1},
	} {
		if got := stride(c.clocks, c.tick, c.most); got != c.want {
			t.Errorf("clocks %v ns, tick %v ns, at most %d: stride %d, want %d", c.clocks, c.tick, c.most, got, c.want)
		}
	}
}

func TestSettleSamplesEnough(t *testing.T) {
	for _, ticks := range []int{60, 600, 1800} {
		c := copytax.Config{Ticks: ticks, WarmUp: ticks / 6}
		s := sampler{clock: lap.ProcessCPU, cost: lap.Cost{Sampled: float64(time.Second)}} // clocks that no budget allows
		s.observe(0)
		s.settle(c, c.WarmUp-c.WarmUp/2, 1e6)
		var hits, seen [lists]int
		for epoch := c.WarmUp; epoch < c.WarmUp+c.Ticks; epoch++ {
			list := ordinary
			if isRare(uint64(epoch)) {
				list = rare
			}
			seen[list]++
			if s.draw(list == rare) {
				hits[list]++
			}
		}
		if hits[ordinary] < minSampled-1 || hits[rare] < min(minRare-1, seen[rare]) {
			t.Errorf("%d ticks: %d of %d ordinary and %d of %d rare ones are sampled",
				ticks, hits[ordinary], seen[ordinary], hits[rare], seen[rare])
		}
	}
}

// A viewer that has skipped four frames of five in the warm-up will do so in the window.
func TestSettleSamplesEnoughOfWhatIsNotSkipped(t *testing.T) {
	c := copytax.Config{Ticks: 600, WarmUp: 100}
	s := sampler{clock: lap.ProcessCPU, cost: lap.Cost{Sampled: float64(time.Second)}}
	s.observe(0)
	s.settle(c, 10, 1e6)
	hits := 0
	for range c.Ticks / 5 {
		if s.draw(false) {
			hits++
		}
	}
	if hits < minSampled-1 {
		t.Errorf("%d of %d ticks are sampled, want %d", hits, c.Ticks/5, minSampled)
	}
}
