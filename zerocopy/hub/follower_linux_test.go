package hub

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A heapHub is a hub in plain Go memory, where the race detector sees both the
// words and what they protect.
type heapHub struct {
	words *Words
	slots [][16]uint64
}

func newHeapHub(t testing.TB, slots int) *heapHub {
	return &heapHub{words: heapWords(t), slots: make([][16]uint64, slots)}
}

// write publishes the frames from epoch first on, n of them.
func (h *heapHub) write(w *Writer, first, n uint64) error {
	for epoch := first; epoch < first+n; epoch++ {
		slot, err := w.Loan()
		if err != nil {
			return err
		}
		for i := range h.slots[slot] {
			h.slots[slot][i] = epoch
			stumble(epoch)
		}
		w.Publish(slot, epoch)
		stumble(epoch)
	}
	return nil
}

// stumble offers the processor now and then, so that the other side runs in
// between.
func stumble(salt uint64) {
	if rand.Uint64()+salt < 1<<59 { // one time in 32 or less
		runtime.Gosched()
	}
}

// read checks what is in slot.
func (h *heapHub) read(slot int, epoch uint64) error {
	for i, v := range h.slots[slot] {
		if v != epoch {
			return fmt.Errorf("frame %d in slot %d: word %d is of frame %d", epoch, slot, i, v)
		}
		stumble(v)
	}
	return nil
}

// follow reads until the last epoch or until it has read n frames, and checks
// that none is torn, late, early or lost.
func (h *heapHub) follow(index int, mode Mode, how Strategy, last uint64, n int) error {
	f, err := Follow(h.words, len(h.slots), index, mode)
	if err != nil {
		return err
	}
	first, seen, due := uint64(0), uint64(0), f.Next()
	for ; n > 0 && due <= last; n-- {
		slot, epoch, _, err := f.Acquire(how)
		if err != nil {
			return fmt.Errorf("reader %d, %s: %w", index, mode, err)
		}
		if epoch < due || mode == Every && epoch != due {
			return fmt.Errorf("reader %d, %s: frame %d when %d was due", index, mode, epoch, due)
		}
		if err := h.read(slot, epoch); err != nil {
			return fmt.Errorf("reader %d, %s: %w", index, mode, err)
		}
		f.Release()
		if seen == 0 {
			first = epoch
		}
		seen, due = seen+1, epoch+1
	}
	if seen > 0 && first+seen+f.Skipped != due {
		return fmt.Errorf("reader %d, %s: read %d from %d and skipped %d, but is at %d", index, mode, seen, first, f.Skipped, due)
	}
	return f.Leave()
}

// Readers of both modes keep their frames whole while others come and go.
// Under -race, an access that the protocol leaves unordered is reported.
func TestFollowers(t *testing.T) {
	const frames = 2000
	// A spinning goroutine keeps its processor: each needs one of its own.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	for _, how := range []Strategy{Park, Spin, Adaptive} {
		for _, slots := range []int{2, 3, 5} {
			t.Run(fmt.Sprintf("%s/%d slots", how, slots), func(t *testing.T) {
				h := newHeapHub(t, slots)
				w, err := NewWriter(h.words, slots)
				if err != nil {
					t.Fatal(err)
				}
				w.How = how
				var group sync.WaitGroup
				var wrong atomic.Pointer[error]
				start := func(index int, mode Mode, again bool) {
					group.Go(func() {
						for more := true; more && wrong.Load() == nil; more = again && h.words.Frame().Load() < frames {
							n := frames
							if again {
								n = 5 // joins a running writer again and again
							}
							if err := h.follow(index, mode, how, frames-1, n); err != nil {
								wrong.Store(&err)
								h.words.Leave(copytax.Viewer) // so that the writer ends
							}
						}
					})
				}
				start(0, Every, false)
				start(1, Latest, false)
				start(2, Every, true)
				start(15, Latest, true)
				for index := range 2 { // the others come and go
					for h.words.word(zerocopy.OwnerLine+index).Load() == 0 {
						runtime.Gosched()
					}
				}
				writeErr := h.write(w, 0, frames)
				if writeErr != nil {
					h.words.Leave(copytax.Engine)
				}
				group.Wait()
				if err := wrong.Load(); err != nil {
					t.Error(*err)
				}
				if writeErr != nil {
					t.Error(writeErr)
				}
			})
		}
	}
}

// The order of the steps in Follow is what makes the first epoch certain: at
// whatever moment a reader joins, no frame from then on is lost.
func TestEveryJoinsAtAnyMoment(t *testing.T) {
	const slots = 3
	for published := range uint64(7) {
		for _, loaned := range []bool{false, true} {
			h := newHeapHub(t, slots)
			w, _ := NewWriter(h.words, slots)
			if err := h.write(w, 0, published); err != nil {
				t.Fatal(err)
			}
			slot := -1
			if loaned {
				slot, _ = w.Loan()
			}
			f, err := Follow(h.words, slots, 4, Every)
			if err != nil {
				t.Fatal(err)
			}
			newest := max(published, 1) - 1
			if f.Next() != newest {
				t.Errorf("joined behind %d frames at %d, want the newest one", published, f.Next())
			}
			if loaned {
				w.Publish(slot, published)
				published++
			}
			for w.Limit = 1; ; published++ { // ns: the next loan that has to wait fails
				slot, err := w.Loan()
				if err != nil {
					break
				}
				w.Publish(slot, published)
			}
			for ; newest < published; newest++ {
				if _, epoch, _, err := f.Acquire(Spin); err != nil || epoch != newest {
					t.Fatalf("acquired frame %d (%v), want %d of %d", epoch, err, newest, published)
				}
				f.Release()
			}
		}
	}
}

