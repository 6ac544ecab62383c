package hub

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

var allStrategies = []Strategy{Park, ParkRaw, Spin, Adaptive, AdaptiveRaw}

// exchange has a waiter see every value that is posted at the given gaps, and
// checks that what was written before a post is seen behind it.
func exchange(t *testing.T, how Strategy, gaps ...time.Duration) {
	t.Helper()
	words := heapWords(t)
	var payload uint64
	go func() {
		for i, gap := range gaps {
			v := uint64(i + 1)
			time.Sleep(gap)
			if i > 0 { // the payload is the waiter's until it says so
				words.Used().Await(v-1, Park)
			}
			payload = 3 * v
			words.Frame().Post(v)
		}
	}()
	w := NewWaiter(how)
	for i := range gaps {
		v := uint64(i + 1)
		seen, calls, err := w.Await(words.Frame(), v)
		if err != nil || seen < v || calls < 0 {
			t.Fatalf("%s: wait %d returned %d after %d system calls: %v", how, v, seen, calls, err)
		}
		if payload != 3*v {
			t.Fatalf("%s: value %d came before its payload: %d", how, v, payload)
		}
		words.Used().Post(v)
	}
}

func repeat(n int, gaps ...time.Duration) (all []time.Duration) {
	for range n {
		all = append(all, gaps...)
	}
	return all
}

// Every way through the policy: hit at once, spun through, slept towards and
// met, irregular, and from one regime to another.
func TestWaiterSeesEveryPost(t *testing.T) {
	for _, how := range allStrategies {
		exchange(t, how, repeat(2000, 0)...)
		exchange(t, how, repeat(100, 50*us)...)
		exchange(t, how, repeat(60, time.Millisecond)...)
		exchange(t, how, repeat(12, 0, 3*time.Millisecond, 200*us)...)
	}
}

// A waiter that sleeps towards a signal, spins for one or parks finds out that
// the writer has left, and the error names who that was.
func TestWaiterSeesLeave(t *testing.T) {
	for _, how := range allStrategies {
		for _, gap := range []time.Duration{0, time.Millisecond, time.Hour} {
			words := heapWords(t)
			w := NewWaiter(how)
			for range pastGaps {
				w.past.note(gap)
			}
			got := make(chan error)
			go func() {
				_, _, err := w.Await(words.Frame(), 1)
				got <- err
			}()
			time.Sleep(3 * time.Millisecond)
			words.Leave(copytax.Engine)
			err := <-got
			if !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "the engine has left the hub") {
				t.Errorf("%s, %v: got %v, want that the engine has left", how, gap, err)
			}
		}
	}
}

// The error of a signal that ends with either of two roles names those gone.
func TestLeftErrorNamesRoles(t *testing.T) {
	words := heapWords(t)
	words.Leave(copytax.Viewer)
	_, _, err := words.Free().Await(1, Park)
	if want := "the viewer has left the hub"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	words.Leave(copytax.Kernel)
	_, _, err = words.Free().Await(1, Spin)
	if want := "the kernel and the viewer have left the hub"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A value that a hostile peer takes back, or sets at random, may keep a waiter
// waiting but never makes it return a value that is short of what it wants.
func TestWaiterDistrustsTheWord(t *testing.T) {
	words := heapWords(t)
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for v := uint64(0); !stop.Load(); v = v*6364136223846793005 + 1442695040888963407 {
			words.word(zerocopy.FrameLine).Store(v >> 32)
			words.word(zerocopy.FrameLine + 1).Store(v) // sleepers
			words.Frame().wake()
		}
	}()
	w := NewWaiter(Adaptive)
	for range 300 {
		want := uint64(1) << 31
		if seen, _, err := w.Await(words.Frame(), want); err != nil || seen < want {
			t.Errorf("got %d, %v, want at least %d", seen, err, want)
		}
	}
	stop.Store(true)
	<-done
}

// Every wait that spins counts as one, so that even the most patient waiter
// tries to offer its core again: TestPaceOfOffers has the rest.
func TestSpinsAreCounted(t *testing.T) {
	for _, how := range []Strategy{Spin, AdaptiveRaw} {
		words := heapWords(t)
		w := NewWaiter(how)
		const waits = 20
		for v := uint64(1); v <= waits; v++ {
			go func() {
				time.Sleep(200 * us)
				words.Frame().Post(v)
			}()
			if _, _, err := w.Await(words.Frame(), v); err != nil {
				t.Fatal(err)
			}
			w.past, w.crowd = past{}, crowd{penalty: firstPenalty} // nothing learnt: it spins
		}
		if got := w.pace.spins; got == 0 || got > waits {
			t.Errorf("%s: %d spins in %d waits", how, got, waits)
		}
	}
}

func TestWaiterAllocatesNothing(t *testing.T) {
	words := heapWords(t)
	words.Frame().Post(1)
	w := NewWaiter(AdaptiveRaw)
	for range pastGaps {
		w.past.note(time.Millisecond)
	}
	var calls int
	if n := testing.AllocsPerRun(100, func() {
		w.Await(words.Frame(), 1)
	}); n != 0 {
		t.Errorf("a wait for what is there allocates %v times", n)
	}
	ended := make(chan struct{})
	go func() { // one that is woken from its sleep or met by spinning
		for v := uint64(2); v <= 50; v++ {
			time.Sleep(500 * us)
			words.Frame().Post(v)
		}
		close(ended)
	}()
	v := uint64(1)
	n := testing.AllocsPerRun(40, func() {
		v++
		_, c, _ := w.Await(words.Frame(), v)
		calls += c
	})
	if <-ended; n != 0 {
		t.Errorf("a wait allocates %v times", n)
	}
	if calls == 0 {
		t.Error("no wait of half a millisecond slept")
	}
}
