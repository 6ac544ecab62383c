// Package control runs the roles of a trial: the supervisor's side that starts
// their processes and gathers what they report, and the role's side that works.
//
// Between the two is a socket pair, the control plane: configuration goes down,
// addresses are exchanged, reports come up, and it is silent while a trial is
// measured. Either side that loses it knows that the other is dead. The processes
// themselves are package lab's. Start at [Run] and [Serve].
package control

import (
	"encoding/json"
	"fmt"
	"net"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
)

// The kinds of message, in the order in which a role meets them.
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
)

// A message is one JSON object on the control plane.
type message struct {
	Kind   string      `json:"kind"`
	Assign *assignment `json:"assign,omitempty"`
	Key    string      `json:"key,omitempty"`
	Value  string      `json:"value,omitempty"`
	Report *report     `json:"report,omitempty"`
	Error  string      `json:"error,omitempty"`
	At     int64       `json:"at,omitempty"` // of an error, in ns of CLOCK_MONOTONIC: what comes first is the cause
}

// An assignment is what a role's process is told to do.
type assignment struct {
	Role      string         `json:"role"` // the kernel's process has all three when the transport has one process
	Scenario  string         `json:"scenario"`
	Transport string         `json:"transport"`
	Config    copytax.Config `json:"config"`
	Draw      uint64         `json:"draw"`  // seed of the sample of ticks
	Files     int            `json:"files"` // inherited descriptors of the data plane
	// Setup is what a Program needs besides; other roles get none.
	Setup json.RawMessage `json:"setup,omitempty"`
}

// A report is what one process measured, or all of a trial together.
type report struct {
	// Samples holds one sample for each role of the process, without what
	// identifies the trial.
	Samples []experiment.Sample `json:"samples"`
	// Published and Used hold, for each tick of the window, the time at which
	// its policy was published and its frame had been used, in ns of
	// CLOCK_MONOTONIC. They are empty in processes that saw neither.
	Published []int64 `json:"published,omitempty"`
	Used      []int64 `json:"used,omitempty"`
}

// A channel is one end of the control plane. Any goroutine may send: a message is one
// write.
type channel struct {
	conn net.Conn
	dec  *json.Decoder
}

// newChannel takes over file, an end of a socket pair.
func newChannel(file *os.File) (*channel, error) {
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("open control plane: %w", err)
	}
	file.Close() // conn has a duplicate
	return &channel{conn: conn, dec: json.NewDecoder(conn)}, nil
}

// controlPlane returns both ends of one, that of the role as it is inherited.
func controlPlane() (ctl *channel, child *os.File, err error) {
	ends, err := lab.SocketPair("control")
	if err != nil {
		return nil, nil, fmt.Errorf("create control plane: %w", err)
	}
	ctl, err = newChannel(ends[0])
	return ctl, ends[1], err
}

func (c *channel) send(m message) error {
	if err := json.NewEncoder(c.conn).Encode(m); err != nil {
		return fmt.Errorf("send %s on control plane: %w", m.Kind, err)
	}
	return nil
}

func (c *channel) receive() (m message, err error) {
	err = c.dec.Decode(&m)
	return m, err
}
