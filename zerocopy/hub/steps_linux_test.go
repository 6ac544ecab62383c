package hub

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/copytax/copytax/zerocopy"
)

// These tests run the protocol step by step, each step one access to a shared
// word or several that another side cannot tell apart, in every order that the
// sides can have. The words are sequentially consistent, so that there are no
// other orders.

// everyOrder calls run with every order in which sides of so many steps can
// take them: order[i] is the side that takes the i-th step.
func everyOrder(steps []int, run func(order []int)) {
	left := append([]int(nil), steps...)
	var order []int
	var next func()
	next = func() {
		ended := true
		for side := range left {
			if left[side] == 0 {
				continue
			}
			ended = false
			left[side]--
			order = append(order, side)
			next()
			order = order[:len(order)-1]
			left[side]++
		}
		if ended {
			run(order)
		}
	}
	next()
}

// stepping is a side as its steps. What a step decides, it leaves for the next.
type stepping struct {
	steps []func()
	at    int
}

// runOrder lets the sides take their steps.
func runOrder(order []int, sides []*stepping) {
	for _, side := range order {
		s := sides[side]
		s.steps[s.at]()
		s.at++
	}
}

func TestEveryOrderIsCounted(t *testing.T) {
	n := 0
	everyOrder([]int{3, 3, 2}, func([]int) { n++ })
	if n != 560 { // 8! / (3! 3! 2!)
		t.Errorf("%d orders, want 560", n)
	}
}

// leasing is hold, in steps.
func leasing(r *Reader, slot int, epoch uint64, holds *bool) *stepping {
	saw := false
	return &stepping{steps: []func(){
		func() { saw = r.sees(slot, epoch) },
		func() {
			if saw {
				r.claim(slot)
			}
		},
		func() {
			if saw && r.sees(slot, epoch) {
				*holds = true
			} else if saw {
				r.Release()
			}
		},
	}}
}

// taking is take, in steps.
func taking(w *Writer, slot int, takes *bool) *stepping {
	free := false
	return &stepping{steps: []func(){
		func() { free = !w.wanted(slot) },
		func() {
			if free {
				w.mark(slot)
			}
		},
		func() { *takes = free && w.settle(slot) },
	}}
}

// Whatever the order, the writer and a reader never have a slot at once, and
// the slot that the writer does not take is as it was.
func TestLeaseAndLoanExclude(t *testing.T) {
	taken, held := 0, 0
	everyOrder([]int{3, 3, 3}, func(order []int) {
		words := heapWords(t)
		w, _ := NewWriter(words, 3)
		w.Publish(0, 7)
		w.Publish(1, 8)
		var takes bool
		var holds [2]bool
		sides := []*stepping{taking(w, 0, &takes)}
		for i := range holds {
			r, _ := NewReader(words, 3, i)
			sides = append(sides, leasing(r, 0, 7, &holds[i]))
		}
		runOrder(order, sides)
		if takes && (holds[0] || holds[1]) {
			t.Errorf("order %v: the writer and a reader (%v) have the slot", order, holds)
		}
		if word := words.word(zerocopy.SlotLine).Load(); !takes && word != 8 || takes && word != 0 {
			t.Errorf("order %v: taken %v, and the slot word is %d", order, takes, word)
		}
		if takes {
			taken++
		}
		if holds[0] || holds[1] {
			held++
		}
	})
	if taken == 0 || held == 0 {
		t.Errorf("of all orders %d have the writer win and %d a reader: want both", taken, held)
	}
}

// The real take and the real hold, at once and again and again, exclude each
// other as their steps do.
func TestTakeAndHoldExclude(t *testing.T) {
	words := heapWords(t)
	w, _ := NewWriter(words, 2)
	r, _ := NewReader(words, 2, 0)
	var round, done atomic.Uint64
	var holds bool
	go func() {
		for n := uint64(1); awaitRound(&round, n); n++ {
			holds, _ = r.hold(0, n)
			done.Store(n)
		}
	}()
	both, n := 0, uint64(1)
	for start := time.Now(); time.Since(start) < 300*time.Millisecond; n++ {
		w.show(0, n)
		w.current = 1
		round.Store(n)
		for range n % 509 { // a cycle each, so that the sides meet at every step
		}
		takes := w.take(0)
		awaitRound(&done, n)
		if takes && holds {
			both++
		}
		r.Release()
	}
	round.Store(math.MaxUint64)
	if both > 0 {
		t.Errorf("the writer and a reader had the slot at once in %d of %d rounds", both, n)
	}
}

