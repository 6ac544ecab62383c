package zerocopy

import "fmt"

// A Writer publishes frames into the slots of a hub. There is one a hub.
//
// A publish is: take a slot that no reader has leased, mark it as being
// written, fill it, store its epoch, post the signal. A lease is: store the
// slot in the reader's lease word, then look whether the slot still holds the
// epoch. Marking comes before looking at the leases, and leasing before looking
// at the mark; all four are sequentially consistent, so either the writer sees
// the lease or the reader sees the mark.
type Writer struct {
	words   *Words
	slots   int
	current int // slot of the last frame published; the step's input, never loaned
	Blocked int // loans that had to wait for a reader, over the writer's life
}

// NewWriter returns the writer of a hub of n slots. The initial frame lies in
// the last slot.
func NewWriter(w *Words, n int) (*Writer, error) {
	if n < 2 || n > MaxSlots {
		return nil, fmt.Errorf("hub of %d slots, want 2 to %d", n, MaxSlots)
	}
	return &Writer{words: w, slots: n, current: n - 1}, nil
}

// Loan returns a slot that may be written: not the current one, and held by no
// reader. It spins while there is none, and fails when a reader has left.
func (w *Writer) Loan() (slot int, err error) {
	for try := 0; ; try++ {
		for i := 1; i < w.slots; i++ {
			slot = (w.current + i) % w.slots
			if w.take(slot) {
				return slot, nil
			}
		}
		if try == 0 {
			w.Blocked++
		}
		if w.words.deserted() {
			return 0, fmt.Errorf("every slot is leased: %w", ErrClosed)
		}
		pause()
	}
}

// take marks slot as being written, unless a reader holds it.
func (w *Writer) take(slot int) bool {
	if w.leased(slot) {
		return false // without a mark that a second reader of the slot could see
	}
	word := w.words.word(slotLine + slot)
	was := word.Swap(0)
	if w.leased(slot) {
		word.Store(was)
		return false
	}
	return true
}

func (w *Writer) leased(slot int) bool {
	for r := range MaxReaders {
		if w.words.word(leaseLine+r).Load() == uint64(slot+1) {
			return true
		}
	}
	return false
}

// Publish gives the loaned slot to the readers as the frame of epoch and
// returns the number of system calls made.
func (w *Writer) Publish(slot int, epoch uint64) (syscalls int) {
	w.words.word(slotLine + slot).Store(epoch + 1)
	w.current = slot
	return w.words.Frame().Post(epoch + 1)
}

// A Reader leases frames from the slots of a hub. Each has an index of its own.
type Reader struct {
	words *Words
	slots int
	index int
}

// NewReader returns reader index of a hub of n slots.
func NewReader(w *Words, n, index int) (*Reader, error) {
	if index < 0 || index >= MaxReaders {
		return nil, fmt.Errorf("reader %d, want 0 to %d", index, MaxReaders-1)
	}
	if n < 2 || n > MaxSlots {
		return nil, fmt.Errorf("hub of %d slots, want 2 to %d", n, MaxSlots)
	}
	return &Reader{words: w, slots: n, index: index}, nil
}

// Lease blocks until the frame of epoch is published and leases its slot. The
// slot is not written before Release. It fails when the frame has been
// overwritten already, and with ErrClosed when the engine has left.
func (r *Reader) Lease(epoch uint64, how Strategy) (slot, syscalls int, err error) {
	_, syscalls, err = r.words.Frame().Await(epoch+1, how)
	if err != nil {
		return 0, syscalls, fmt.Errorf("await frame %d: %w", epoch, err)
	}
	for slot = range r.slots {
		if r.hold(slot, epoch) {
			return slot, syscalls, nil
		}
	}
	return 0, syscalls, fmt.Errorf("frame %d was overwritten before it was leased; the newest is %d",
		epoch, r.words.Frame().Load()-1)
}

// hold leases slot if it holds epoch.
func (r *Reader) hold(slot int, epoch uint64) bool {
	word := r.words.word(slotLine + slot)
	if word.Load() != epoch+1 {
		return false
	}
	lease := r.words.word(leaseLine + r.index)
	lease.Store(uint64(slot + 1))
	if word.Load() == epoch+1 {
		return true
	}
	lease.Store(0)
	return false
}

// Release ends the lease.
func (r *Reader) Release() { r.words.word(leaseLine + r.index).Store(0) }
