package hub

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// Words are the atomic words of a control page, every one on a line of its
// own. They work on any memory of Lines lines, so that the race
// detector, which cannot see shared mappings, can watch them on the heap.
type Words struct {
	mem []byte
}

// NewWords returns the words of a control page. The page must outlive them.
func NewWords(page []byte) (*Words, error) {
	if len(page) < zerocopy.Lines*zerocopy.LineBytes {
		return nil, fmt.Errorf("control page of %d bytes, want at least %d", len(page), zerocopy.Lines*zerocopy.LineBytes)
	}
	if uintptr(unsafe.Pointer(unsafe.SliceData(page)))%8 != 0 {
		return nil, fmt.Errorf("control page is not aligned to 8 bytes")
	}
	return &Words{mem: page}, nil
}

// word returns the 64-bit word at the start of a line.
func (w *Words) word(line int) *atomic.Uint64 {
	// SAFETY: in bounds by the slice expression, aligned to LineBytes from an
	// 8-byte aligned start (checked by NewWords), and only ever used as an
	// atomic; the slice keeps the memory alive on the heap.
	return (*atomic.Uint64)(unsafe.Pointer(unsafe.SliceData(w.mem[line*zerocopy.LineBytes : line*zerocopy.LineBytes+8])))
}

func (w *Words) signal(line int, writer copytax.Role) Signal {
	return Signal{
		value: w.word(line), sleepers: w.word(line + 1), closed: w.word(zerocopy.ClosedLine), writer: 1 << writer,
	}
}

// Policy is the signal that carries epoch+1 of the last policy published, from
// the kernel.
func (w *Words) Policy() Signal { return w.signal(zerocopy.PolicyLine, copytax.Kernel) }

// Frame is the signal that carries epoch+1 of the last frame published, from
// the engine.
func (w *Words) Frame() Signal { return w.signal(zerocopy.FrameLine, copytax.Engine) }

// Used is the signal that carries epoch+1 of the last frame used, from the
// viewer.
func (w *Words) Used() Signal { return w.signal(zerocopy.UsedLine, copytax.Viewer) }

// Free is the signal that a writer waits on for a reader to let go. Every
// reader bumps it; it ends when kernel or viewer has left.
func (w *Words) Free() Signal {
	s := w.signal(zerocopy.FreeLine, copytax.Kernel)
	s.writer |= 1 << copytax.Viewer
	return s
}

// bump posts a signal that has several writers: one more than before, whatever
// that was.
func (s Signal) bump() (syscalls int) {
	// Sequentially consistent, as in Post: the sleeper counts itself before it
	// looks at the value.
	s.value.Add(1)
	return s.wakeIfAny()
}

// Leave says that role has left, and wakes everyone who might wait for it.
func (w *Words) Leave(role copytax.Role) {
	w.word(zerocopy.ClosedLine).Or(1 << role)
	for _, s := range []Signal{w.Policy(), w.Frame(), w.Used(), w.Free()} {
		s.wake()
	}
}

// MapWords maps a control page and returns its words, which are valid until
// their Unmap.
func MapWords(control *os.File, l zerocopy.Layout) (*Words, error) {
	page, err := MapWritable(control, zerocopy.Control, l)
	if err != nil {
		return nil, err
	}
	return &Words{mem: page}, nil // as long and as aligned as NewWords wants it: a page
}

// Unmap undoes MapWords. Words that are nil are no error.
func (w *Words) Unmap() error {
	if w == nil {
		return nil
	}
	return Unmap(w.mem)
}
