package core

import (
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A Region is one file of a hub.
type Region struct {
	Kind    zerocopy.Kind
	Layout  zerocopy.Layout
	Options []hub.Option
}

// Create makes the files of a hub, in the order of its regions. They are the
// caller's, those that come with an error too.
func Create(regions []Region) (files []*os.File, err error) {
	for _, r := range regions {
		file, err := hub.Create(r.Kind, r.Layout, r.Options...)
		if err != nil {
			return files, err
		}
		files = append(files, file)
	}
	return files, nil
}

// A Hub is regions as one worker has them mapped.
type Hub struct {
	Words  *hub.Words
	Maps   [][]byte // the regions, of which the first is the control page
	MapNS  []int64  // what mapping each took, populating it included
	Ruler  *Ruler   // nil where the sides have no core each
	Files  []*os.File
	Number int // of the worker
}

// rulerWord is the first bare word of the ruler, behind those that a gauge may
// wait on.
const rulerWord = 2

// Open maps the hub of a plan, whose files come first among those that a worker
// has inherited. All but the control page are writable for worker [Writer] only.
func Open(p Plan, files []*os.File, number int) (*Hub, error) {
	h := &Hub{Files: files, Number: number}
	if err := h.open(p); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *Hub) open(p Plan) (err error) {
	for i, r := range p.Regions() {
		open := hub.MapReadOnly
		if h.Number == Writer || r.Kind == zerocopy.Control {
			open = hub.MapWritable
		}
		start := lab.Nanotime()
		mem, err := open(h.Files[i], r.Kind, r.Layout, r.Options...)
		if err != nil {
			return err
		}
		h.Maps, h.MapNS = append(h.Maps, mem), append(h.MapNS, lab.Nanotime()-start)
	}
	if h.Words, err = hub.NewWords(h.Maps[0]); err == nil && p.Sides().Apart() {
		h.Ruler, err = NewRuler(h.Words, rulerWord)
	}
	return err
}

// Close unmaps the regions.
func (h *Hub) Close() error {
	var errs []error
	for _, mem := range h.Maps {
		errs = append(errs, hub.Unmap(mem))
	}
	return errors.Join(errs...)
}

// Waiting returns the strategy of a name.
func Waiting(name string) (hub.Strategy, error) {
	for _, s := range []hub.Strategy{hub.Spin, hub.Park, hub.ParkRaw, hub.Adaptive} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown way to wait %q", name)
}
