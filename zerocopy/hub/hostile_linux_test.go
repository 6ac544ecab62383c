package hub

import (
	"errors"
	"math"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/internal/hostile"
)

// nasty are values that no honest process writes to most words.
func nasty() []uint64 {
	return []uint64{
		0, 1, 2, 3, 4, 5, zerocopy.MaxSlots, zerocopy.MaxSlots + 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1 << 62, 1 << 63,
		math.MaxUint64 - 1, math.MaxUint64,
	}
}

// twoMappings returns the words of a fresh control page, and those of another
// mapping of it, as a hostile process has one.
func twoMappings(t testing.TB, l zerocopy.Layout) (ours, theirs *Words) {
	t.Helper()
	file, err := Create(zerocopy.Control, l)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var both [2]*Words
	for i := range both {
		if both[i], err = NewWords(mapped(t, file, zerocopy.Control, l)); err != nil {
			t.Fatal(err)
		}
	}
	return both[0], both[1]
}

// mapped maps a region for writing until the end of the test.
func mapped(t testing.TB, file *os.File, k zerocopy.Kind, l zerocopy.Layout) []byte {
	t.Helper()
	mem, err := MapWritable(file, k, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Unmap(mem) })
	return mem
}

// Every word takes every nasty value while nobody looks. Whoever looks then
// serves rightly or says what is wrong, and stays within the slots.
func TestNoWordLeadsAstray(t *testing.T) {
	l := testLayout()
	served, failed := 0, 0
	for line := 1; line < zerocopy.Lines; line++ {
		for _, v := range nasty() {
			ours, theirs := twoMappings(t, l)
			w, err := NewWriter(ours, l.Slots)
			if err != nil {
				t.Fatal(err)
			}
			w.How, w.Limit = Spin, time.Nanosecond
			victims := newVictims(t, ours, l.Slots)
			for epoch := range uint64(3) {
				loanAndPublish(t, w, epoch)
			}
			theirs.word(line).Store(v)
			err = loanAndPublish(t, w, 3)
			for role := range copytax.NumRoles {
				ours.Leave(role) // so that nobody waits for what will not come
			}
			for _, err := range append(victims.read(t, ours, 3), err) {
				if err == nil {
					served++
				} else {
					failed++
				}
			}
		}
	}
	if served == 0 || failed == 0 {
		t.Errorf("%d calls served, %d failed: want some of each", served, failed)
	}
	t.Logf("%d calls served, %d failed with an error", served, failed)
}

// loanAndPublish publishes one frame and checks the slot that is loaned for it.
func loanAndPublish(t testing.TB, w *Writer, epoch uint64) error {
	t.Helper()
	current := w.current
	slot, err := w.Loan()
	if err != nil {
		if blocked := new(BlockedError); !errors.As(err, &blocked) && !errors.Is(err, ErrClosed) {
			t.Errorf("loan for frame %d: unknown error %v", epoch, err)
		}
		return err
	}
	if slot < 0 || slot >= w.slots || slot == current {
		t.Fatalf("loaned slot %d of %d for frame %d, while frame %d is in slot %d", slot, w.slots, epoch, epoch-1, current)
	}
	w.Publish(slot, epoch)
	return nil
}

// victims are the readers that a hostile process could lead astray.
type victims struct {
	reader *Reader
	every  *Follower
	latest *Follower
	pong   *PingPongReader
}

func newVictims(t testing.TB, words *Words, slots int) *victims {
	t.Helper()
	reader, err1 := NewReader(words, slots, 0)
	every, err2 := Follow(words, slots, 3, Every)
	latest, err3 := Follow(words, slots, 4, Latest)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	// The follower of every frame needs none, so that the writer goes on.
	words.word(zerocopy.CursorLine + 3).Store(0)
	return &victims{reader, every, latest, NewPingPongReader(words)}
}

// read has every victim read once and checks the slots that they are given.
func (v *victims) read(t testing.TB, words *Words, epoch uint64) (errs []error) {
	t.Helper()
	slots := v.reader.slots
	slot, _, err := v.reader.Lease(epoch, Spin)
	errs = append(errs, inside(t, "reader", slot, slots, err))
	v.reader.Release()
	for name, f := range map[string]*Follower{"follower of every frame": v.every, "follower of the latest": v.latest} {
		slot, _, _, err := f.Acquire(Spin)
		errs = append(errs, inside(t, name, slot, slots, err))
		if err == nil {
			f.Release()
		}
		errs = append(errs, f.Leave())
	}
	slot, _, _, err = v.pong.Acquire(Spin)
	errs = append(errs, inside(t, "ping-pong reader", slot, PingPongSlots, err))
	v.pong.Release()
	return errs
}

func inside(t testing.TB, who string, slot, slots int, err error) error {
	t.Helper()
	if err == nil && (slot < 0 || slot >= slots) {
		t.Fatalf("%s was given slot %d of %d", who, slot, slots)
	}
	if err != nil && strings.TrimSpace(err.Error()) == "" {
		t.Errorf("%s fails without a word", who)
	}
	return err
}

