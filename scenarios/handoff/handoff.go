// Package handoff measures what it costs to hand a payload of 64 bytes to
// 64 MiB from one process to another.
//
// A writer fills a payload with a pattern of its epoch, in every row alike,
// takes the clock and publishes. A reader that has been waiting sees it, takes
// the clock, touches nothing, one field or every byte of it, and takes the
// clock again. Rows that copy it out of the shared memory first, or receive it
// from a socket, are there to compare with; memory of the reader's own, that
// another of its threads has filled, says what touching costs when nothing is
// handed over at all.
//
// What it refuses to count as a hand-off: the fill, and that it has pushed the
// code of a hand-off out of the caches. Between the two the writer publishes to
// a hub of its own, which nobody reads, so that code, clock and control words
// are close after 64 MiB as after 64 bytes. The payload itself is wherever the
// fill has left it, since fetching it is what touching costs.
//
// What it cannot take out is the rest of what a fill does: a reader that has
// waited 100 µs sees a signal later than one that has waited 1 µs, and a writer
// that has written 64 MiB finds its own record of the slots gone cold. Rows in which the writer fills
// as much memory of its own, and then hands over 64 bytes, tell the two apart,
// and rows whose payload was filled long before have nothing of it.
//
// The two sides are pinned to different cores below one last-level cache, if
// the machine has such. Left to themselves two sides that spin now and then meet
// on one core, and a hand-off then takes as long as a change of processes:
// thirty microseconds where it takes a tenth of one. Hand-offs are in lock-step:
// the writer waits until the reader has used a payload before it fills the next.
// Start at [New] and at cells.go.
package handoff

import (
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// New returns the experiment.
func New() experiment.Experiment {
	return core.New(core.Definition[plan]{
		Name: "handoff",
		Summary: "what handing over 64 B to 64 MiB costs, untouched and touched, " +
			"against copies, a socket and the memory's bandwidth",
		Factors: []report.DataColumn{
			{Name: experiment.Arm, Meaning: "how the payload is handed over"},
			{Name: bytesFactor, Meaning: "size of the payload"},
			{Name: touchFactor, Meaning: "what the reader touches of it"},
			{Name: waitFactor, Meaning: "how both sides wait"},
			{Name: pagesFactor, Meaning: "what the hub's pages are"},
			{Name: fillFactor, Meaning: "once: a slot is filled for its first hand-off only"},
			{Name: afterFactor, Meaning: "bytes of its own that the writer fills before each hand-off"},
		},
		Quantities: quantities(),
		Cells:      cells, Parse: parse, Available: available, Measure: measure, Metrics: metrics, Report: findings,
		Jobs: map[string]lab.Job{
			writerJob: core.Side(enterWriter), readerJob: core.Side(enterReader), bandwidthJob: core.Job(runBandwidth),
		},
	})
}

// quantities are what its data holds of each cell.
func quantities() []core.Quantity {
	all := append([]core.Quantity{{Name: "latency_p50_ns", Of: core.P50}, {Name: "share_of_own_rate_fraction", Of: share}},
		core.Metrics(seenTailMetric, touchMetric, fillMetric, coldFillMetric, coldTouchMetric, writerMapMetric, readerMapMetric,
			ownWarmMetric, ownFilledMetric)...)
	return append(all, core.Metrics(rates()...)...)
}

// dataName is that of its data.
const dataName = "gauge-handoff"

const (
	writerJob    = "handoff-writer"
	readerJob    = "handoff-reader"
	bandwidthJob = "handoff-bandwidth"
)
