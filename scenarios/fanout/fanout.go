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

import (
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// New returns the experiment.
func New() experiment.Experiment {
	return core.New(core.Definition[plan]{
		Name:    "fanout",
		Summary: "one writer and 1 to 16 readers of 64 KiB frames: with leases, every frame or the latest, and over a ping-pong",
		Factors: []report.DataColumn{
			{Name: experiment.Arm, Meaning: "how the writer treats its readers"},
			{Name: readersFactor, Meaning: "how many readers there are"},
			{Name: slotsFactor, Meaning: "how many slots the hub has"},
			{Name: waitFactor, Meaning: "how readers, and a writer that is blocked, wait"},
			{Name: paceFactor, Meaning: "how often the writer publishes"},
			{Name: holdFactor, Meaning: "what a reader does before it reads a frame"},
		},
		Quantities: append(core.Percentiles(),
			core.Metrics(rateMetric, readRateMetric, slowP50Metric, slowP99Metric, writerCostMetric, readerCostMetric, totalCostMetric)...),
		Cells: cells, Parse: parse, Measure: measure, Metrics: metrics, Report: findings,
		Jobs: map[string]lab.Job{writerJob: core.Side(enterWriter), readerJob: core.Side(enterReader)},
	})
}

// dataName is that of its data.
const dataName = "gauge-fanout"

const (
	writerJob = "fanout-writer"
	readerJob = "fanout-reader"
)
