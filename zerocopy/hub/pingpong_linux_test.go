package hub

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func TestPingPongCountsOverruns(t *testing.T) {
	words := heapWords(t)
	p, r := NewPingPong(words), NewPingPongReader(words)
	publish := func(epoch uint64) { p.Loan(epoch); p.Publish(epoch) }
	acquire := func(want uint64) {
		t.Helper()
		slot, epoch, _, err := r.Acquire(Spin)
		if err != nil || epoch != want || slot != int(want%2) {
			t.Fatalf("acquired frame %d in slot %d (%v), want frame %d", epoch, slot, err, want)
		}
	}
	release := func(want bool, when string) {
		t.Helper()
		if r.Release() != want {
			t.Errorf("%s: overrun is %v, want %v", when, !want, want)
		}
	}
	publish(0)
	acquire(0)
	release(false, "nothing was written")
	publish(1)
	acquire(1)
	publish(2)
	release(false, "only the other slot was written")
	acquire(2)
	publish(3)
	p.Loan(4)
	release(true, "the slot is being written")
	p.Publish(4)
	acquire(4)
	for epoch := uint64(5); epoch < 9; epoch++ {
		publish(epoch)
	}
	release(true, "the slot was written twice")
	acquire(8)
	release(false, "nothing was written since")
	if words.Overruns() != 2 {
		t.Errorf("counted %d overruns in the page, want 2", words.Overruns())
	}
	if r.Skipped != 4 { // 3, and 5 to 7
		t.Errorf("skipped %d frames, want 4", r.Skipped)
	}
}

// The words of a ping-pong are ordered even though its payload is not: under
// -race, with a payload of atomic words, nothing is reported, and reads of
// frames that were not overrun are whole.
func TestPingPongOfAtomicWords(t *testing.T) {
	const frames, readers = 20_000, 3
	words := heapWords(t)
	var slots [PingPongSlots][8]atomic.Uint64
	var group sync.WaitGroup
	for range readers {
		group.Go(func() {
			r := NewPingPongReader(words)
			for epoch := uint64(0); epoch < frames-1; {
				slot, e, _, err := r.Acquire(Park)
				if err != nil || e < epoch {
					t.Errorf("frame %d behind %d (%v)", e, epoch, err)
					return
				}
				foreign := 0
				for i := range slots[slot] {
					if slots[slot][i].Load() != e {
						foreign++
					}
					stumble(e)
				}
				if !r.Release() && foreign > 0 {
					t.Errorf("frame %d was not overrun, and %d words of it are of others", e, foreign)
				}
				epoch = e
			}
		})
	}
	p := NewPingPong(words)
	for epoch := range uint64(frames) {
		slot := p.Loan(epoch)
		for i := range slots[slot] {
			slots[slot][i].Store(epoch)
		}
		p.Publish(epoch)
		if epoch%16 == 0 {
			runtime.Gosched()
		}
	}
	group.Wait()
}
