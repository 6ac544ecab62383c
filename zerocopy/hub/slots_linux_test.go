package hub

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// heapWords returns the words of a control page on the heap, which the race
// detector can watch, unlike a shared mapping.
func heapWords(t testing.TB) *Words {
	t.Helper()
	w, err := NewWords(page())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// page returns a control page that is aligned to 8 bytes.
func page() []byte {
	words := make([]uint64, zerocopy.Lines*zerocopy.LineBytes/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), zerocopy.Lines*zerocopy.LineBytes)
}

func TestWordsDoNotShareLines(t *testing.T) {
	at := map[int]string{0: "header"}
	claim := func(line int, who string) {
		if other, taken := at[line]; taken {
			t.Errorf("line %d belongs to %s and %s", line, other, who)
		}
		at[line] = who
	}
	for name, line := range map[string]int{"policy": zerocopy.PolicyLine, "frame": zerocopy.FrameLine, "used": zerocopy.UsedLine, "free": zerocopy.FreeLine} {
		claim(line, name)
		claim(line+1, name+" sleepers")
	}
	claim(zerocopy.ClosedLine, "closed")
	for i := range zerocopy.MaxSlots {
		claim(zerocopy.SlotLine+i, "slot")
	}
	for i := range zerocopy.MaxReaders {
		claim(zerocopy.LeaseLine+i, "lease")
		claim(zerocopy.CursorLine+i, "cursor")
		claim(zerocopy.OwnerLine+i, "owner")
	}
	claim(zerocopy.OverrunLine, "overruns")
	claim(zerocopy.TornLine, "torn")
	if len(at) != zerocopy.Lines {
		t.Errorf("%d lines are in use, want all %d", len(at), zerocopy.Lines)
	}
	if zerocopy.Lines*zerocopy.LineBytes > zerocopy.PageBytes {
		t.Errorf("%d lines of %d bytes do not fit a region of %d", zerocopy.Lines, zerocopy.LineBytes, zerocopy.PageBytes)
	}
}

func TestNewWordsRefuses(t *testing.T) {
	if _, err := NewWords(page()[:zerocopy.Lines*zerocopy.LineBytes-1]); err == nil {
		t.Error("a short page was accepted")
	}
	long := append(page(), 0, 0, 0, 0, 0, 0, 0, 0)
	if _, err := NewWords(long[4:]); err == nil {
		t.Error("a page at an odd address was accepted")
	}
}

const leaseTestSlots = 5

// leaseTestMemory is what the slots of a hub hold in TestLeasesKeepFramesWhole.
type leaseTestMemory [leaseTestSlots][64]uint64

// One writer and several readers pass frames through plain Go memory. Under
// -race, an access that the protocol leaves unordered is reported; without it,
// a torn frame is.
func TestLeasesKeepFramesWhole(t *testing.T) {
	const frames, readers = 20_000, leaseTestSlots - 2
	for _, how := range []Strategy{Park, Spin, Adaptive} {
		t.Run(how.String(), func(t *testing.T) {
			words := heapWords(t)
			var memory leaseTestMemory
			var group sync.WaitGroup
			var read atomic.Int64
			for r := range readers {
				group.Go(func() { read.Add(consume(t, words, &memory, r, frames, how)) })
			}
			w, err := NewWriter(words, leaseTestSlots)
			if err != nil {
				t.Fatal(err)
			}
			for epoch := range uint64(frames) {
				slot, err := w.Loan()
				if err != nil {
					t.Fatal(err)
				}
				for i := range memory[slot] {
					memory[slot][i] = epoch
				}
				w.Publish(slot, epoch)
				if epoch%64 == 0 {
					runtime.Gosched()
				}
			}
			group.Wait()
			if read.Load() == 0 {
				t.Error("no reader ever saw a frame")
			}
		})
	}
}

// consume leases the newest frame again and again until the last one.
func consume(t *testing.T, words *Words, memory *leaseTestMemory, index, frames int, how Strategy) (read int64) {
	r, err := NewReader(words, len(memory), index)
	if err != nil {
		t.Error(err)
		return 0
	}
	for next := uint64(0); next < uint64(frames); {
		seen, _, err := words.Frame().Await(next+1, how)
		if err != nil {
			t.Error(err)
			return read
		}
		epoch := seen - 1
		slot, _, err := r.Lease(epoch, how)
		if err != nil {
			continue // a slow reader lost that frame to a newer one
		}
		for i, v := range memory[slot] {
			if v != epoch {
				t.Errorf("frame %d: element %d is of frame %d", epoch, i, v)
				return read
			}
		}
		r.Release()
		read++
		next = epoch + 1
	}
	return read
}

