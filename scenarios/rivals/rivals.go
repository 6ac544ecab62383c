// Package rivals is the experiment that hands payloads over through this
// project's hub and through what one would pick instead: iceoryx2, shmipc-go and
// a plain unix socket.
//
// This program is the worker of the hub and of the socket. It links none of the
// libraries: each has a worker program of its own below rivals/, which
// scripts/rivals.sh builds. Package handoff is what all of them do. Start at
// session.Measure for one hand-off between fresh processes, at arms for what is
// compared.
package rivals

import (
	"context"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/rivals/handoff"
)

// Name is the name of the experiment.
const Name = "rivals"

// The factors of a cell beside [experiment.Arm]. The last two are there when
// they differ from their options' defaults.
const (
	bytesFactor = "bytes"
	touchFactor = "touch"
	gapFactor   = "gap"
)

// All is the worker of a sample: both sides together.
const all = "all"

// The metrics and histograms of a sample. Times of processors are those of a
// whole side over all its hand-offs.
const (
	latencyNS   = "latency_ns" // one way, until the reader has the payload
	usedNS      = "used_ns"    // and until it has also read what it touches
	cpuWriterNS = "cpu_writer_ns"
	cpuReaderNS = "cpu_reader_ns"
	othersCPUs  = "others_cpus" // how many processors everything but the run took meanwhile
)

// patience is how long a worker may take to end, or to say its version.
const patience = 20 * time.Second

// rivals is the experiment. It remembers from its plan where the workers are.
type rivals struct{ programs map[string]string } // by library

var _ experiment.Limited = (*rivals)(nil)

// New returns the experiment.
func New() experiment.Experiment { return &rivals{map[string]string{}} }

// Name implements [experiment.Experiment].
func (*rivals) Name() string { return Name }

// Summary implements [experiment.Experiment].
func (*rivals) Summary() string {
	return "a hand-off through the hub beside iceoryx2, shmipc-go and a unix socket"
}

// Options implements [experiment.Experiment].
func (*rivals) Options() []experiment.Option {
	return []experiment.Option{
		{Name: "shmipc", Usage: "`path` of the worker that links shmipc-go", Default: "rivals/bin/shmipc-worker", Program: true},
		{Name: "iceoryx2", Usage: "`path` of the worker that links iceoryx2", Default: "rivals/iceoryx2/target/release/iceoryx2-worker", Program: true},
		{Name: touchFactor, Usage: "`part` of a payload that a reader reads: nothing, field or everything", Default: "everything"},
		{Name: gapFactor, Usage: "`time` that a writer is busy before each publish", Default: "0s"},
	}
}

// Duties implements [experiment.Experiment].
func (*rivals) Duties(experiment.Plan, experiment.Cell) []experiment.Duty {
	return []experiment.Duty{{Worker: all, Metrics: []string{latencyNS, usedNS, cpuWriterNS, cpuReaderNS, othersCPUs}}}
}

// Jobs implements [experiment.Experiment].
func (*rivals) Jobs() map[string]lab.Job {
	return map[string]lab.Job{handoff.JobName: handoff.Job(ownArms())}
}

// Limit implements [experiment.Limited].
func (*rivals) Limit(experiment.Trial) time.Duration { return 90 * time.Second }

// Open implements [experiment.Experiment].
func (r *rivals) Open(_ context.Context, l *lab.Lab, _ []experiment.Cell) (experiment.Session, error) {
	return newSession(l, r.programs)
}
