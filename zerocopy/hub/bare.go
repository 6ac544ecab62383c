package hub

import (
	"fmt"
	"sync/atomic"

	"github.com/copytax/copytax/zerocopy"
)

// A Bare word is what somebody would write by hand in place of a [Signal]: no
// count of sleepers, nobody who may have left, no time-out. It is there to
// measure what a Signal adds. Its peer must outlive every wait.
//
// Load and Store are those of the word, and wake nobody.
type Bare struct{ *atomic.Uint64 }

// Bare returns the word of one of the control page's lines that the protocol
// leaves alone, 0 being the first. It fails behind the last.
func (w *Words) Bare(i int) (Bare, error) {
	if most := len(w.mem)/zerocopy.LineBytes - zerocopy.Lines; i < 0 || i >= most {
		return Bare{}, fmt.Errorf("bare word %d, want 0 to %d", i, most-1)
	}
	return Bare{w.word(zerocopy.Lines + i)}, nil
}

// Spin loads the value until it is at least v, and does nothing else.
func (b Bare) Spin(v uint64) {
	for b.Load() < v {
	}
}

// SpinPause is Spin with the processor's hint for such a loop.
func (b Bare) SpinPause(v uint64) {
	for b.Load() < v {
		pause()
	}
}

// Wake sets the value and wakes one sleeper by FUTEX_WAKE, whether there is one
// or not.
func (b Bare) Wake(v uint64) {
	b.Store(v)
	futexWake(b.Uint64, 1)
}

// Sleep waits until the value is at least v by FUTEX_WAIT, past Go's scheduler.
func (b Bare) Sleep(v uint64) {
	for {
		seen := b.Load()
		if seen >= v {
			return
		}
		futexSleep(b.Uint64, uint32(seen))
	}
}
