package handoff

import (
	"errors"
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

const (
	slots      = 2   // the fewest a hub has: enough in lock-step
	stampBytes = 128 // a line of the frames region that tells the reader of a hand-off
)

// The files that a worker inherits, in this order.
const (
	controlFile = iota
	framesFile
	socketFile // the writer's end, and behind it the reader's
)

// Regions implements [core.Plan].
func (p plan) Regions() []core.Region {
	if p.Arm == bandwidthArm {
		return nil
	}
	return []core.Region{
		{Kind: zerocopy.Control, Layout: p.layout()},
		{Kind: zerocopy.Frames, Layout: p.layout(), Options: p.options()},
	}
}

// A hubSide is the shared memory as one of the two processes has it mapped.
type hubSide struct {
	*core.Hub
	layout zerocopy.Layout
	plan   plan
	warm   *rehearsal
	page   []byte
	frames []byte
	looked byte  // by touchControl, so that it is not optimized away
	copied int64 // bytes, by this side
}

// view returns the hub that a worker has mapped as its plan has it, and proves that
// it is one.
func (p plan) view(mapped *core.Hub) (h *hubSide, err error) {
	h = &hubSide{Hub: mapped, layout: p.layout(), plan: p, page: mapped.Maps[controlFile], frames: mapped.Maps[framesFile]}
	h.warm, err = newRehearsal()
	return h, errors.Join(err, h.prove())
}

// payload is what slot i holds of it.
func (h *hubSide) payload(i int) []byte {
	n := h.plan.sharedBytes()
	return h.layout.Slot(h.frames, i)[:n:n]
}

// prove returns an error unless both slots lie in the hub's file: what is
// touched there was copied by nobody.
func (h *hubSide) prove() error {
	for i := range slots {
		proof, err := hub.ProvePayload(h.layout.Slot(h.frames, i), h.Files[framesFile])
		if err != nil {
			return err
		}
		if !proof.Holds() {
			return fmt.Errorf("slot %d lies outside the hub: %+v", i, proof)
		}
	}
	return nil
}

// stamp tells the reader of a hand-off, whatever slot its payload is in: it lies
// behind that of slot 0.
func (h *hubSide) stamp() core.Stamp { return h.layout.Slot(h.frames, 0)[h.plan.sharedBytes():] }

// A rehearsal is a hub of one process, in private memory: both sides use it
// just before the measured hand-off, so that the code of a hand-off is in the
// caches whatever the fill or the sum has pushed out of them.
type rehearsal struct {
	words  *hub.Words
	writer *hub.Writer
	reader *hub.Reader
	epoch  uint64
}

func newRehearsal() (*rehearsal, error) {
	words, err := hub.NewWords(make([]byte, zerocopy.PageBytes))
	if err != nil {
		return nil, err
	}
	w, err1 := hub.NewWriter(words, slots)
	r, err2 := hub.NewReader(words, slots, int(copytax.Viewer))
	return &rehearsal{words: words, writer: w, reader: r}, errors.Join(err1, err2)
}

// run hands a frame over inside this process, with the clock on both sides.
// Its atomic writes also drain what the fill has left in the store buffer.
func (r *rehearsal) run(how hub.Strategy) error {
	for range 2 {
		r.epoch++
		slot, err := r.writer.Loan()
		if err != nil {
			return err
		}
		lab.Nanotime()
		r.writer.Publish(slot, r.epoch)
		if _, _, err := r.reader.Lease(r.epoch, how); err != nil {
			return err
		}
		lab.Nanotime()
		r.reader.Release()
	}
	return nil
}

// hugeBytes is how much of the frames this process has mapped on huge pages.
func (h *hubSide) hugeBytes() (float64, error) {
	use, err := hub.UsedPages(h.frames)
	return float64(use.HugeBytes), err
}

// touchControl brings the words that a publish writes back to where they were
// before the fill: into the nearest cache and the table of address translations.
// The bytes are only looked at; what they say may change meanwhile.
func (h *hubSide) touchControl() {
	for at := 0; at < publishedLines*zerocopy.LineBytes; at += zerocopy.LineBytes {
		h.looked += h.page[at]
	}
}

// publishedLines is how far the words of the slots in use reach from the start
// of the control page; docs/hub.md has the picture.
const publishedLines = zerocopy.SlotLine + slots
