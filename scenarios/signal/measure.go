package signal

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

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
	workMetric      = "work_per_s" // of the goroutine beside a reader
)

// metrics are those that a cell's sample always has.
func metrics(c experiment.Cell) (names []string) {
	if c.Factors[experiment.Arm] != nobody {
		names = append(names, handOffMetric, missedMetric, syscallMetric, writerCPUMetric, readerCPUMetric)
	}
	if c.Factors[whereFactor] == goroutine {
		names = append(names, workMetric)
	}
	return names
}

func measure(ctx context.Context, l *lab.Lab, c experiment.Cell) (s experiment.Sample, err error) {
	p, err := parse(c)
	if err != nil {
		return s, err
	}
	files, err := p.files()
	defer lab.Close(files)
	if err != nil {
		return s, err
	}
	if p.Busy { // a process that computes on each side's core, until the lab is cleared
		if _, err := core.Start(ctx, l, p, nil, burnerJob, burnerJob); err != nil {
			return s, err
		}
	}
	jobs := []string{writerJob, readerJob}
	switch {
	case p.Where == thread:
		jobs = []string{pairJob}
	case p.Arm == nobody:
		jobs = []string{sharedJob}
	case p.Where == goroutine:
		jobs = []string{writerJob, sharedJob}
	}
	return core.Run(ctx, l, p, files, jobs...)
}

// files makes what the workers inherit: the control page, and a descriptor for
// each direction if the arm has them.
func (p plan) files() ([]*os.File, error) {
	files, err := core.Create(p.Regions())
	if err != nil {
		return files, err
	}
	switch p.Arm {
	case eventFD:
		for range directions {
			fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
			if err != nil {
				return files, fmt.Errorf("create an eventfd: %w", err)
			}
			files = append(files, os.NewFile(uintptr(fd), "eventfd"))
		}
	case socket:
		ends, err := core.SocketPair()
		return append(files, ends...), err
	}
	return files, nil
}
