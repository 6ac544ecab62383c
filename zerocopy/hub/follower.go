package hub

import (
	"fmt"
	"os"

	"github.com/copytax/copytax/zerocopy/internal/enum"

	"github.com/copytax/copytax/zerocopy"
)

// A Mode says which frames a Follower reads.
type Mode uint8

const (
	// Every frame, in order: the writer waits rather than overwrite one that
	// the follower has yet to read.
	Every Mode = iota
	// Latest reads the newest frame there is and skips those between: the
	// writer waits for it only when it holds the last slot that is free.
	Latest
)

// String returns the mode's name.
func (m Mode) String() string { return enum.Name(m, []string{"every", "latest"}) }

// A Follower reads the frames of a writer that runs on by itself.
type Follower struct {
	Skipped uint64 // frames that a reader of the latest has not seen between those that it has

	reader  Reader
	mode    Mode
	cursor  uint64 // what its cursor word holds
	next    uint64 // epoch of the next frame; of Latest: the first that would be news
	started bool   // a frame has been acquired, so that one not seen counts as skipped
}

// Follow joins the hub of n slots as reader index, which must be free, at the
// newest frame. Leave frees the index.
//
// An Every follower joins by saying, in its cursor, that it needs all frames,
// and reading the frame signal after that: it holds P, epoch+1 of the newest
// frame, F = P-1. From there on no frame of an epoch e >= F is overwritten
// before the cursor has passed it:
//
//   - The slot of e is the writer's current one, which it never takes, until
//     it publishes e+1.
//   - It posts e+1, by storing e+2 > P in the signal, after this side has read
//     P from it, and only then looks whether it may take the slot of e.
//   - The cursor was stored before P was read. All of these are sequentially
//     consistent, so that look finds the cursor, at 1 or further on but never
//     beyond e+1: it moves by what this side has released.
//
// The writer therefore looks at cursors once, before its mark, and a follower
// never finds a frame that it needs marked.
func Follow(w *Words, n, index int, mode Mode) (*Follower, error) {
	if index < 0 || index >= zerocopy.MaxReaders {
		return nil, fmt.Errorf("reader %d, want 0 to %d", index, zerocopy.MaxReaders-1)
	}
	owner := w.word(zerocopy.OwnerLine + index)
	if !owner.CompareAndSwap(0, uint64(os.Getpid())) {
		return nil, fmt.Errorf("reader %d is process %d already", index, owner.Load())
	}
	r, err := NewReader(w, n, index)
	if err != nil {
		owner.Store(0)
		return nil, err
	}
	f := &Follower{reader: *r, mode: mode}
	for _, step := range f.joining() {
		step()
	}
	return f, nil
}

// joining returns the steps of Follow, so that a test can put others between.
func (f *Follower) joining() []func() {
	posted := uint64(0)
	return []func(){
		func() {
			if f.mode == Every {
				f.need(0)
			}
		},
		func() { posted = f.reader.words.Frame().Load() },
		func() {
			if posted > 0 {
				f.next = posted - 1
			}
			if f.mode == Every {
				f.need(f.next)
			}
		},
	}
}

// need tells the writer that the frames before epoch may go. Those from the
// cursor's old value on are kept by any reader whose cursor is not beyond it.
func (f *Follower) need(epoch uint64) (syscalls int) {
	old := f.cursor
	f.cursor = epoch + 1
	f.reader.words.word(zerocopy.CursorLine + f.reader.index).Store(f.cursor)
	return f.reader.words.letGo(zerocopy.CursorLine, 1, old)
}

// Next returns the epoch of the frame that an Every follower acquires next;
// of a Latest one, the first that it has not passed.
func (f *Follower) Next() uint64 { return f.next }

// Acquire blocks until there is a frame that the follower has not had, and
// returns the slot that holds it and its epoch. The slot is not written before
// Release, which comes before the next Acquire. It fails with ErrClosed when
// the engine has left, and when the words of the hub contradict each other.
func (f *Follower) Acquire(how Strategy) (slot int, epoch uint64, syscalls int, err error) {
	seen, syscalls, err := f.reader.sense.await(f.reader.words.Frame(), f.next+1, how)
	if err != nil {
		return 0, 0, syscalls, fmt.Errorf("await frame %d: %w", f.next, err)
	}
	if f.mode == Every {
		slot, err = f.locate(seen)
		return slot, f.next, syscalls, err
	}
	slot, epoch, calls, err := f.leaseNewest(seen)
	return slot, epoch, syscalls + calls, err
}

// locate returns the slot of the next frame, which the cursor protects.
func (f *Follower) locate(seen uint64) (slot int, err error) {
	for slot = range f.reader.slots {
		if f.reader.words.word(zerocopy.SlotLine+slot).Load() == f.next+1 {
			return slot, nil
		}
	}
	return 0, fmt.Errorf("frame signal says %d, and no slot word holds frame %d, which the cursor word of reader %d keeps",
		seen, f.next, f.reader.index)
}

// newestTries bounds how often a follower runs after a writer that is faster
// than its look at the slots. Each try fails only if the writer publishes a
// frame, fills another and takes a third slot within the few loads of the try.
const newestTries = 10_000

// leaseNewest leases the slot of the newest frame, which was seen-1 when the
// signal was looked at.
func (f *Follower) leaseNewest(seen uint64) (slot int, epoch uint64, syscalls int, err error) {
	frame := f.reader.words.Frame()
	for range newestTries {
		if seen <= f.next {
			return 0, 0, syscalls, fmt.Errorf("frame signal went back to %d from beyond %d", seen, f.next)
		}
		slot, calls := f.reader.find(seen - 1)
		syscalls += calls
		if slot >= 0 {
			f.advance(seen - 1)
			return slot, seen - 1, syscalls, nil
		}
		again := frame.Load()
		if again == seen {
			// The newest frame is not overwritten before the next is posted.
			break
		}
		seen = again
	}
	return 0, 0, syscalls, fmt.Errorf("frame signal says %d, and no slot word holds that frame", seen)
}

// advance notes that a reader of the latest has the frame of epoch.
func (f *Follower) advance(epoch uint64) {
	if f.started {
		f.Skipped += epoch - f.next
	}
	f.started = true
	f.next = epoch + 1
}

// Release lets go of the frame that was acquired last, and returns the number
// of system calls made to wake a writer that waited for it.
func (f *Follower) Release() (syscalls int) {
	if f.mode == Latest {
		return f.reader.Release()
	}
	f.next++
	return f.need(f.next)
}

// Leave lets go of everything and frees the reader's index. The follower is
// of no use after it.
func (f *Follower) Leave() error { return f.reader.words.Reclaim(f.reader.index) }
