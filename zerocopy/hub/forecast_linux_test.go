package hub

import (
	"testing"
	"time"
)

const us = time.Microsecond

func TestForecast(t *testing.T) {
	for _, c := range []struct {
		name string
		gaps []time.Duration
		want forecast
		ok   bool
	}{
		{"nothing known", nil, forecast{0, blindSpin}, true},
		{"too little known", []time.Duration{us, us, us}, forecast{0, blindSpin}, true},
		{"all at once", []time.Duration{0, 0, 0, 0}, forecast{0, windowFloor}, true},
		{"regular", []time.Duration{1000 * us, 1050 * us, 990 * us, 1010 * us}, forecast{990 * us, 1188 * us}, true},
		{"one in five is late", []time.Duration{1000 * us, 9000 * us, 1000 * us, 1000 * us, 1000 * us}, forecast{1000 * us, 1200 * us}, true},
		{"half and half", []time.Duration{10 * us, 5000 * us, 10 * us, 5000 * us}, forecast{10 * us, 12 * us}, false},
		{"irregular", []time.Duration{100 * us, 200 * us, 400 * us, 800 * us, 1600 * us}, forecast{100 * us, 120 * us}, false},
	} {
		var p past
		for _, g := range c.gaps {
			p.note(g)
		}
		if got, ok := p.forecast(); got != c.want || ok != c.ok {
			t.Errorf("%s: got %v %t, want %v %t", c.name, got, ok, c.want, c.ok)
		}
	}
}

// Old gaps are forgotten, and a forecast leaves the ring in its order.
func TestForecastForgets(t *testing.T) {
	var p past
	for range pastGaps {
		p.note(time.Second)
	}
	for i := range pastGaps {
		p.forecast()
		p.note(us * time.Duration(100+i%2))
	}
	got, ok := p.forecast()
	if want := (forecast{100 * us, 120 * us}); got != want || !ok {
		t.Errorf("got %v %t, want %v", got, ok, want)
	}
}

func TestPaceOfOffers(t *testing.T) {
	var p pace
	if got := p.patience(); got != firstPatience {
		t.Errorf("at first: got %v, want %v", got, firstPatience)
	}
	for _, c := range []struct {
		took           time.Duration
		came           bool
		next, patience time.Duration
	}{
		{500, false, 40 * us, 40 * us},      // cheap, and nobody took it: twice as long
		{1999, true, 80 * us, 80 * us},      // the word came, but not because of it
		{9 * us, false, 180 * us, 160 * us}, // dear: as seldom as its price asks
		{2 * us, true, 0, 20 * us},          // the peer ran: at once again, and as at first
		{2 * us, false, 40 * us, 40 * us},
		{20 * us, false, 0, 20 * us}, // somebody ran
		{4000 * us, true, 0, 20 * us},
	} {
		if next := p.offered(c.took, c.came); next != c.next || p.patience() != c.patience {
			t.Errorf("after a yield of %v: next after %v, patience %v, want %v, %v", c.took, next, p.patience(), c.next, c.patience)
		}
	}
	for range 20 {
		p.offered(0, false)
	}
	if got := p.patience(); got != mostPatience {
		t.Errorf("when nobody ever takes it: got %v, want %v", got, mostPatience)
	}
	for i := range 2 * freshEvery {
		want := mostPatience
		if i%freshEvery == freshEvery-1 {
			want = firstPatience
		}
		if got := p.begin(); got != want {
			t.Fatalf("spin %d begins with %v, want %v", i+1, got, want)
		}
		p.long = mostPatience
	}
	if got := p.lost(); got != firstPatience || p.patience() != firstPatience {
		t.Errorf("a slice was lost: got %v and %v", got, p.patience())
	}
}

func TestCrowdStopsSpinning(t *testing.T) {
	c := crowd{penalty: firstPenalty}
	judge := func(took time.Duration, want bool) {
		t.Helper()
		if got := c.judge(took, false); got != want {
			t.Fatalf("after a yield of %v at score %d: got %t, want %t", took, c.score, got, want)
		}
	}
	judge(sliceTaken, false) // once may be chance
	judge(us, false)
	judge(us, false)
	if c.parks() {
		t.Error("a wait parks though nobody wants the core")
	}
	judge(sliceTaken, false)
	judge(sliceTaken, true)
	parked := 0
	for c.parks() {
		parked++
	}
	if parked != firstPenalty {
		t.Errorf("%d waits were parked, want %d", parked, firstPenalty)
	}
	judge(sliceTaken, true) // still there
	if c.parked != 2*firstPenalty {
		t.Errorf("%d waits are to be parked, want %d", c.parked, 2*firstPenalty)
	}
	for range 20 {
		judge(sliceTaken, true)
	}
	if c.parked != lastPenalty {
		t.Errorf("%d waits are to be parked, want at most %d", c.parked, lastPenalty)
	}
	for range crowdedMost {
		judge(us, false)
	}
	if c.penalty != firstPenalty {
		t.Errorf("the penalty is %d once nobody wants the core, want %d", c.penalty, firstPenalty)
	}
}

// A word that comes while the core is lent shows that its writer needed it,
// however soon that was.
func TestCrowdSeesPeerOnItsCore(t *testing.T) {
	c := crowd{penalty: firstPenalty}
	if c.judge(yieldTaken, true) || !c.judge(yieldTaken, true) {
		t.Errorf("score %d after two yields in which the word came", c.score)
	}
	c = crowd{penalty: firstPenalty}
	for range 3 {
		if c.judge(yieldTaken-1, true) || c.judge(sliceTaken-1, false) {
			t.Errorf("score %d: chance, or another who ran for a moment, is held against spinning", c.score)
		}
	}
}

// What many quick waits have saved is set against a slice that was given away.
func TestCrowdForgivesWhatHasPaid(t *testing.T) {
	c := crowd{penalty: firstPenalty, paid: paidWaits}
	if c.judge(time.Second, false) || c.score != 0 {
		t.Errorf("score %d after a long yield behind %d quick waits", c.score, paidWaits)
	}
	if c.judge(time.Second, false); c.score == 0 {
		t.Error("the same waits have paid twice")
	}
}
