// Package fanout measures what it costs one writer to hand every frame to many
// readers, and what becomes of a frame that somebody still reads.
//
// A writer fills frames of 64 KiB with a pattern of their epoch and publishes
// them; 1 to 16 readers, each a process of its own, read all of every frame
// that they get and check it. The arms are the protocols: readers of every
// frame, which the writer waits for; readers of the latest, which skip; and the
// ping-pong of two slots whose writer never looks at readers. The writer runs
// as fast as it may, or publishes a frame a millisecond.
//
// What it refuses to do: count a frame that was not read whole, or hide one
// that was torn. The latency is one way, from just before the publish to the
// reader having got the frame; in a free run of readers of every frame it
// includes the queue, as long as the slots are many. Start at [New] and at
// cells.go.
package fanout

import "github.com/copytax/copytax/gauge"

// New returns the scenario.
func New() gauge.Scenario { return scenario{} }

type scenario struct{}

var _ gauge.Scenario = scenario{}

// Name implements [gauge.Scenario].
func (scenario) Name() string { return "fanout" }

// Summary implements [gauge.Scenario].
func (scenario) Summary() string {
	return "one writer and 1 to 16 readers of 64 KiB frames: with leases, every frame or the latest, and over a ping-pong"
}

const (
	writerJob = "fanout-writer"
	readerJob = "fanout-reader"
)

// Jobs implements [gauge.Scenario].
func (scenario) Jobs() map[string]gauge.Job {
	return map[string]gauge.Job{writerJob: playWriter, readerJob: playReader}
}
