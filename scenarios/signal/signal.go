// Package signal measures how soon a reader that waits learns that there is
// something to read.
//
// A writer takes the clock and posts; a reader that has been waiting takes the
// clock when it has seen it, and answers. The strategies of the hub stand beside
// what one would write by hand on the same memory (a loop around a load, a futex
// and nothing else) and beside an eventfd and a socket. Each is tried between
// two processes and between two threads, each with a core of its own, with a
// core that others are busy on and with one core for both, in lock-step and with
// gaps of 0.1 to 10 ms. At a display's rate, 60 a second with an idle machine in
// between, the strategies are tried between two workers of a browser's tab as well.
//
// What it refuses to count is a signal that nobody waited for: the reader looks,
// before it waits, whether the hand-off is there already, and then leaves it
// out. In the gaps the writer computes; it does not sleep, so that its core is
// as awake as that of a role at work. Start at [New] and at cells.go.
package signal

import (
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// New returns the experiment.
func New() experiment.Experiment {
	return core.New(core.Definition[plan]{
		Name: "signal",
		Summary: "how soon a waiting reader is told: spinning, parked and adaptive, " +
			"against bare loops, a futex, an eventfd and a socket",
		Factors: []report.DataColumn{
			{Name: experiment.Arm, Meaning: "how both sides wait and are told"},
			{Name: whereFactor, Meaning: "whether the sides are processes, threads of one, goroutines, or workers of a tab"},
			{Name: loadFactor, Meaning: "what else uses their cores"},
			{Name: gapFactor, Meaning: "how long the writer computes between signals; at 60hz it sleeps"},
		},
		Quantities: append(core.Percentiles(), core.Metrics(workMetric)...),
		Cells:      cells, Parse: parse, Available: available, Measure: measure, Metrics: metrics, Report: findings,
		Jobs: map[string]lab.Job{
			writerJob: core.Side(enterWriter), readerJob: core.Side(enterReader),
			pairJob: core.Job(runPair), burnerJob: core.Job(runBurner), sharedJob: core.Job(runShared),
		},
	})
}

const (
	writerJob = "signal-writer"
	readerJob = "signal-reader"
	pairJob   = "signal-pair"   // both, as threads of one process
	burnerJob = "signal-burner" // keeps a core busy
	sharedJob = "signal-shared" // a reader that shares GOMAXPROCS=1 with another goroutine
)
