package control

import (
	"fmt"

	"github.com/copytax/copytax"
)

// compareSeen compares what the viewer saw of each frame with what the kernel saw, in a
// trial whose viewer reads the latest frame and has no chain over all of them.
func (r report) compareSeen(c copytax.Config) error {
	if !c.Latest {
		return nil
	}
	all, last := r.Seen[copytax.Kernel.String()], c.LastEpoch()
	if err := complete(all, last); err != nil {
		return err
	}
	due, inWindow := uint64(0), 0
	for _, s := range r.Seen[copytax.Viewer.String()] {
		switch {
		case s.Epoch < due || s.Epoch > last:
			return fmt.Errorf("the viewer saw frame %d: want one from %d to %d", s.Epoch, due, last)
		case s.Hash != all[s.Epoch].Hash:
			return fmt.Errorf("the viewer saw frame %d with the hash %016x, the kernel with %016x", s.Epoch, s.Hash, all[s.Epoch].Hash)
		}
		due = s.Epoch + 1
		if c.Measured(s.Epoch) {
			inWindow++
		}
	}
	if due != last+1 {
		return fmt.Errorf("the viewer did not see the last frame, %d", last)
	}
	return r.allMarked(inWindow)
}

// complete checks that the kernel saw every frame up to the last, in order.
func complete(all []copytax.Sight, last uint64) error {
	for epoch, s := range all {
		if s.Epoch != uint64(epoch) {
			return fmt.Errorf("the kernel saw frame %d in tick %d", s.Epoch, epoch)
		}
	}
	if uint64(len(all)) != last+1 {
		return fmt.Errorf("the kernel saw %d frames, want %d", len(all), last+1)
	}
	return nil
}

// allMarked checks that the viewer has used as many frames of the window as it saw.
func (r report) allMarked(saw int) error {
	used := 0
	for _, ns := range r.Used[:max(len(r.Used)-1, 0)] {
		if ns != 0 {
			used++
		}
	}
	if used != saw {
		return fmt.Errorf("the viewer saw %d frames of the window, and has used %d", saw, used)
	}
	return nil
}