// The header is looked at once. What somebody makes of it later is of no
// concern to those who have the region, and keeps out those who come.
func TestHeaderChangedBehindTheCheck(t *testing.T) {
	l := testLayout()
	file, err := Create(zerocopy.Control, l)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ours, theirs := mapped(t, file, zerocopy.Control, l), mapped(t, file, zerocopy.Control, l)
	words, err := NewWords(ours)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(l.Header(zerocopy.Control)) {
		theirs[i] ^= 0xff
		words.Frame().Post(uint64(i) + 1)
		if got := words.Frame().Load(); got != uint64(i)+1 {
			t.Errorf("header byte %d changed: the frame signal is %d, want %d", i, got, i+1)
		}
		if mem, err := MapWritable(file, zerocopy.Control, l); err == nil {
			Unmap(mem)
			t.Errorf("mapped a region whose header byte %d is wrong", i)
		}
		theirs[i] ^= 0xff
	}
}

// A header that flickers under the check gets in or does not; what is mapped
// has the size of the layout, not one that the header says.
func TestHeaderFlickersUnderTheCheck(t *testing.T) {
	l := testLayout()
	file, err := Create(zerocopy.Control, l)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	theirs := mapped(t, file, zerocopy.Control, l)
	var stop atomic.Bool
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		size := words64(theirs, 24)
		for good := size.Load(); !stop.Load(); {
			size.Store(math.MaxUint64)
			size.Store(good)
		}
	}()
	in, out := 0, 0
	for range 2000 {
		mem, err := MapWritable(file, zerocopy.Control, l)
		if err != nil {
			out++
			continue
		}
		in++
		if len(mem) != l.Bytes(zerocopy.Control) {
			t.Fatalf("mapped %d bytes, want %d", len(mem), l.Bytes(zerocopy.Control))
		}
		Unmap(mem)
	}
	stop.Store(true)
	<-stopped
	t.Logf("%d checks passed, %d did not", in, out)
}

// words64 returns the word at byte at of a page.
func words64(page []byte, at int) *atomic.Uint64 {
	w := &Words{mem: page[at:]}
	return w.word(0)
}

// A region that could shrink under its reader is refused; one that was
// accepted cannot.
func TestRegionCannotBeTruncated(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a fault fails the test alone
	l := zerocopy.Layout{Boids: 5000, Slots: 3}
	for name, c := range map[string]struct {
		size  int64
		seals int
		ok    bool
	}{
		"sealed":            {int64(l.FramesBytes()), unix.F_SEAL_SHRINK | unix.F_SEAL_GROW, true},
		"not sealed":        {int64(l.FramesBytes()), 0, false},
		"may shrink":        {int64(l.FramesBytes()), unix.F_SEAL_GROW, false},
		"may grow":          {int64(l.FramesBytes()), unix.F_SEAL_SHRINK, false},
		"sealed, a page":    {zerocopy.PageBytes, unix.F_SEAL_SHRINK | unix.F_SEAL_GROW, false},
		"sealed, a header":  {40, unix.F_SEAL_SHRINK | unix.F_SEAL_GROW, false},
		"sealed, nothing":   {0, unix.F_SEAL_SHRINK | unix.F_SEAL_GROW, false},
		"sealed, too long":  {int64(l.FramesBytes()) + 1, unix.F_SEAL_SHRINK | unix.F_SEAL_GROW, false},
		"sealed, very long": {1 << 40, unix.F_SEAL_SHRINK | unix.F_SEAL_GROW, false},
	} {
		file := hostile.Region(t, l.Header(zerocopy.Frames), c.size, c.seals)
		mem, err := MapReadOnly(file, zerocopy.Frames, l)
		if (err == nil) != c.ok {
			t.Errorf("%s: accepted %v (%v), want %v", name, err == nil, err, c.ok)
		}
		if err == nil {
			for _, size := range []int64{0, zerocopy.PageBytes, c.size - 1, c.size + 1} {
				if file.Truncate(size) == nil {
					t.Errorf("%s: truncated to %d under its reader", name, size)
				}
			}
			if mem[len(mem)-1] != 0 {
				t.Errorf("%s: the last byte is not zero", name)
			}
			Unmap(mem)
		}
		file.Close()
	}
}

// Descriptors of other kinds are refused by a word, without a wait.
func TestOtherDescriptorsAreNoRegions(t *testing.T) {
	for name, f := range hostile.Files(t) {
		for _, k := range []zerocopy.Kind{zerocopy.Control, zerocopy.Orders, zerocopy.Frames, 0, 99} {
			if mem, err := MapReadOnly(f, k, testLayout()); err == nil {
				Unmap(mem)
				t.Errorf("%s was mapped as %v", name, k)
			}
		}
	}
}
