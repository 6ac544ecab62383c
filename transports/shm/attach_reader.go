package shm

import (
	"context"
	"errors"
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/attach"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A Reader reads the newest frames of a trial that it has no part in. The
// trial waits for it only while it holds the last free slot of the hub.
type Reader struct {
	at       *attach.Client
	layout   zerocopy.Layout
	words    *hub.Words
	frames   []byte // read-only
	follower *hub.Follower
}

// AttachReader joins, as a further reader, the hub that a shm:attach trial
// serves at name. It waits until the engine is there, up to the context's
// deadline or half a minute.
func AttachReader(ctx context.Context, name string) (*Reader, error) {
	a, err := attach.Dial(ctx, name, attach.Want{Place: attach.AnyReader})
	if err != nil {
		return nil, err
	}
	r := &Reader{at: a, layout: a.Layout}
	if err := r.open(); err != nil {
		r.Close() // Note: err is what the caller must know.
		return nil, err
	}
	return r, nil
}

// open maps what the reader was given and joins the readers of the hub.
func (r *Reader) open() (err error) {
	if r.words, err = hub.MapWords(r.at.Control, r.layout); err != nil {
		return err
	}
	if r.frames, err = hub.MapReadOnly(r.at.Frames, zerocopy.Frames, r.layout); err != nil {
		return err
	}
	r.at.Guard(r.words)
	r.follower, err = hub.Follow(r.words, r.layout.Slots, int(r.at.Place), hub.Latest)
	return err
}

// Newest blocks until there is a frame that this reader has not had, and
// leases the newest. It aliases the hub and is valid until Release; writing to
// it faults. It fails with hub.ErrClosed when the engine has left.
func (r *Reader) Newest() (*copytax.Frame, error) {
	slot, epoch, _, err := r.follower.Acquire(hub.Park)
	if lost := r.at.Lost(); err != nil && lost != nil {
		return nil, fmt.Errorf("%w: %w", err, lost)
	}
	if err != nil {
		return nil, err
	}
	f := r.layout.Frame(r.frames, slot)
	f.Epoch = epoch
	return f, nil
}

// Release gives the frame back.
func (r *Reader) Release() { r.follower.Release() }

// Skipped is the number of frames that went by between those that were read.
func (r *Reader) Skipped() uint64 { return r.follower.Skipped }

// Close gives the place back. No Newest may be under way.
func (r *Reader) Close() error {
	var left error
	if r.follower != nil {
		left, r.follower = r.follower.Leave(), nil
	}
	// Nothing looks at the page any more once the attachment is closed.
	errs := []error{left, r.at.Close(), r.words.Unmap(), hub.Unmap(r.frames)}
	r.words, r.frames = nil, nil
	return errors.Join(errs...)
}
