package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/rivals/shmipc/handoff"
	"github.com/copytax/copytax/zerocopy"
)

const (
	hubSlots  = 3 // the hub's default
	hubReader = 2 // the lease word of the viewer, whose signal answers
)

// strategies are the ways to wait that the hub is measured with, by the name
// behind the arm's colon.
var strategies = map[string]zerocopy.Strategy{
	"spin":     zerocopy.Spin,
	"park":     zerocopy.Park,
	"adaptive": zerocopy.Adaptive,
}

// hubSides plays this project's own hub.
func hubSides(how zerocopy.Strategy) handoff.Sides {
	return handoff.Sides{
		Writer: func(t handoff.Task, w *gauge.Worker) (handoff.Writer, error) { return newHubWriter(t, w, how) },
		Reader: func(t handoff.Task, w *gauge.Worker) (handoff.Reader, error) { return newHubReader(t, w, how) },
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

// A hub is what both sides have in common.
type hub struct {
	words  *zerocopy.Words
	slots  [hubSlots][]byte
	maps   [][]byte
	how    zerocopy.Strategy
	number uint64 // of the hand-off that is under way
}

func newHub(t handoff.Task, w *gauge.Worker, how zerocopy.Strategy) (*hub, error) {
	if len(w.Files) != 2 {
		return nil, fmt.Errorf("inherited %d files, want the hub's control page and frames", len(w.Files))
	}
	l := hubLayout(t.Bytes)
	control, err := zerocopy.MapWritable(w.Files[0], zerocopy.Control, l)
	if err != nil {
		return nil, err
	}
	h := &hub{how: how, maps: [][]byte{control}}
	mapFrames := zerocopy.MapReadOnly
	if t.Side == "writer" {
		mapFrames = zerocopy.MapWritable
	}
	frames, err := mapFrames(w.Files[1], zerocopy.Frames, l)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	h.maps = append(h.maps, frames)
	for i := range h.slots {
		h.slots[i] = l.Slot(frames, i)
	}
	if h.words, err = zerocopy.NewWords(control); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Close implements handoff.Writer and handoff.Reader.
func (h *hub) Close() error {
	var failed []error
	for _, m := range h.maps {
		failed = append(failed, zerocopy.Unmap(m))
	}
	return errors.Join(failed...)
}

type hubWriterLink struct {
	*hub
	writer *zerocopy.Writer
	used   *zerocopy.Waiter
	slot   int
}

func newHubWriter(t handoff.Task, w *gauge.Worker, how zerocopy.Strategy) (*hubWriterLink, error) {
	h, err := newHub(t, w, how)
	if err != nil {
		return nil, err
	}
	writer, err := zerocopy.NewWriter(h.words, hubSlots)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return &hubWriterLink{hub: h, writer: writer, used: zerocopy.NewWaiter(how)}, nil
}

// Loan implements handoff.Writer.
func (l *hubWriterLink) Loan() (payload []byte, err error) {
	l.slot, err = l.writer.Loan()
	if err != nil {
		return nil, err
	}
	return l.slots[l.slot], nil
}

// Publish implements handoff.Writer.
func (l *hubWriterLink) Publish() error {
	l.writer.Publish(l.slot, l.number)
	l.number++
	return nil
}

// AwaitUsed implements handoff.Writer.
func (l *hubWriterLink) AwaitUsed() error {
	_, _, err := l.used.Await(l.words.Used(), l.number)
	return err
}

type hubReaderLink struct {
	*hub
	reader *zerocopy.Reader
}

func newHubReader(t handoff.Task, w *gauge.Worker, how zerocopy.Strategy) (*hubReaderLink, error) {
	h, err := newHub(t, w, how)
	if err != nil {
		return nil, err
	}
	reader, err := zerocopy.NewReader(h.words, hubSlots, hubReader)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return &hubReaderLink{hub: h, reader: reader}, nil
}

// Acquire implements handoff.Reader.
func (l *hubReaderLink) Acquire() ([]byte, error) {
	slot, _, err := l.reader.Lease(l.number, l.how)
	if err != nil {
		return nil, err
	}
	return l.slots[slot], nil
}

// Release implements handoff.Reader.
func (l *hubReaderLink) Release() error {
	l.reader.Release()
	l.number++
	l.words.Used().Post(l.number)
	return nil
}