// awaitRound spins until v is n or more, lets others run if it takes long, and
// reports whether there is such a round.
func awaitRound(v *atomic.Uint64, n uint64) bool {
	for look := 1; v.Load() < n; look++ {
		if look%1024 == 0 {
			runtime.Gosched()
		}
	}
	return v.Load() != math.MaxUint64
}

// writing publishes n frames from epoch on, in steps. A loan that a reader
// blocks ends it.
func writing(w *Writer, epoch uint64, n int) *stepping {
	s := &stepping{}
	slot, blocked := 0, false
	do := func(f func()) {
		s.steps = append(s.steps, func() {
			if !blocked {
				f()
			}
		})
	}
	for e := epoch; e < epoch+uint64(n); e++ {
		do(func() {
			slot = (w.current + 1) % w.slots
			blocked = w.wanted(slot)
		})
		do(func() { w.mark(slot) })
		do(func() { blocked = !w.settle(slot) })
		do(func() { w.show(slot, e) })
		do(func() { w.words.Frame().Post(e + 1) })
	}
	return s
}

// Whenever a reader of every frame joins a running writer, it gets the frame
// that was the newest when it looked, and all behind it.
func TestJoinInEveryOrder(t *testing.T) {
	firsts := map[uint64]bool{}
	for _, slots := range []int{2, 3} {
		everyOrder([]int{20, 3}, func(order []int) {
			words := heapWords(t)
			w, _ := NewWriter(words, slots)
			for e := range uint64(3) {
				slot, _ := w.takeAny()
				w.Publish(slot, e)
			}
			f := &Follower{reader: Reader{words: words, slots: slots, index: 3}}
			joining := &stepping{steps: f.joining()}
			runOrder(order, []*stepping{writing(w, 3, 4), joining})
			firsts[f.Next()] = true
			if err := drain(f, words); err != nil {
				t.Errorf("%d slots, order %v: %v", slots, order, err)
			}
		})
	}
	if len(firsts) < 4 {
		t.Errorf("readers began at the frames %v only", firsts)
	}
}

// drain reads all that has been posted.
func drain(f *Follower, words *Words) error {
	for f.Next() < words.Frame().Load() {
		want := f.Next()
		if _, epoch, _, err := f.Acquire(Spin); err != nil || epoch != want {
			return fmt.Errorf("acquired frame %d (%v), want %d", epoch, err, want)
		}
		f.Release()
	}
	return nil
}

// Whatever the order, a writer that goes to sleep has either found a slot or
// is woken: the value that it sleeps on is no longer the signal's.
func TestNoWakeIsLost(t *testing.T) {
	for _, mode := range []Mode{Every, Latest} {
		slept := 0
		everyOrder([]int{3, 2, 2, 2}, func(order []int) {
			words := heapWords(t)
			w, _ := NewWriter(words, 2)
			w.Publish(0, 0)
			sides := []*stepping{nil}
			for i := range 3 {
				f, _ := Follow(words, 2, i, mode)
				if _, _, _, err := f.Acquire(Spin); err != nil {
					t.Fatal(err)
				}
				sides = append(sides, lettingGo(f))
			}
			w.Publish(1, 1)
			free, seen, found := words.Free(), uint64(0), false
			sides[0] = &stepping{steps: []func(){
				func() { free.sleepers.Add(1) },
				func() { seen = free.Load() },
				func() { _, found = w.takeAny() },
			}}
			runOrder(order, sides)
			if !found && free.Load() == seen {
				t.Errorf("%s, order %v: every reader has let go, and the writer sleeps", mode, order)
			}
			if !found {
				slept++
			}
		})
		if slept == 0 {
			t.Errorf("%s: no order has the writer sleep", mode)
		}
	}
}

// lettingGo is Release, in steps.
func lettingGo(f *Follower) *stepping {
	words := f.reader.words
	if f.mode == Latest {
		held := f.reader.held
		return &stepping{steps: []func(){
			func() { f.reader.lease().Store(0) },
			func() { words.letGo(zerocopy.LeaseLine, held, held) },
		}}
	}
	old := f.cursor
	return &stepping{steps: []func(){
		func() { words.word(zerocopy.CursorLine + f.reader.index).Store(old + 1) },
		func() { words.letGo(zerocopy.CursorLine, 1, old) },
	}}
}
