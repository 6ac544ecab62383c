package shm

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy/hub"
)

// latest is a viewer that follows a writer which runs on by itself. It holds one slot
// at most. With three of them the writer always finds a free one beside that and the
// step's input, and never waits for this viewer; the kernel, by whose policies it goes
// on, has let go of its frame by then. The newest frame is never overwritten, so that
// the last one of a trial is there however late it is looked for.
type latest struct {
	*end
	follower *hub.Follower
	slots    []*copytax.Frame // every slot of the hub, read-only
}

var (
	_ copytax.ViewerLink     = (*latest)(nil)
	_ copytax.LatestAcquirer = (*latest)(nil)
	_ copytax.Prover         = (*latest)(nil)
)

func newLatest(h *end) (copytax.ViewerLink, error) {
	slots, err := h.mapSlots()
	if err != nil {
		return nil, err
	}
	follower, err := hub.Follow(h.words, h.layout.Slots, int(h.role), hub.Latest)
	if err != nil {
		return nil, err
	}
	return &latest{end: h, follower: follower, slots: slots}, nil
}

// AcquireLatest implements copytax.LatestAcquirer. The frame aliases the hub; writing
// to it faults.
func (l *latest) AcquireLatest(epoch uint64) (*copytax.Frame, error) {
	l.env.Meter.Enter(copytax.Wait)
	defer l.env.Meter.Enter(copytax.Compute)
	for {
		slot, found, calls, err := l.follower.Acquire(l.how)
		l.env.Counters.Syscalls.Add(int64(calls))
		if err != nil {
			return nil, l.explain(err)
		}
		if found >= epoch {
			f := l.slots[slot]
			f.Epoch = found
			return f, nil
		}
		l.env.Counters.Syscalls.Add(int64(l.follower.Release()))
	}
}

// AcquireFrame implements copytax.ViewerLink. No frame is kept for this viewer.
func (l *latest) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	return nil, fmt.Errorf("acquire frame %d: the viewer of this trial reads the latest", epoch)
}

// ReleaseFrame implements copytax.ViewerLink. Nobody waits for the use of the frame.
func (l *latest) ReleaseFrame(*copytax.Frame) error {
	l.env.Meter.Enter(copytax.Send)
	l.env.Counters.Syscalls.Add(int64(l.follower.Release()))
	l.env.Meter.Enter(copytax.Compute)
	return nil
}
