package fanout

import (
	"encoding/binary"

	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
)

// A hubSide is what a worker has mapped.
type hubSide struct {
	*core.Hub
	plan   plan
	layout zerocopy.Layout
	frames []byte
	times  []byte
}

// times is how many frames can be published in a run. The time of each has a
// place of its own, outside the frame: a reader needs it even when a ping-pong
// has overwritten the frame.
const times = 1 << 18

// Regions implements [core.Plan]: control page, frames, and the times in the
// first slot of a region that the writer writes.
func (p plan) Regions() []core.Region {
	return []core.Region{
		{Kind: zerocopy.Control, Layout: p.layout()},
		{Kind: zerocopy.Frames, Layout: p.layout()},
		{Kind: zerocopy.Frames, Layout: timesLayout()},
	}
}

func timesLayout() zerocopy.Layout { return zerocopy.Layout{Slots: 2, Payload: 8 * times} }

// view returns the hub that a worker has mapped as its plan has it, with every
// slot touched.
func (p plan) view(mapped *core.Hub) *hubSide {
	h := &hubSide{Hub: mapped, plan: p, layout: p.layout(), frames: mapped.Maps[1], times: timesLayout().Slot(mapped.Maps[2], 0)}
	for i := range p.Slots {
		if h.Number == core.Writer {
			zerocopy.Stamp(h.slot(i), 0)
		} else {
			zerocopy.Inspect(h.slot(i), 0) // whatever it finds
		}
	}
	return h
}

func (h *hubSide) slot(i int) []byte { return h.layout.Slot(h.frames, i) }

// setTime notes when a frame is published, in ns; 0 while the run is warming
// up. The frame signal orders it before sent, as it does the frame.
func (h *hubSide) setTime(epoch uint64, ns int64) {
	binary.LittleEndian.PutUint64(h.times[8*epoch:], uint64(ns))
}

// sent is when a frame was published, or 0.
func (h *hubSide) sent(epoch uint64) int64 {
	return int64(binary.LittleEndian.Uint64(h.times[8*epoch:]))
}
