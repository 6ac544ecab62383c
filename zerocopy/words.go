package zerocopy

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/copytax/copytax"
)

// The lines of the control page. Line 0 is the header. A signal takes two
// lines: its 64-bit value, and the number of sleepers that must be woken.
const (
	policyLine  = 1  // signal: epoch+1 of the last policy published; 0 before the first
	frameLine   = 3  // signal: epoch+1 of the last frame published
	usedLine    = 5  // signal: epoch+1 of the last frame that the viewer has used
	closedLine  = 7  // a bit a role that has left
	slotLine    = 8  // MaxSlots lines: epoch+1 of the frame in the slot, 0 while it is written
	leaseLine   = 24 // MaxReaders lines: slot+1 that the reader holds, 0 for none
	cursorLine  = 40 // MaxReaders lines: epoch+1 of the next frame that the reader needs, 0 for none
	freeLine    = 56 // signal: how often a reader has let go of what the writer may wait for
	overrunLine = 58 // counter: frames of a ping-pong that were overwritten while they were read
	tornLine    = 59 // counter: reads whose payload held words of two epochs
	ownerLine   = 60 // MaxReaders lines: process that is the reader, 0 for none; only to name it
	lines       = 76
)

// Words are the atomic words of a control page, every one on a line of its
// own. They work on any memory of lines*LineBytes bytes, so that the race
// detector, which cannot see shared mappings, can watch them on the heap.
type Words struct {
	mem []byte
}

// NewWords returns the words of a control page. The page must outlive them.
func NewWords(page []byte) (*Words, error) {
	if len(page) < lines*LineBytes {
		return nil, fmt.Errorf("control page of %d bytes, want at least %d", len(page), lines*LineBytes)
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
	return (*atomic.Uint64)(unsafe.Pointer(unsafe.SliceData(w.mem[line*LineBytes : line*LineBytes+8])))
}

func (w *Words) signal(line int, writer copytax.Role) Signal {
	return Signal{
		value: w.word(line), sleepers: w.word(line + 1), closed: w.word(closedLine), writer: 1 << writer,
	}
}

// Policy is the signal that carries epoch+1 of the last policy published, from
// the kernel.
func (w *Words) Policy() Signal { return w.signal(policyLine, copytax.Kernel) }

// Frame is the signal that carries epoch+1 of the last frame published, from
// the engine.
func (w *Words) Frame() Signal { return w.signal(frameLine, copytax.Engine) }

// Used is the signal that carries epoch+1 of the last frame used, from the
// viewer.
func (w *Words) Used() Signal { return w.signal(usedLine, copytax.Viewer) }

// Free is the signal that a writer waits on for a reader to let go. Every
// reader bumps it; it ends when kernel or viewer has left.
func (w *Words) Free() Signal {
	s := w.signal(freeLine, copytax.Kernel)
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
	w.word(closedLine).Or(1 << role)
	for _, s := range []Signal{w.Policy(), w.Frame(), w.Used(), w.Free()} {
		s.wake()
	}
}
