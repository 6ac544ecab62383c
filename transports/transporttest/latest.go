package transporttest

import (
	"fmt"
	"time"

	"github.com/copytax/copytax"
)

const (
	// A viewer of the latest frame holds one in every so many that it gets, until the
	// engine has written so many more: twice what there are slots.
	holdsEvery = 4
	writtenOn  = 2 * slots
	// writing is how long the engine may take to do so: longer than anything on its way.
	writing = time.Second
)

// A latestViewer reads the latest frame, slowly: the others go on meanwhile.
type latestViewer struct {
	*viewer
	next  uint64         // the first epoch that it has not passed
	taken *copytax.Frame // until it has been used
	late  bool           // it has held the frame before for long, so that the next is not the newest
}

var _ copytax.LatestActor = latestActor{}

// A latestActor is such a viewer in a real trial, whose ticks are those of the frames that
// it takes.
type latestActor struct {
	actor
	*latestViewer
}

// tick does nothing in the ticks of frames that went by.
func (v *latestViewer) tick(epoch uint64) error {
	if epoch < v.next {
		return nil
	}
	if _, err := v.Take(epoch); err != nil {
		return err
	}
	return v.use(epoch)
}

// Take implements copytax.LatestActor.
func (v *latestViewer) Take(epoch uint64) (taken uint64, err error) {
	if v.taken, err = v.acquire(epoch); err != nil {
		return 0, err
	}
	if v.late && v.taken.Epoch == epoch {
		return 0, mismatchf("viewer: acquire latest %d gave that frame; the engine has written %d since", epoch, writtenOn-1)
	}
	v.next = v.taken.Epoch + 1
	v.saw(v.taken.Epoch)
	return v.taken.Epoch, nil
}

// use looks at the frame that was taken, after a while in some ticks, and releases it.
func (v *latestViewer) use(uint64) (err error) {
	f := v.taken
	if v.late = len(v.seen)%holdsEvery == 0 && f.Epoch+writtenOn <= v.cfg.LastEpoch(); v.late {
		if err := v.awaitWritten(f.Epoch + writtenOn); err != nil {
			return err
		}
	}
	if err := compare(f.Table(), v.cfg.Boids, f.Epoch); err != nil {
		return fmt.Errorf("viewer, while holding frame %d: %w", f.Epoch, err)
	}
	v.mark(f.Epoch)
	err = v.do(releasingFrame, f.Epoch, func() error { return v.link.ReleaseFrame(f) })
	v.board.roles[v.role].sent.Store(v.next) // what went by is not due
	return err
}

// acquire acquires the frame of epoch or a later one, and looks at every float of it.
func (v *latestViewer) acquire(epoch uint64) (f *copytax.Frame, err error) {
	link, ok := v.link.(copytax.LatestAcquirer)
	if !ok {
		return nil, mismatchf("viewer: Info.Latest is set, and the link %T cannot acquire the latest", v.link)
	}
	err = v.do(acquiringLatest, epoch, func() (err error) {
		f, err = link.AcquireLatest(epoch)
		return err
	})
	if err != nil {
		return nil, err
	}
	if f.Epoch < epoch || f.Epoch > v.cfg.LastEpoch() {
		return nil, mismatchf("viewer: acquire latest %d gave frame %d, want one up to %d", epoch, f.Epoch, v.cfg.LastEpoch())
	}
	if err := compare(f.Table(), v.cfg.Boids, f.Epoch); err != nil {
		return nil, fmt.Errorf("viewer: %w", err)
	}
	return f, v.prove(v.link, f)
}

// awaitWritten waits until the engine has written the frame of epoch. One that waits
// for this viewer never will.
func (v *latestViewer) awaitWritten(epoch uint64) error {
	for end := time.Now().Add(writing); v.board.filled.Load() <= epoch; {
		if time.Now().After(end) {
			return mismatchf("viewer: the engine did not write frame %d while the viewer held frame %d: it waits for a viewer of the latest", epoch, v.next-1)
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}
