package rivals

import (
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/rivals/handoff"
	"github.com/copytax/copytax/zerocopy"
)

const hubSlots = 3 // the hub's default

// strategies are the ways to wait that the hub is measured with, by the name
// behind the arm's colon.
var strategies = map[string]zerocopy.Strategy{
	"spin":     zerocopy.Spin,
	"park":     zerocopy.Park,
	"adaptive": zerocopy.Adaptive,
}

// hubSides are this project's own hub.
func hubSides(how zerocopy.Strategy) handoff.Sides {
	return handoff.Sides{
		Writer: func(a handoff.Args, files []*os.File) (handoff.Writer, error) { return openHub(a, files, how) },
		Reader: func(a handoff.Args, files []*os.File) (handoff.Reader, error) { return openHub(a, files, how) },
		// The hub sleeps in system calls of its own.
		OwnThread: true,
	}
}

// hubFiles creates the regions of a hub for payloads of the given size. The
// caller owns the files.
func hubFiles(bytes int) ([]*os.File, error) {
	l := hubLayout(bytes)
	control, err := zerocopy.Create(zerocopy.Control, l)
	if err != nil {
		return nil, err
	}
	frames, err := zerocopy.Create(zerocopy.Frames, l)
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	return []*os.File{control, frames}, nil
}

func hubLayout(bytes int) zerocopy.Layout { return zerocopy.Layout{Slots: hubSlots, Payload: bytes} }

// A hub is either side of one: that without a writer has a reader.
type hub struct {
	words  *zerocopy.Words
	slots  [hubSlots][]byte
	maps   [][]byte
	how    zerocopy.Strategy
	number uint64 // of the hand-off that is under way
	slot   int    // that the writer fills

	writer *zerocopy.Writer
	used   *zerocopy.Waiter // of the writer, for the answer
	reader *zerocopy.Reader
}

var (
	_ handoff.Writer = (*hub)(nil)
	_ handoff.Reader = (*hub)(nil)
)

func openHub(a handoff.Args, files []*os.File, how zerocopy.Strategy) (*hub, error) {
	if len(files) != 2 {
		return nil, fmt.Errorf("inherited %d files, want the hub's control page and frames", len(files))
	}
	h := &hub{how: how, used: zerocopy.NewWaiter(how)}
	if err := h.open(a, files[0], files[1]); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// open maps the regions, the frames writable for the writer alone.
func (h *hub) open(a handoff.Args, control, frames *os.File) error {
	l := hubLayout(a.Bytes)
	page, err := zerocopy.MapWritable(control, zerocopy.Control, l)
	if err != nil {
		return err
	}
	h.maps = append(h.maps, page)
	mapFrames := zerocopy.MapReadOnly
	if a.Side == "writer" {
		mapFrames = zerocopy.MapWritable
	}
	columns, err := mapFrames(frames, zerocopy.Frames, l)
	if err != nil {
		return err
	}
	h.maps = append(h.maps, columns)
	for i := range h.slots {
		h.slots[i] = l.Slot(columns, i)
	}
	if h.words, err = zerocopy.NewWords(page); err != nil {
		return err
	}
	if a.Side == "writer" {
		h.writer, err = zerocopy.NewWriter(h.words, hubSlots)
		return err
	}
	h.reader, err = zerocopy.NewReader(h.words, hubSlots, int(copytax.Viewer)) // whose signal answers
	return err
}

// Loan implements [handoff.Writer].
func (h *hub) Loan() (payload []byte, err error) {
	h.slot, err = h.writer.Loan()
	if err != nil {
		return nil, err
	}
	return h.slots[h.slot], nil
}

// Publish implements [handoff.Writer].
func (h *hub) Publish() error {
	h.writer.Publish(h.slot, h.number)
	h.number++
	return nil
}

// AwaitUsed implements [handoff.Writer].
func (h *hub) AwaitUsed() error {
	_, _, err := h.used.Await(h.words.Used(), h.number)
	return err
}

// Acquire implements [handoff.Reader].
func (h *hub) Acquire() ([]byte, error) {
	slot, _, err := h.reader.Lease(h.number, h.how)
	if err != nil {
		return nil, err
	}
	return h.slots[slot], nil
}

// Release implements [handoff.Reader].
func (h *hub) Release() error {
	h.reader.Release()
	h.number++
	h.words.Used().Post(h.number)
	return nil
}

// Close implements [handoff.Writer] and [handoff.Reader].
func (h *hub) Close() error {
	var failed []error
	for _, m := range h.maps {
		failed = append(failed, zerocopy.Unmap(m))
	}
	return errors.Join(failed...)
}