func TestLoanSkipsLeasedAndCurrent(t *testing.T) {
	words := heapWords(t)
	w, _ := NewWriter(words, 3)
	r, _ := NewReader(words, 3, 0)
	first, err := w.Loan()
	if err != nil || first == 2 {
		t.Fatalf("first loan is slot %d (%v); slot 2 holds the initial frame", first, err)
	}
	w.Publish(first, 0)
	held, _, err := r.Lease(0, Spin)
	if err != nil || held != first {
		t.Fatalf("leased slot %d (%v), frame 0 is in %d", held, err, first)
	}
	for epoch := uint64(1); epoch < 10; epoch++ {
		slot, err := w.Loan()
		if err != nil || slot == held {
			t.Fatalf("loan %d is slot %d (%v), leased is %d", epoch, slot, err, held)
		}
		w.Publish(slot, epoch)
	}
	if w.Blocked != 0 {
		t.Errorf("%d loans had to wait with a slot free", w.Blocked)
	}
	if _, _, err := r.Lease(3, Spin); err == nil {
		t.Error("leased a frame that has been overwritten")
	}
}

func TestLoanEndsWhenEveryReaderIsGone(t *testing.T) {
	words := heapWords(t)
	w, _ := NewWriter(words, 2)
	r, _ := NewReader(words, 2, 0)
	slot, _ := w.Loan()
	w.Publish(slot, 0)
	if _, _, err := r.Lease(0, Spin); err != nil {
		t.Fatal(err)
	}
	slot, _ = w.Loan() // the initial frame's, which nobody holds
	w.Publish(slot, 1)
	go words.Leave(copytax.Viewer)
	if _, err := w.Loan(); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed: the only other slot is leased for good", err)
	}
	if w.Blocked != 1 {
		t.Errorf("%d loans waited, want 1", w.Blocked)
	}
}

func TestAwaitSeesPostAndLeave(t *testing.T) {
	for _, how := range []Strategy{Park, ParkRaw, Spin, Adaptive} {
		words := heapWords(t)
		got := make(chan error)
		await := func(v uint64) {
			_, _, err := words.Policy().Await(v, how)
			got <- err
		}
		go await(1)
		time.Sleep(5 * time.Millisecond) // so that a parked one sleeps
		words.Policy().Post(1)
		if err := <-got; err != nil {
			t.Errorf("%s: %v", how, err)
		}
		go await(2)
		time.Sleep(5 * time.Millisecond)
		words.Leave(copytax.Kernel)
		if err := <-got; !errors.Is(err, ErrClosed) {
			t.Errorf("%s: got %v after a role left, want ErrClosed", how, err)
		}
		go await(1)
		if err := <-got; err != nil {
			t.Errorf("%s: what was posted before a role left is lost: %v", how, err)
		}
	}
}

func TestPostWakesNobodyForFree(t *testing.T) {
	words := heapWords(t)
	if calls := words.Frame().Post(1); calls != 0 {
		t.Errorf("a post without sleepers made %d system calls", calls)
	}
}

func BenchmarkHandOff(b *testing.B) {
	for _, how := range []Strategy{Park, ParkRaw, Spin, Adaptive} {
		b.Run(how.String(), func(b *testing.B) {
			words := heapWords(b)
			done := make(chan struct{})
			go func() {
				runtime.LockOSThread()
				for v := uint64(1); v <= uint64(b.N); v++ {
					words.Policy().Await(v, how)
					words.Used().Post(v)
				}
				close(done)
			}()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			b.ResetTimer()
			for v := uint64(1); v <= uint64(b.N); v++ {
				words.Policy().Post(v)
				words.Used().Await(v, how)
			}
			<-done
		})
	}
}

// Several readers bump one signal: no bump is lost, and a sleeper wakes.
func TestFreeIsBumpedByMany(t *testing.T) {
	const readers, bumps = 4, 1000
	words := heapWords(t)
	got := make(chan error)
	go func() {
		_, _, err := words.Free().Await(readers*bumps, Park)
		got <- err
	}()
	for range readers {
		go func() {
			for range bumps {
				words.Free().bump()
			}
		}()
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
}
