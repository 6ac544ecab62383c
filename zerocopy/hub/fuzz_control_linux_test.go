package hub

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A scribble is one write of a hostile process to a word of the control page.
type scribble struct {
	line  int
	how   byte
	value uint64
}

// scribbleBytes is the size of a scribble in a fuzzer's input: line, how, value.
const scribbleBytes = 10

func parseScribbles(b []byte) (all []scribble) {
	for ; len(b) >= scribbleBytes && len(all) < 64; b = b[scribbleBytes:] {
		all = append(all, scribble{int(b[0]) % zerocopy.Lines, b[1], binary.LittleEndian.Uint64(b[2:])})
	}
	return all
}

func (s scribble) encode() []byte {
	return binary.LittleEndian.AppendUint64([]byte{byte(s.line), s.how}, s.value)
}

// do writes. What it finds in the word takes part, so that a fuzzer reaches
// values near those that belong there.
func (s scribble) do(words *Words) {
	word := words.word(s.line)
	switch s.how % 5 {
	case 0:
		word.Store(s.value)
	case 1:
		word.Add(s.value)
	case 2:
		word.Or(s.value)
	case 3:
		word.And(s.value)
	case 4:
		word.Store(words.word(int(s.value % zerocopy.Lines)).Load())
	}
}

// controlRounds is the number of frames that are published under each input.
const controlRounds = 6

// FuzzControl runs writer, readers and signals on a control page that another
// mapping of it scribbles over all the while. They serve or fail; none is led
// outside its slots, and none hangs once every role has left.
func FuzzControl(f *testing.F) {
	f.Add([]byte{}, uint8(0))
	for _, line := range []int{
		0, zerocopy.PolicyLine, zerocopy.FrameLine, zerocopy.FrameLine + 1, zerocopy.UsedLine, zerocopy.ClosedLine, zerocopy.SlotLine, zerocopy.SlotLine + 1, zerocopy.LeaseLine,
		zerocopy.CursorLine + 3, zerocopy.FreeLine, zerocopy.FreeLine + 1, zerocopy.OwnerLine,
	} {
		for i, v := range []uint64{0, 1, 3, 1 << 32, 1<<64 - 1} {
			f.Add(append(scribble{line, 0, v}.encode(), scribble{line, 1, 1}.encode()...), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, script []byte, how uint8) {
		l := testLayout()
		hub := newArena(t, l)
		defer hub.close(t)
		strategy := []Strategy{Park, Spin, ParkRaw, Adaptive, AdaptiveRaw}[how%5]
		var stop atomic.Bool
		var hostile, honest sync.WaitGroup
		hostile.Go(func() {
			for all := parseScribbles(script); !stop.Load() && len(all) > 0; {
				for _, s := range all {
					s.do(hub.theirs)
				}
			}
		})
		hub.readers(t, &honest, strategy, &stop)
		hub.publish(t, strategy)
		stop.Store(true)
		hostile.Wait()
		for role := range copytax.NumRoles {
			hub.ours.Leave(role)
		}
		ended := make(chan struct{})
		go func() {
			honest.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Fatalf("a reader waits on in a hub that everybody has left")
		}
	})
}

// An arena is a control page in two mappings, and slots to read and write.
type arena struct {
	ours, theirs *Words
	pages        [2][]byte
	slots        [][16]atomic.Uint64 // atomic: what is torn here is not the question
}

func newArena(t *testing.T, l zerocopy.Layout) *arena {
	t.Helper()
	file, err := Create(zerocopy.Control, l)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	a := &arena{slots: make([][16]atomic.Uint64, l.Slots)}
	for i, words := range []**Words{&a.ours, &a.theirs} {
		if a.pages[i], err = MapWritable(file, zerocopy.Control, l); err != nil {
			t.Fatal(err)
		}
		if *words, err = NewWords(a.pages[i]); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func (a *arena) close(t *testing.T) {
	for _, page := range a.pages {
		if err := Unmap(page); err != nil {
			t.Error(err)
		}
	}
}

// publish is the writer's part.
func (a *arena) publish(t *testing.T, how Strategy) {
	w, err := NewWriter(a.ours, len(a.slots))
	if err != nil {
		t.Fatal(err)
	}
	// A parked loan that nobody wakes looks at its limit every tenth of a
	// second, so that not every input waits that way.
	w.How, w.Limit = Spin, 100*time.Microsecond
	if how == Park || how == Adaptive {
		w.How = how
	}
	blocked := 0
	for epoch := uint64(0); epoch < controlRounds && blocked < 2; {
		current := w.current
		slot, err := w.Loan()
		if err != nil {
			if b := new(BlockedError); !errors.As(err, &b) && !errors.Is(err, ErrClosed) {
				t.Errorf("loan for frame %d: unknown error %v", epoch, err)
			}
			blocked++
			continue
		}
		if slot == current {
			t.Fatalf("loaned the slot of frame %d for frame %d", epoch-1, epoch)
		}
		for i := range a.slots[slot] {
			a.slots[slot][i].Store(epoch)
		}
		w.Publish(slot, epoch)
		epoch++
	}
}

// readers starts the readers' parts. Each ends with the hub, or when stopped.
func (a *arena) readers(t *testing.T, group *sync.WaitGroup, how Strategy, stop *atomic.Bool) {
	n := len(a.slots)
	exchange := func(step func(epoch uint64) (slot int, err error)) {
		group.Go(func() {
			for epoch := uint64(0); !stop.Load(); epoch++ {
				slot, err := step(epoch)
				if err != nil {
					continue
				}
				a.slots[slot][epoch%16].Load() // an index outside would panic
			}
		})
	}
	if r, err := NewReader(a.ours, n, 0); err != nil {
		t.Error(err)
	} else {
		exchange(func(epoch uint64) (int, error) {
			slot, _, err := r.Lease(epoch%controlRounds, how)
			r.Release()
			return slot, err
		})
	}
	for index, mode := range []Mode{Every, Latest} {
		f, err := Follow(a.ours, n, 3+index, mode)
		if err != nil {
			continue // its owner word was scribbled on
		}
		exchange(func(uint64) (int, error) {
			slot, _, _, err := f.Acquire(how)
			if err == nil {
				f.Release()
			}
			return slot, err
		})
	}
	pong := NewPingPongReader(a.ours)
	exchange(func(uint64) (int, error) {
		slot, _, _, err := pong.Acquire(how)
		pong.Release()
		return slot, err
	})
	exchange(func(epoch uint64) (int, error) {
		_, _, err := a.ours.Used().Await(epoch%controlRounds+1, how)
		a.ours.Used().Post(epoch)
		return 0, err
	})
}
