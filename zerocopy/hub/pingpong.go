package hub

import (
	"fmt"

	"github.com/copytax/copytax/zerocopy"
)

// PingPongSlots is the number of slots of a ping-pong.
const PingPongSlots = 2

// A PingPong publishes frames into two slots in turn and never looks at its
// readers: the variant without leases, which is said to isolate the two sides
// from each other. It does not, as its readers can count: a reader that takes
// longer than the writer needs for one frame reads what is being overwritten.
type PingPong struct {
	words *Words
}

// NewPingPong returns the writer of a hub that has PingPongSlots slots.
func NewPingPong(w *Words) *PingPong { return &PingPong{words: w} }

// Loan returns the slot for the frame of epoch, whoever reads it, and marks it
// as being written.
func (p *PingPong) Loan(epoch uint64) (slot int) {
	slot = int(epoch % PingPongSlots)
	p.words.word(zerocopy.SlotLine + slot).Store(0)
	return slot
}

// Publish makes the frame of epoch the newest one, and returns the number of
// system calls made.
func (p *PingPong) Publish(epoch uint64) (syscalls int) {
	p.words.word(zerocopy.SlotLine + int(epoch%PingPongSlots)).Store(epoch + 1)
	return p.words.Frame().Post(epoch + 1)
}

// A PingPongReader reads the newest frame of a PingPong. It holds nothing, so
// that there may be any number of them.
type PingPongReader struct {
	Skipped uint64 // frames published between those that were acquired

	words   *Words
	sense   sense
	next    uint64 // first epoch that would be news
	started bool
}

// NewPingPongReader returns a reader that begins at the newest frame.
func NewPingPongReader(w *Words) *PingPongReader {
	r := &PingPongReader{words: w}
	if newest := w.Frame().Load(); newest > 0 {
		r.next = newest - 1
	}
	return r
}

// Acquire blocks until there is a frame that the reader has not had, and
// returns the newest one's slot and epoch. Nothing keeps the writer from it.
// It fails with ErrClosed when the engine has left.
func (r *PingPongReader) Acquire(how Strategy) (slot int, epoch uint64, syscalls int, err error) {
	seen, syscalls, err := r.sense.await(r.words.Frame(), r.next+1, how)
	if err != nil {
		return 0, 0, syscalls, fmt.Errorf("await frame %d: %w", r.next, err)
	}
	epoch = seen - 1
	if r.started {
		r.Skipped += epoch - r.next
	}
	r.started = true
	r.next = seen
	return int(epoch % PingPongSlots), epoch, syscalls, nil
}

// Release reports whether the frame that was acquired last was overwritten,
// or has begun to be, since it was published; it counts that in the control
// page. What was read of it may then be torn, or be of another frame.
func (r *PingPongReader) Release() (overrun bool) {
	slot := int((r.next - 1) % PingPongSlots)
	overrun = r.words.word(zerocopy.SlotLine+slot).Load() != r.next
	if overrun {
		r.words.word(zerocopy.OverrunLine).Add(1)
	}
	return overrun
}
