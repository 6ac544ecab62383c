package zerocopy

// The lines of the control page. Line 0 is the header. A signal takes two
// lines: its 64-bit value, and the number of sleepers that must be woken.
const (
	PolicyLine  = 1  // signal: epoch+1 of the last policy published; 0 before the first
	FrameLine   = 3  // signal: epoch+1 of the last frame published
	UsedLine    = 5  // signal: epoch+1 of the last frame that the viewer has used
	ClosedLine  = 7  // a bit a role that has left
	SlotLine    = 8  // MaxSlots lines: epoch+1 of the frame in the slot, 0 while it is written
	LeaseLine   = 24 // MaxReaders lines: slot+1 that the reader holds, 0 for none
	CursorLine  = 40 // MaxReaders lines: epoch+1 of the next frame that the reader needs, 0 for none
	FreeLine    = 56 // signal: how often a reader has let go of what the writer may wait for
	OverrunLine = 58 // counter: frames of a ping-pong that were overwritten while they were read
	TornLine    = 59 // counter: reads whose payload held words of two epochs
	OwnerLine   = 60 // MaxReaders lines: process that is the reader, 0 for none; only to name it
	Lines       = 76
)