func TestBlockedLoanNamesTheReader(t *testing.T) {
	for _, how := range []Strategy{Park, ParkRaw, Spin, Adaptive} {
		for _, mode := range []Mode{Every, Latest} {
			h := newHeapHub(t, 2)
			w, _ := NewWriter(h.words, 2)
			w.How, w.Limit = how, 1
			if err := h.write(w, 0, 1); err != nil {
				t.Fatal(err)
			}
			f, err := Follow(h.words, 2, 7, mode)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, _, err := f.Acquire(how); err != nil {
				t.Fatal(err)
			}
			if err := h.write(w, 1, 1); err != nil { // the slot of the initial frame
				t.Fatal(err)
			}
			_, err = w.Loan()
			var blocked *BlockedError
			if !errors.As(err, &blocked) || blocked.Reader != 7 || blocked.PID != uint64(os.Getpid()) {
				t.Fatalf("%s, %s: got %v, want reader 7 of this process", how, mode, err)
			}
			if !strings.Contains(err.Error(), fmt.Sprintf("reader 7 (process %d)", os.Getpid())) {
				t.Errorf("%q does not name the reader", err)
			}
			if w.Blocked != 1 {
				t.Errorf("%d loans were blocked, want 1", w.Blocked)
			}
		}
	}
}

// Whatever a dead reader held is the writer's again, which may be asleep, and
// the index is another's.
func TestReclaim(t *testing.T) {
	for _, mode := range []Mode{Every, Latest} {
		h := newHeapHub(t, 2)
		w, _ := NewWriter(h.words, 2)
		if err := h.write(w, 0, 1); err != nil {
			t.Fatal(err)
		}
		f, err := Follow(h.words, 2, 5, mode)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := f.Acquire(Spin); err != nil {
			t.Fatal(err)
		}
		if _, err := Follow(h.words, 2, 5, mode); err == nil {
			t.Errorf("%s: two readers have one index", mode)
		}
		done := make(chan error)
		go func() { done <- h.write(w, 1, 2) }()
		for h.words.Free().sleepers.Load() == 0 {
			runtime.Gosched()
		}
		if err := h.words.Reclaim(5); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		again, err := Follow(h.words, 2, 5, mode)
		if err != nil {
			t.Fatal(err)
		}
		if _, epoch, _, err := again.Acquire(Spin); err != nil || epoch != 2 {
			t.Errorf("%s: the next reader got frame %d (%v), want the newest, 2", mode, epoch, err)
		}
	}
}

func TestIndexesAreChecked(t *testing.T) {
	words := heapWords(t)
	for _, index := range []int{-1, zerocopy.MaxReaders, 1 << 40} {
		if _, err := Follow(words, 3, index, Latest); err == nil {
			t.Errorf("reader %d joined", index)
		}
		if err := words.Reclaim(index); err == nil {
			t.Errorf("reader %d was reclaimed", index)
		}
	}
	for _, slots := range []int{-1, 1, zerocopy.MaxSlots + 1} {
		if _, err := Follow(words, slots, 3, Latest); err == nil {
			t.Errorf("joined a hub of %d slots", slots)
		}
	}
	if _, err := Follow(words, 3, 3, Latest); err != nil {
		t.Errorf("a refused join took the index: %v", err)
	}
}

// A release wakes the writer itself: none of its sleeps ends by the time-out,
// behind which it would sleep a second time in the same loan.
func TestReleaseWakesTheWriter(t *testing.T) {
	const frames = 2000
	h := newHeapHub(t, 2)
	w, _ := NewWriter(h.words, 2)
	done := make(chan error)
	go func() { done <- h.follow(3, Every, Park, frames-1, frames) }()
	for h.words.word(zerocopy.CursorLine+3).Load() == 0 {
		runtime.Gosched()
	}
	if err := h.write(w, 0, frames); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if w.Blocked == 0 {
		t.Error("a writer of two slots never had to wait for a reader of every frame")
	}
	if w.Syscalls > w.Blocked+w.Blocked/10 {
		t.Errorf("%d sleeps in %d loans that had to wait", w.Syscalls, w.Blocked)
	}
}

// A writer that nobody blocks, and a reader that nobody waits for, make no
// system calls and allocate nothing.
func TestFollowingIsFree(t *testing.T) {
	h := newHeapHub(t, 3)
	w, _ := NewWriter(h.words, 3)
	every, _ := Follow(h.words, 3, 3, Every)
	latest, _ := Follow(h.words, 3, 4, Latest)
	epoch, calls := uint64(0), 0
	allocs := testing.AllocsPerRun(1000, func() {
		slot, err := w.Loan()
		if err != nil {
			t.Fatal(err)
		}
		calls += w.Publish(slot, epoch)
		epoch++
		for _, f := range []*Follower{every, latest} {
			_, _, c, err := f.Acquire(Park)
			if err != nil {
				t.Fatal(err)
			}
			calls += c + f.Release()
		}
	})
	if allocs != 0 || calls != 0 || w.Blocked != 0 {
		t.Errorf("%v allocations a frame, %d system calls, %d blocked loans, want none", allocs, calls, w.Blocked)
	}
}
