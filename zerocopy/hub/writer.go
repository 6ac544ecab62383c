package hub

import (
	"fmt"
	"time"

	"github.com/copytax/copytax/zerocopy"
)

// A Writer publishes frames into the slots of a hub. There is one a hub.
//
// A publish is: take a slot that no reader needs, mark it as being written,
// fill it, store its epoch, post the signal. A reader keeps a slot from being
// taken in one of two ways, and all words are sequentially consistent.
//
//   - By a lease, on a frame that it has found: store the slot in the lease
//     word, then look whether the slot still holds the epoch. The writer marks
//     before it looks at the leases, and the reader leases before it looks at
//     the mark: either the writer sees the lease or the reader sees the mark.
//   - By its cursor, on every frame from an epoch on. [Follow] shows why the
//     writer always sees a cursor in time.
//
// The writer acts on its own record of what the slots hold, never on the
// slot words, which any process that has the control page could change.
type Writer struct {
	How   Strategy      // how a loan waits for a reader; Park if not set
	Limit time.Duration // longest that a loan waits, give or take a tenth of a second; 0 is for ever

	Blocked  int // loans that had to wait for a reader, over the writer's life
	Syscalls int // system calls that these made

	words   *Words
	pace    pace // of a loan that spins
	slots   int
	current int                       // slot of the last frame published; the step's input, never loaned
	holds   [zerocopy.MaxSlots]uint64 // epoch+1 of the frame in each slot, 0 for none
}

// NewWriter returns the writer of a fresh hub of n slots. The initial frame
// lies in the last slot.
func NewWriter(w *Words, n int) (*Writer, error) {
	if n < 2 || n > zerocopy.MaxSlots {
		return nil, fmt.Errorf("hub of %d slots, want 2 to %d", n, zerocopy.MaxSlots)
	}
	return &Writer{words: w, slots: n, current: n - 1}, nil
}

// Loan returns a slot that may be written: not the current one, and needed by
// no reader. While there is none it waits. It fails with ErrClosed when kernel
// or viewer has left, and with a *BlockedError when Limit has passed.
func (w *Writer) Loan() (slot int, err error) {
	if slot, ok := w.takeAny(); ok {
		return slot, nil
	}
	w.Blocked++
	return w.awaitSlot()
}

// takeAny takes the slot that was written longest ago of those it can.
func (w *Writer) takeAny() (slot int, ok bool) {
	for i := 1; i < w.slots; i++ {
		slot = (w.current + i) % w.slots
		if w.take(slot) {
			return slot, true
		}
	}
	return 0, false
}

// take marks slot as being written, unless a reader needs it.
func (w *Writer) take(slot int) bool {
	// The first look is only there to spare others that look for a frame in
	// the slot a mark that is taken back.
	if w.wanted(slot) {
		return false
	}
	w.mark(slot)
	return w.settle(slot)
}

// wanted reports whether a reader needs slot.
func (w *Writer) wanted(slot int) bool {
	return w.reader(zerocopy.LeaseLine, slot) >= 0 || w.reader(zerocopy.CursorLine, slot) >= 0
}

// mark says that slot is being written.
func (w *Writer) mark(slot int) { w.words.word(zerocopy.SlotLine + slot).Store(0) }

// settle takes the marked slot, or takes the mark back if a reader has leased
// the slot before it could see it.
func (w *Writer) settle(slot int) bool {
	if w.reader(zerocopy.LeaseLine, slot) >= 0 {
		w.words.word(zerocopy.SlotLine + slot).Store(w.holds[slot])
		return false
	}
	w.holds[slot] = 0
	return true
}

// reader returns a reader that needs slot by its word behind line, which is
// leaseLine or cursorLine, or -1 if there is none.
func (w *Writer) reader(line, slot int) int {
	for r := range zerocopy.MaxReaders {
		v := w.words.word(line + r).Load()
		if line == zerocopy.LeaseLine && v == uint64(slot+1) || line == zerocopy.CursorLine && v != 0 && w.holds[slot] >= v {
			return r
		}
	}
	return -1
}

// Publish gives the loaned slot to the readers as the frame of epoch, which is
// one more than the epoch before, and returns the number of system calls made.
func (w *Writer) Publish(slot int, epoch uint64) (syscalls int) {
	w.show(slot, epoch)
	return w.words.Frame().Post(epoch + 1)
}

// show says that slot holds the frame of epoch.
func (w *Writer) show(slot int, epoch uint64) {
	w.holds[slot] = epoch + 1
	w.words.word(zerocopy.SlotLine + slot).Store(epoch + 1)
	w.current = slot
}
