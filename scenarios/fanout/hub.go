package fanout

import (
	"encoding/binary"
	"errors"
	"os"

	"github.com/copytax/copytax/zerocopy"
)

// A hub is what a worker maps.
type hub struct {
	plan   plan
	words  *zerocopy.Words
	frames []byte
	times  []byte
	maps   [][]byte
}

// A region is a file that a worker inherits.
type region struct {
	kind   zerocopy.Kind
	layout zerocopy.Layout
}

// times is how many frames can be published in a run. The time of each has a
// place of its own, outside the frame: a reader needs it even when a ping-pong
// has overwritten the frame.
const times = 1 << 18

// regions are what a worker inherits: control page, frames, and the times in
// the first slot of a region that the writer writes.
func (p plan) regions() []region {
	return []region{
		{zerocopy.Control, p.layout()},
		{zerocopy.Frames, p.layout()},
		{zerocopy.Frames, timesLayout()},
	}
}

func timesLayout() zerocopy.Layout { return zerocopy.Layout{Slots: 2, Payload: 8 * times} }

func (p plan) create() (files []*os.File, err error) {
	for _, r := range p.regions() {
		file, err := zerocopy.Create(r.kind, r.layout)
		if err != nil {
			return files, err
		}
		files = append(files, file)
	}
	return files, nil
}

// open maps the hub that a worker inherited, and touches every slot.
func (p plan) open(files []*os.File, writes bool) (*hub, error) {
	h := &hub{plan: p}
	for i, r := range p.regions() {
		open := zerocopy.MapReadOnly
		if writes || r.kind == zerocopy.Control {
			open = zerocopy.MapWritable
		}
		mem, err := open(files[i], r.kind, r.layout)
		if err != nil {
			return nil, errors.Join(err, h.close())
		}
		h.maps = append(h.maps, mem)
	}
	var err error
	if h.words, err = zerocopy.NewWords(h.maps[0]); err != nil {
		return nil, errors.Join(err, h.close())
	}
	h.frames, h.times = h.maps[1], timesLayout().Slot(h.maps[2], 0)
	for i := range p.Slots {
		if writes {
			zerocopy.Stamp(h.slot(i), 0)
		} else {
			zerocopy.Inspect(h.slot(i), 0) // whatever it finds
		}
	}
	return h, nil
}

func (h *hub) close() error {
	var errs []error
	for _, mem := range h.maps {
		errs = append(errs, zerocopy.Unmap(mem))
	}
	return errors.Join(errs...)
}

func (h *hub) slot(i int) []byte { return h.plan.layout().Slot(h.frames, i) }

// setTime notes when a frame is published, in ns; 0 while the run is warming
// up. The frame signal orders it before sent, as it does the frame.
func (h *hub) setTime(epoch uint64, ns int64) {
	binary.LittleEndian.PutUint64(h.times[8*epoch:], uint64(ns))
}

// sent is when a frame was published, or 0.
func (h *hub) sent(epoch uint64) int64 { return int64(binary.LittleEndian.Uint64(h.times[8*epoch:])) }
