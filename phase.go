package copytax

import "sync/atomic"

// A Phase is what a stretch of a role's tick is charged to.
type Phase uint8

// The phases of a tick. Blocked time is not CPU time: Send, Wait and Receive
// hold the CPU that a role's process burns while it moves bytes or waits,
// a spin included, and nothing for the time it sleeps.
const (
	Compute  Phase = iota // physics, policy, evolution, statistics, transforms
	Encode                // columns to the bytes of a codec
	Copy                  // memory to memory, without a change of form
	Send                  // handing bytes to the carrier
	Wait                  // until the other side has something
	Receive               // taking bytes from the carrier
	Decode                // the bytes of a codec to columns, every field touched
	Residual              // other threads of the process during Compute, Encode, Copy and Decode: collector, scheduler, servers
	Metering              // the meter's own clock reads
	NumPhases
)

var phaseNames = [NumPhases]string{
	"compute", "encode", "copy", "send", "wait", "receive", "decode", "residual", "meter",
}

// String returns the phase's name as it stands in the results.
func (p Phase) String() string { return phaseNames[p] }

// Blocking reports whether a role may sleep in the phase. In such a phase the
// CPU of the whole process is charged, since a server's goroutines then work
// for the role; in the others only the CPU of the role's own thread is.
func (p Phase) Blocking() bool { return p == Send || p == Wait || p == Receive }

// A Meter charges a role's time to phases. Enter ends the stretch that the
// previous Enter began and starts one of the given phase. Only the goroutine
// that runs the role may call it. Transports must bracket every stretch of
// their own work and leave the meter in Compute when a link's method returns.
type Meter interface {
	Enter(Phase)
}

// Counters count what a role's link did. Links add to them; all but the role's
// goroutine must do so atomically, so that all do.
type Counters struct {
	WireBytes   atomic.Int64 // handed to a carrier, headers of the transport included, HTTP's too
	CopiedBytes atomic.Int64 // payload moved from memory to memory in user space, encoding and decoding included
	Syscalls    atomic.Int64 // data-plane system calls that the link itself makes, the Go runtime's not included
}
