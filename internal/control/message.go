// Package control runs the roles of a trial: the supervisor's side that starts
// their processes and gathers what they report, and the role's side that works.
//
// Between the two is an ordered stream, the control plane: configuration goes down,
// addresses are exchanged, reports come up, and it is silent while a trial is
// measured. Either side that loses it knows that the other is dead. What is said on
// it is specified in docs/control-protocol.md, for those who write a role in another
// language. Where a role runs is a [Runtime]'s affair; the processes themselves are
// package lab's. Start at [Run] and [Serve].
package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// Protocol is the version of the protocol that this package speaks. A role that is
// assigned another one refuses. What raises it is said in docs/control-protocol.md.
const Protocol = 1

// The kinds of message, in the order in which a role meets them. Each side ignores
// those that it does not know.
const (
	kindAssign = "assign" // down: what to do
	kindShare  = "share"  // up: Key is Value, tell all
	kindValue  = "value"  // down: Key is Value
	kindReady  = "ready"  // up: links are open
	kindGo     = "go"     // down: all are ready
	kindReport = "report" // up: done
	kindExit   = "exit"   // down: all are done, close the links
	kindError  = "error"  // up: gave up, and why
	kindLost   = "lost"   // down, at any time before exit: the process of role Key has ended; give up
	kindStatus = "status" // down, at any time: say what you do; up: Doing
)

// A message is one JSON object on the control plane, in a line of its own.
type message struct {
	Kind   string          `json:"kind"`
	Assign json.RawMessage `json:"assign,omitempty"` // an Assignment
	Key    string          `json:"key,omitempty"`
	Value  string          `json:"value,omitempty"`
	Report *report         `json:"report,omitempty"`
	Error  string          `json:"error,omitempty"`
	At     int64           `json:"at,omitempty"` // of an error, in ns of CLOCK_MONOTONIC: what comes first is the cause
	Doing  string          `json:"doing,omitempty"`
}

// An Assignment is what a role's process is told to do.
type Assignment struct {
	Protocol  int            `json:"protocol"`
	Role      string         `json:"role"` // the kernel's process has all three when the transport has one process
	Scenario  string         `json:"scenario"`
	Transport string         `json:"transport"`
	Config    copytax.Config `json:"config"`
	Draw      uint64         `json:"draw"`  // seed of the sample of ticks
	Files     int            `json:"files"` // inherited descriptors of the data plane, from ControlFD+1 on
	// Setup is what the runtime's program needs besides; a role in Go gets none.
	Setup json.RawMessage `json:"setup,omitempty"`
}

// assignment returns the assignment that a message is.
func (m message) assignment() (a Assignment, err error) {
	if m.Kind != kindAssign || m.Assign == nil {
		return a, fmt.Errorf("want an assignment first, got %q", m.Kind)
	}
	var version struct {
		Protocol int `json:"protocol"`
	}
	if err := json.Unmarshal(m.Assign, &version); err != nil { // the rest may be unlike what is known here
		return a, fmt.Errorf("decode the assignment: %w", err)
	}
	if version.Protocol != Protocol {
		return a, fmt.Errorf("the assignment is of protocol %d, this program knows %d: they are not of one build", version.Protocol, Protocol)
	}
	if err := json.Unmarshal(m.Assign, &a); err != nil {
		return a, fmt.Errorf("decode the assignment: %w", err)
	}
	return a, nil
}

// A report is what one process measured, or all of a trial together.
type report struct {
	// Samples holds one sample for each role of the process, without what
	// identifies the trial.
	Samples []experiment.Sample `json:"samples"`
	// Published and Used hold, for each tick of the window, the time at which
	// its policy was published and its frame had been used, in ns of
	// CLOCK_MONOTONIC. They are empty in processes that saw neither. A frame that
	// the viewer has skipped was used at 0. Used has one time more: that of the frame
	// behind the window, which no viewer skips.
	Published []int64 `json:"published,omitempty"`
	Used      []int64 `json:"used,omitempty"`
	// Intended holds the times at which the ticks should have begun, in a trial
	// with a rate, from the kernel's process.
	Intended []int64 `json:"intended,omitempty"`
	// Seen are the frames that a role saw, by its name, in a trial whose viewer reads
	// the latest.
	Seen map[string][]copytax.Sight `json:"seen,omitempty"`
}

// No message may be longer, in bytes: it is garbage, and must not take the memory. A
// report holds two times of 20 bytes for each tick of the window.
const (
	longestDown = 1 << 20
	longestUp   = 1 << 28
)

var (
	errGone     = errors.New("the other side has gone")
	errNonsense = errors.New("control plane")
)

// A channel is one end of the control plane. Any goroutine may send: a message is one
// write.
type channel struct {
	conn    io.ReadWriteCloser
	in      *bufio.Reader
	longest int // message to receive, in bytes
	sending sync.Mutex
}

// newChannel takes over conn.
func newChannel(conn io.ReadWriteCloser, longest int) *channel {
	return &channel{conn: conn, in: bufio.NewReader(conn), longest: longest}
}

func (c *channel) send(m message) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	if err := json.NewEncoder(c.conn).Encode(m); err != nil {
		return fmt.Errorf("send %s on control plane: %w", m.Kind, err)
	}
	return nil
}

// receive blocks until the next message. An error wraps errGone, where the stream has
// ended, or errNonsense, where what came is no message.
func (c *channel) receive() (m message, err error) {
	line, err := c.line()
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return m, fmt.Errorf("%w: %d bytes that are no message: %w", errNonsense, len(line), err)
	}
	if m.Kind == "" {
		return m, fmt.Errorf("%w: a message without a kind", errNonsense)
	}
	return m, nil
}

// line returns the bytes up to the next end of a line.
func (c *channel) line() (line []byte, err error) {
	for {
		part, err := c.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("%w: %w", errGone, err)
		case len(line) >= c.longest:
			return nil, fmt.Errorf("%w: %d bytes without an end", errNonsense, len(line))
		}
	}
}
