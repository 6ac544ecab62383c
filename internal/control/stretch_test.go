package control

import (
	"testing"
	"time"

	"github.com/copytax/copytax"
)

func TestStretchTicks(t *testing.T) {
	for ticks, want := range map[int][2]int{60: {1, 60}, 120: {2, 60}, 1800: {30, 60}, 100: {2, 50}, 61: {2, 30}, 7: {1, 7}, 119: {2, 59}} {
		each, n := StretchTicks(copytax.Config{Ticks: ticks})
		if each != want[0] || n != want[1] || each*n > ticks || ticks-each*n >= each {
			t.Errorf("%d ticks: got %d stretches of %d, want %d of %d", ticks, n, each, want[1], want[0])
		}
	}
}

// work uses CPU for some time.
func work(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

// cutOf passes all ticks of a trial but those skipped.
func cutOf(c copytax.Config, skips func(epoch uint64) bool) cutter {
	cut := newCutter(c)
	for epoch := range c.LastEpoch() + 1 {
		if skips(epoch) {
			continue
		}
		cut.pass(epoch)
		work(20 * time.Microsecond)
	}
	return cut
}

func TestCutter(t *testing.T) {
	c := copytax.Config{WarmUp: 10, Ticks: 121} // 40 stretches of 3 ticks, and one tick more
	none := func(uint64) bool { return false }
	cut := cutOf(c, none)
	series := cut.series(true)
	if len(series[StretchCPU]) != 40 || len(series[StretchWall]) != 40 {
		t.Fatalf("got %d and %d stretches, want 40", len(series[StretchCPU]), len(series[StretchWall]))
	}
	for i, ns := range series[StretchWall] {
		if ns < 3*20_000 {
			t.Errorf("stretch %d lasted %d ns, want three ticks of 20 µs", i, ns)
		}
	}
	if cpu, ok := cut.series(false)[StretchCPU]; ok || len(cut.series(false)[StretchWall]) != 40 {
		t.Errorf("of stretches that are too short for the clock of other threads: got %v", cpu)
	}
	// Skipping within stretches moves their ends, over whole ones leaves none.
	if cut := cutOf(c, func(e uint64) bool { return e%5 == 3 && e != c.LastEpoch() }); len(cut.series(true)[StretchCPU]) != 40 {
		t.Errorf("got %v of a viewer that skips a frame here and there", cut.series(true))
	}
	if cut := cutOf(c, func(e uint64) bool { return 30 < e && e < 50 }); cut.series(true) != nil {
		t.Errorf("got %v of a viewer that has skipped stretches", cut.series(true))
	}
	if cut := cutOf(c, func(e uint64) bool { return e > 60 }); cut.series(true) != nil {
		t.Errorf("got %v of a window that did not end", cut.series(true))
	}
	if n := testing.AllocsPerRun(3, func() { cut.next = 0; cut.cpu, cut.wall = cut.cpu[:0], cut.wall[:0]; cut.pass(0) }); n != 0 {
		t.Errorf("a reading allocates %v times", n)
	}
}
