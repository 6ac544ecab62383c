package hub

import (
	"fmt"
	"math"
	"time"

	"github.com/copytax/copytax/zerocopy"
)

// A BlockedError says that a loan has waited as long as it was allowed to.
type BlockedError struct {
	Slot   int    // the slot that was written longest ago
	Reader int    // a reader that needs it, or -1 if that has just let go
	PID    uint64 // the reader's process as it says itself, 0 if it does not
	After  time.Duration
}

// Error names the reader, so that somebody can look what its process does.
func (e *BlockedError) Error() string {
	if e.Reader < 0 {
		return fmt.Sprintf("no slot was free for %v, and no reader holds slot %d any longer", e.After, e.Slot)
	}
	return fmt.Sprintf("no slot was free for %v: reader %d (process %d) holds slot %d", e.After, e.Reader, e.PID, e.Slot)
}

// awaitSlot takes a slot as soon as a reader has let go of one.
//
// A reader that lets go looks for a sleeping writer and bumps the free signal
// only then, so that it costs a reader one load while the writer runs. The
// writer counts itself as sleeper, notes the signal's value, and looks at the
// slots after that: a reader that lets go behind that look has seen the
// sleeper, and the value is another one before the futex compares it.
//
// Note: Signal.Await would not do. It counts its sleeper behind the look at
// the slots, and it waits for a value, which a hostile peer could take back.
func (w *Writer) awaitSlot() (slot int, err error) {
	start := time.Now()
	if w.How == Spin || w.How.adaptive() {
		if slot, ok, err := w.spinForSlot(start); ok || err != nil {
			return slot, err
		}
	}
	free := w.words.Free()
	free.sleepers.Add(1)
	defer free.sleepers.Add(math.MaxUint64) // minus one
	for {
		seen := free.Load()
		if slot, ok := w.takeAny(); ok {
			return slot, nil
		}
		if err := w.giveUp(start); err != nil {
			return 0, err
		}
		w.Syscalls++
		if err := futexWait(low(free.value), uint32(seen), w.How, parkTimeout); err != nil {
			return 0, err
		}
	}
}

// spinForSlot looks at the slots again and again: without end if the writer
// spins, for firstPatience if it only starts that way.
func (w *Writer) spinForSlot(start time.Time) (slot int, ok bool, err error) {
	next := firstPatience
	if w.How == Spin {
		next = w.pace.begin()
	}
	last := time.Duration(0)
	for {
		for range looksPerBurst / 4 { // a look at the slots takes longer than one at a value
			if slot, ok = w.takeAny(); ok {
				return slot, true, nil
			}
			pause()
		}
		if err := w.giveUp(start); err != nil {
			return 0, false, err
		}
		now := time.Since(start)
		if now-last >= sliceLost && w.How == Spin {
			next = min(next, now+w.pace.lost())
		}
		if last = now; now < next {
			continue
		}
		if w.How != Spin {
			return 0, false, nil
		}
		yield() // a reader may need the core to let go
		w.Syscalls++
		slot, ok = w.takeAny()
		last = time.Since(start)
		if next = last + w.pace.offered(last-now, ok); ok {
			return slot, true, nil
		}
	}
}

// giveUp says why a loan that began to wait at start need not go on.
func (w *Writer) giveUp(start time.Time) error {
	free := w.words.Free()
	if gone := free.closed.Load() & free.writer; gone != 0 {
		return fmt.Errorf("every slot is needed by a reader: %w", leftError{gone})
	}
	if w.Limit <= 0 || time.Since(start) < w.Limit {
		return nil
	}
	slot := (w.current + 1) % w.slots
	r := max(w.reader(zerocopy.LeaseLine, slot), w.reader(zerocopy.CursorLine, slot))
	e := &BlockedError{Slot: slot, Reader: r, After: time.Since(start).Round(time.Millisecond)}
	if r >= 0 {
		e.PID = w.words.word(zerocopy.OwnerLine + r).Load()
	}
	return e
}
