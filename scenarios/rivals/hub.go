package rivals

import (
	"errors"
	"io"
	"os"
	"runtime"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/scenarios/rivals/handoff"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

const hubSlots = 3 // the hub's default

// A payload is the size in bytes of what a hub hands over.
type payload int

func (p payload) layout() zerocopy.Layout { return zerocopy.Layout{Slots: hubSlots, Payload: int(p)} }

// Regions implements [core.Plan].
func (p payload) Regions() []core.Region {
	return []core.Region{{Kind: zerocopy.Control, Layout: p.layout()}, {Kind: zerocopy.Frames, Layout: p.layout()}}
}

// Sides implements [core.Plan]: nobody is held to a core, as with the other libraries.
func (payload) Sides() core.Cores { return nil }

// A hubSide is either side of one: that without a writer has a reader.
type hubSide struct {
	*core.Hub
	slots  [hubSlots][]byte
	how    hub.Strategy
	number uint64 // of the hand-off that is under way
	slot   int    // that the writer fills

	writer *hub.Writer
	used   *hub.Waiter // of the writer, for the answer
	reader *hub.Reader
}

var (
	_ handoff.Writer = (*hubSide)(nil)
	_ handoff.Reader = (*hubSide)(nil)
)

// hubArm is this project's own hub.
func hubArm(how hub.Strategy) handoff.Open {
	return func(a handoff.Args, files []*os.File) (io.Closer, error) { return openHub(a, files, how) }
}

func openHub(a handoff.Args, files []*os.File, how hub.Strategy) (*hubSide, error) {
	runtime.LockOSThread() // for good: the hub sleeps in system calls of its own
	side := core.Reader
	if a.Side == handoff.WriterSide {
		side = core.Writer
	}
	mapped, err := core.Open(payload(a.Bytes), files, side)
	if err != nil {
		return nil, err
	}
	h := &hubSide{Hub: mapped, how: how, used: hub.NewWaiter(how)}
	for i := range h.slots {
		h.slots[i] = payload(a.Bytes).layout().Slot(h.Maps[1], i)
	}
	if side == core.Writer {
		h.writer, err = hub.NewWriter(h.Words, hubSlots)
	} else {
		h.reader, err = hub.NewReader(h.Words, hubSlots, int(copytax.Viewer)) // whose signal answers
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Loan implements [handoff.Writer].
func (h *hubSide) Loan() (payload []byte, err error) {
	h.slot, err = h.writer.Loan()
	if err != nil {
		return nil, err
	}
	return h.slots[h.slot], nil
}

// Publish implements [handoff.Writer].
func (h *hubSide) Publish() error {
	h.writer.Publish(h.slot, h.number)
	h.number++
	return nil
}

// AwaitUsed implements [handoff.Writer].
func (h *hubSide) AwaitUsed() error {
	_, _, err := h.used.Await(h.Words.Used(), h.number)
	return err
}

// Acquire implements [handoff.Reader].
func (h *hubSide) Acquire() ([]byte, error) {
	slot, _, err := h.reader.Lease(h.number, h.how)
	if err != nil {
		return nil, err
	}
	return h.slots[slot], nil
}

// Release implements [handoff.Reader].
func (h *hubSide) Release() error {
	h.reader.Release()
	h.number++
	h.Words.Used().Post(h.number)
	return nil
}
