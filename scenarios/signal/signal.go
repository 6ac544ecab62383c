// Package signal measures how soon a reader that waits learns that there is
// something to read.
//
// A writer takes the clock and posts; a reader that has been waiting takes the
// clock when it has seen it, and answers. The strategies of the hub stand beside
// what one would write by hand on the same memory (a loop around a load, a futex
// and nothing else) and beside an eventfd and a socket. Each is tried between
// two processes and between two threads, each with a core of its own, with a
// core that others are busy on and with one core for both, in lock-step and with
// gaps of 0.1 to 10 ms.
//
// What it refuses to count is a signal that nobody waited for: the reader looks,
// before it waits, whether the hand-off is there already, and then leaves it
// out. In the gaps the writer computes; it does not sleep, so that its core is
// as awake as that of a role at work. Start at [New] and at cells.go.
package signal

import "github.com/copytax/copytax/gauge"

// New returns the scenario.
func New() gauge.Scenario { return scenario{} }

type scenario struct{}

var _ gauge.Scenario = scenario{}

// Name implements [gauge.Scenario].
func (scenario) Name() string { return "signal" }

// Summary implements [gauge.Scenario].
func (scenario) Summary() string {
	return "how soon a waiting reader is told: spinning, parked and adaptive, against bare loops, a futex, an eventfd and a socket"
}

const (
	writerJob = "signal-writer"
	readerJob = "signal-reader"
	pairJob   = "signal-pair"   // both, as threads of one process
	burnerJob = "signal-burner" // keeps a core busy
	guestJob  = "signal-guest"  // a reader that shares GOMAXPROCS=1 with another goroutine
)

// Jobs implements [gauge.Scenario].
func (scenario) Jobs() map[string]gauge.Job {
	return map[string]gauge.Job{
		writerJob: playWriter, readerJob: playReader, pairJob: playPair, burnerJob: playBurner, guestJob: playGuest,
	}
}
