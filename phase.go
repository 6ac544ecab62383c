package copytax

import (
	"fmt"
	"sync/atomic"
)

// A Phase is what a stretch of a role's tick is charged to. The list is open:
// see [PhaseDefiner].
type Phase uint8

// The standard phases of a tick. Blocked time is not CPU time: a blocking phase
// holds the CPU that a role's process burns while it moves bytes or waits, a spin
// included, and nothing for the time it sleeps.
const (
	Compute Phase = iota
	Encode
	Copy
	Send
	Wait
	Receive
	Decode
	Residual // the meter's own: no lap is of it
	Metering // the same
	Upload
	Draw
	Present
	StandardPhases // the number of them, and the first that a role can define

	MaxPhases = 32 // that a meter has room for
)

// PhaseInfo describes a phase.
type PhaseInfo struct {
	Name string // in the results: the metrics cpu_NAME_ns, wall_NAME_ns and gpu_NAME_ns
	// Blocking is set when a role may sleep in the phase. The CPU of the whole
	// process is then charged, since a server's goroutines work for the role; in
	// other phases only the CPU of the role's own thread is. Where roles that run at the
	// same time share a process, a blocking phase is charged nothing: see Residual.
	Blocking bool
	Summary  string // one line
}

var standardPhases = [StandardPhases]PhaseInfo{
	Compute:  {Name: "compute", Summary: "physics, policy, evolution, statistics, transforms"},
	Encode:   {Name: "encode", Summary: "columns to the bytes of a codec"},
	Copy:     {Name: "copy", Summary: "memory to memory, without a change of form"},
	Send:     {Name: "send", Blocking: true, Summary: "handing bytes to the carrier"},
	Wait:     {Name: "wait", Blocking: true, Summary: "until the other side has something"},
	Receive:  {Name: "receive", Blocking: true, Summary: "taking bytes from the carrier"},
	Decode:   {Name: "decode", Summary: "the bytes of a codec to columns, every field touched"},
	Residual: {Name: "residual", Summary: "other threads of the process, in phases that do not block: collector, scheduler, servers"},
	Metering: {Name: "meter", Summary: "the meter's own clock reads"},
	Upload:   {Name: "upload", Summary: "columns to the memory of a graphics processor"},
	Draw:     {Name: "draw", Summary: "telling a graphics processor what to draw"},
	Present:  {Name: "present", Blocking: true, Summary: "handing over the picture, until the display takes it"},
}

// Info describes a standard phase. Of any other only the meter that defined it
// knows more than the number.
func (p Phase) Info() PhaseInfo {
	if p >= StandardPhases {
		return PhaseInfo{Name: fmt.Sprintf("phase_%d", uint8(p))}
	}
	return standardPhases[p]
}

// String returns the phase's name as it stands in the results.
func (p Phase) String() string { return p.Info().Name }

// Blocking reports whether a role may sleep in a standard phase.
func (p Phase) Blocking() bool { return p < StandardPhases && standardPhases[p].Blocking }

// A Meter charges a role's time to phases. Enter ends the stretch that the
// previous Enter began and starts one of the given phase. Only the goroutine
// that runs the role may call it. Transports must bracket every stretch of
// their own work and leave the meter in Compute when a link's method returns.
type Meter interface {
	Enter(Phase)
}

// A PhaseDefiner is a Meter that takes phases besides the standard ones. Roles and
// links define theirs when they are opened. A name is made of small letters,
// digits and underscores and begins with a letter. The same name is the same
// phase. An error says that the name is no name, that it is the meter's own, the
// runner's (pace) or a phase that blocks where this one does not, or that there is no
// room left.
type PhaseDefiner interface {
	Define(name string, blocking bool) (Phase, error)
}

// A DeviceTimer is a Meter that takes the time of a device, such as a graphics
// processor, which measures it by a clock of its own. It is never added to CPU
// time. Only the goroutine that runs the role may call Device, in any phase, and
// once or more a tick: the device may answer ticks later.
type DeviceTimer interface {
	Device(p Phase, ns int64)
}

// Counters count what a role's link did. Links add to them; all but the role's
// goroutine must do so atomically, so that all do.
type Counters struct {
	WireBytes   atomic.Int64 // handed to a carrier, headers of the transport included, HTTP's too
	CopiedBytes atomic.Int64 // payload moved from memory to memory in user space, encoding and decoding included
	Syscalls    atomic.Int64 // data-plane system calls that the link itself makes, the Go runtime's not included
}
