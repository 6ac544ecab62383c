package hub

import (
	"fmt"
	"os"
	"sync/atomic"

	"github.com/copytax/copytax/zerocopy"
)

// A Reader leases frames by their epoch, in step with the writer: somebody
// else makes the writer wait until the frame has been used. A reader of a
// writer that runs on by itself is a [Follower]. Each has an index of its own.
type Reader struct {
	words *Words
	slots int
	index int
	held  uint64 // what its lease word holds: slot+1, or 0
	sense sense
}

// A sense waits for the frame signal with what it has learned so far.
type sense struct{ waiter *Waiter }

// await is Signal.Await. A reader waits by one strategy all its life; to
// change it is to start learning anew.
func (s *sense) await(frame Signal, v uint64, how Strategy) (seen uint64, syscalls int, err error) {
	if s.waiter == nil || s.waiter.how != how {
		s.waiter = NewWaiter(how)
	}
	return s.waiter.Await(frame, v)
}

// NewReader returns reader index of a hub of n slots, and names this process
// as its owner.
func NewReader(w *Words, n, index int) (*Reader, error) {
	if index < 0 || index >= zerocopy.MaxReaders {
		return nil, fmt.Errorf("reader %d, want 0 to %d", index, zerocopy.MaxReaders-1)
	}
	if n < 2 || n > zerocopy.MaxSlots {
		return nil, fmt.Errorf("hub of %d slots, want 2 to %d", n, zerocopy.MaxSlots)
	}
	w.word(zerocopy.OwnerLine + index).Store(uint64(os.Getpid()))
	return &Reader{words: w, slots: n, index: index}, nil
}

// Lease blocks until the frame of epoch is published and leases its slot. The
// slot is not written before Release. It fails when the frame has been
// overwritten already, and with ErrClosed when the engine has left.
func (r *Reader) Lease(epoch uint64, how Strategy) (slot, syscalls int, err error) {
	_, syscalls, err = r.sense.await(r.words.Frame(), epoch+1, how)
	if err != nil {
		return 0, syscalls, fmt.Errorf("await frame %d: %w", epoch, err)
	}
	slot, calls := r.find(epoch)
	syscalls += calls
	if slot < 0 {
		return 0, syscalls, fmt.Errorf("frame %d was overwritten before it was leased; the newest is %d",
			epoch, r.words.Frame().Load()-1)
	}
	return slot, syscalls, nil
}

// find leases the slot that holds epoch, or returns -1 if there is none.
func (r *Reader) find(epoch uint64) (slot, syscalls int) {
	for slot = range r.slots {
		held, calls := r.hold(slot, epoch)
		syscalls += calls
		if held {
			return slot, syscalls
		}
	}
	return -1, syscalls
}

// hold leases slot if it holds epoch.
func (r *Reader) hold(slot int, epoch uint64) (ok bool, syscalls int) {
	if !r.sees(slot, epoch) {
		return false, 0
	}
	r.claim(slot)
	if r.sees(slot, epoch) {
		return true, 0
	}
	return false, r.Release() // the writer may have seen the lease, and wait
}

// sees reports whether slot holds the frame of epoch, unmarked.
func (r *Reader) sees(slot int, epoch uint64) bool {
	return r.words.word(zerocopy.SlotLine+slot).Load() == epoch+1
}

// claim says that this reader has leased slot. It has only if it still sees
// the frame after that.
func (r *Reader) claim(slot int) {
	r.held = uint64(slot + 1)
	r.lease().Store(r.held)
}

// Release ends the lease and wakes a writer that waits for it. It returns the
// number of system calls made.
func (r *Reader) Release() (syscalls int) {
	held := r.held
	r.held = 0
	r.lease().Store(0)
	return r.words.letGo(zerocopy.LeaseLine, held, held)
}

func (r *Reader) lease() *atomic.Uint64 { return r.words.word(zerocopy.LeaseLine + r.index) }

// letGo wakes a writer that waits for a slot, unless another reader's word
// behind line, which is leaseLine or cursorLine, is from low to high: that
// reader keeps the slot too, and wakes the writer when it lets go. It comes
// behind the store by which this reader needs less than before. Of two readers
// that let go at once, each looks after it has stored, so that the second one
// in the order of the stores sees that it is the last.
func (w *Words) letGo(line int, low, high uint64) (syscalls int) {
	free := w.Free()
	if free.sleepers.Load() == 0 {
		return 0
	}
	for r := range zerocopy.MaxReaders {
		if v := w.word(line + r).Load(); v != 0 && v >= low && v <= high {
			return 0
		}
	}
	return free.bump()
}

// Reclaim takes from a reader whose process is known to be dead what it holds
// and what it needs, frees its index, and wakes a writer that waits for it.
// Any process that has the control page may call it, and must not while the
// reader, or another one of that index, still runs.
func (w *Words) Reclaim(index int) error {
	if index < 0 || index >= zerocopy.MaxReaders {
		return fmt.Errorf("reclaim reader %d, want 0 to %d", index, zerocopy.MaxReaders-1)
	}
	w.word(zerocopy.LeaseLine + index).Store(0)
	w.word(zerocopy.CursorLine + index).Store(0)
	w.Free().bump()
	// Last: from here on another reader may take the index.
	w.word(zerocopy.OwnerLine + index).Store(0)
	return nil
}
