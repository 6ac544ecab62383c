package hub

import (
	"github.com/copytax/copytax/zerocopy"
)

// Check is Inspect, and counts a torn payload in the control page.
func (w *Words) Check(payload []byte, epoch uint64) zerocopy.Integrity {
	found := zerocopy.Inspect(payload, epoch)
	if found == zerocopy.Torn {
		w.word(zerocopy.TornLine).Add(1)
	}
	return found
}

// Torn returns how many payloads Check has found torn, in any process.
func (w *Words) Torn() uint64 { return w.word(zerocopy.TornLine).Load() }

// Overruns returns how many frames of a ping-pong were overwritten while a
// reader read them, in any process.
func (w *Words) Overruns() uint64 { return w.word(zerocopy.OverrunLine).Load() }
