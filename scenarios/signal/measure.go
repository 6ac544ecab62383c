package signal

import (
	"context"
	"os"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// The names of a sample's metrics.
const (
	handOffMetric   = "hand_offs"
	missedMetric    = "missed" // nobody waited for them
	syscallMetric   = "syscalls"
	writerCPUMetric = "cpu_writer_ns"
	readerCPUMetric = "cpu_reader_ns"
	workMetric      = "work_per_s"     // of the goroutine beside a reader
	tabCPUMetric    = "tab_cpu_ns"     // of the tab's process, the start of both workers included
	clockMetric     = "clock_moved_ns" // how far the workers' clocks were found apart after a trial, less before
)

// metrics are those that a cell's sample always has.
func metrics(c experiment.Cell) (names []string) {
	if c.Factors[whereFactor] == inTab {
		return []string{handOffMetric, missedMetric, tabCPUMetric, clockMetric}
	}
	if c.Factors[experiment.Arm] != nobody {
		names = append(names, handOffMetric, missedMetric, syscallMetric, writerCPUMetric, readerCPUMetric)
	}
	if c.Factors[whereFactor] == goroutine {
		names = append(names, workMetric)
	}
	return names
}

func measure(ctx context.Context, l *lab.Lab, p plan) (s experiment.Sample, err error) {
	if p.Busy { // a process that computes on each side's core, until the lab is cleared
		if _, err := core.Start(ctx, l, p, burnerJob, burnerJob); err != nil {
			return s, err
		}
	}
	switch {
	case p.Where == inTab:
		return measureTab(ctx, l, p)
	case p.Where == thread:
		return core.Run(ctx, l, p, pairJob)
	case p.Arm == nobody:
		return core.Run(ctx, l, p, sharedJob)
	case p.Where == goroutine:
		return core.Run(ctx, l, p, writerJob, sharedJob)
	}
	return core.Run(ctx, l, p, writerJob, readerJob)
}

// Descriptors implements [core.Wired]: one for each direction if the arm has them.
func (p plan) Descriptors() (files []*os.File, err error) {
	switch p.Arm {
	case socket:
		ends, err := lab.SocketPair("socket")
		return ends[:], err
	case eventFD:
		for range directions {
			f, err := newEventFD()
			if err != nil {
				return files, err
			}
			files = append(files, f)
		}
	}
	return files, nil
}
