package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

const workerEnv = "COPYTAX_SOAK_WORKER" // holds a soakPart, in a process that is that part

// A soakPart is what one process of a soak does. It inherits the control page, the
// frames and a pipe for its tally.
type soakPart struct {
	Layout  zerocopy.Layout
	Leases  bool   // the protocol: with leases and cursors, or the ping-pong
	Writer  bool   // else a reader
	Frames  uint64 // a writer publishes so many
	Seconds float64
	Index   int // of a reader
	Mode    Mode
	Slow    bool // sleeps at random between frames
	Dwells  bool // sleeps at random while it holds a frame
}

// A soakTally is what a worker has seen.
type soakTally struct {
	First, Last, Read, Skipped uint64
	Torn, Other, Overruns      uint64
	Blocked, Sleeps            int
	Error                      string
}

// TestSoakWorker is one process of a soak, and no test in any other process.
func TestSoakWorker(t *testing.T) {
	text := os.Getenv(workerEnv)
	if text == "" {
		t.Skip("has a part only for TestSoak, which starts this program again")
	}
	var p soakPart
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	var seen soakTally
	if err := p.run(&seen); err != nil {
		seen.Error = err.Error()
	}
	if err := json.NewEncoder(os.NewFile(5, "tally")).Encode(seen); err != nil {
		t.Fatal(err)
	}
}

func (p soakPart) run(seen *soakTally) error {
	page, err := MapWritable(os.NewFile(3, "control"), zerocopy.Control, p.Layout)
	if err != nil {
		return err
	}
	words, err := NewWords(page)
	if err != nil {
		return err
	}
	frames := os.NewFile(4, "frames")
	if p.Writer {
		defer words.Leave(copytax.Engine)
		mem, err := MapWritable(frames, zerocopy.Frames, p.Layout)
		if err != nil {
			return err
		}
		if p.Leases {
			return p.write(words, mem, seen)
		}
		return p.pingPong(words, mem, seen)
	}
	mem, err := MapReadOnly(frames, zerocopy.Frames, p.Layout)
	if err != nil {
		return err
	}
	if p.Leases {
		return p.follow(words, mem, seen)
	}
	return p.watchPingPong(words, mem, seen)
}

// more reports whether a writer that began at start goes on behind n frames.
func (p soakPart) more(n uint64, start time.Time) bool {
	if p.Frames > 0 {
		return n < p.Frames
	}
	return n%64 != 0 || time.Since(start).Seconds() < p.Seconds
}

func (p soakPart) write(words *Words, mem []byte, seen *soakTally) error {
	w, err := NewWriter(words, p.Layout.Slots)
	if err != nil {
		return err
	}
	w.Limit = time.Minute // a reader that is stalled or dead is helped before
	start := time.Now()
	for ; p.more(seen.Read, start); seen.Read++ {
		slot, err := w.Loan()
		if err != nil {
			return fmt.Errorf("frame %d: %w", seen.Read, err)
		}
		zerocopy.Stamp(p.Layout.Slot(mem, slot), seen.Read)
		w.Publish(slot, seen.Read)
	}
	seen.Last, seen.Blocked, seen.Sleeps = seen.Read-1, w.Blocked, w.Syscalls
	return nil
}

func (p soakPart) pingPong(words *Words, mem []byte, seen *soakTally) error {
	w := NewPingPong(words)
	start := time.Now()
	for ; p.more(seen.Read, start); seen.Read++ {
		zerocopy.Stamp(p.Layout.Slot(mem, w.Loan(seen.Read)), seen.Read)
		w.Publish(seen.Read)
	}
	seen.Last = seen.Read - 1
	return nil
}

// note counts one frame that was read, and what was found in it.
func (seen *soakTally) note(epoch uint64, found zerocopy.Integrity) {
	if seen.Read == 0 {
		seen.First = epoch
	}
	seen.Last = epoch
	seen.Read++
	switch found {
	case zerocopy.Torn:
		seen.Torn++
	case zerocopy.Other:
		seen.Other++
	}
}

func (p soakPart) follow(words *Words, mem []byte, seen *soakTally) error {
	f, err := Follow(words, p.Layout.Slots, p.Index, p.Mode)
	if err != nil {
		return err
	}
	for {
		slot, epoch, _, err := f.Acquire(Park)
		if errors.Is(err, ErrClosed) {
			seen.Skipped = f.Skipped
			return f.Leave()
		}
		if err != nil {
			return err
		}
		if seen.Read > 0 && (epoch <= seen.Last || p.Mode == Every && epoch != seen.Last+1) {
			return fmt.Errorf("frame %d behind %d", epoch, seen.Last)
		}
		if p.Dwells && rand.IntN(64) == 0 {
			time.Sleep(rand.N(time.Millisecond))
		}
		seen.note(epoch, words.Check(p.Layout.Slot(mem, slot), epoch))
		f.Release()
		p.rest()
	}
}

func (p soakPart) watchPingPong(words *Words, mem []byte, seen *soakTally) error {
	words.word(zerocopy.OwnerLine + p.Index).Store(uint64(os.Getpid())) // as a follower does
	r := NewPingPongReader(words)
	for {
		slot, epoch, _, err := r.Acquire(Park)
		if errors.Is(err, ErrClosed) {
			seen.Skipped = r.Skipped
			return nil
		}
		if err != nil {
			return err
		}
		if p.Dwells && rand.IntN(64) == 0 {
			time.Sleep(rand.N(time.Millisecond))
		}
		seen.note(epoch, words.Check(p.Layout.Slot(mem, slot), epoch))
		if r.Release() {
			seen.Overruns++
		}
		p.rest()
	}
}

// rest lets a slow reader fall behind. It does so rarely: a slow reader of
// every frame slows all.
func (p soakPart) rest() {
	if p.Slow && rand.IntN(4096) == 0 {
		time.Sleep(rand.N(2 * time.Millisecond))
	}
}
