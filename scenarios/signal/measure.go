package signal

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
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
	if p.Busy {
		if err := p.burn(ctx, l); err != nil {
			return s, err
		}
	}
	switch {
	case p.Where == thread:
		var sides [2]side
		err := alone(ctx, l, pairJob, p, files, &sides)
		return sampleOf(sides[writerSide], sides[readerSide], err)
	case p.Where == process:
		var w, r side
		err := both(ctx, l, readerJob, p, files, &w, &r)
		return sampleOf(w, r, err)
	case p.Arm == nobody:
		var r share
		err := alone(ctx, l, sharedJob, p, files, &r)
		return core.Sample(nil, map[string]float64{workMetric: r.rate()}), err
	}
	var w side
	var r share
	err = both(ctx, l, sharedJob, p, files, &w, &r)
	if s, err = sampleOf(w, r.side, err); err == nil {
		s.Metrics[workMetric] = r.rate()
	}
	return s, err
}

// files makes what the workers inherit: the control page, and a descriptor for
// each direction if the arm has them.
func (p plan) files() ([]*os.File, error) {
	control, err := zerocopy.Create(zerocopy.Control, layout())
	if err != nil {
		return nil, err
	}
	files := []*os.File{control}
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
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return files, fmt.Errorf("create a pair of sockets: %w", err)
		}
		files = append(files, os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket"))
	}
	return files, nil
}

// burn starts a process that computes for each side's core. They are killed
// when the lab is cleared.
func (p plan) burn(ctx context.Context, l *lab.Lab) error {
	for _, number := range p.Cores {
		b, err := l.Start(burnerJob, number)
		if err != nil {
			return err
		}
		if err := lab.Gather(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// alone has one worker do a job and decodes its result into v, a pointer.
func alone(ctx context.Context, l *lab.Lab, job string, p plan, files []*os.File, v any) error {
	w, err := l.Start(job, p, files...)
	if err != nil {
		return err
	}
	if err := lab.Gather(ctx, w); err != nil {
		return err
	}
	return w.Result(ctx, v)
}

// both has a writer and the reader of a job work together, and decodes what they
// have found out.
func both(ctx context.Context, l *lab.Lab, readerJob string, p plan, files []*os.File, wrote, read any) error {
	writer, err := l.Start(writerJob, p, files...)
	if err != nil {
		return err
	}
	reader, err := l.Start(readerJob, p, files...)
	if err != nil {
		return err
	}
	if err := lab.Gather(ctx, reader, writer); err != nil {
		return err
	}
	return lab.Both(ctx, writer, wrote, reader, read)
}

// sampleOf returns what both sides have found out, unless they failed. Its latency
// is from just before the post to just after the reader has seen it.
func sampleOf(w, r side, err error) (experiment.Sample, error) {
	switch {
	case err != nil:
		return experiment.Sample{}, err
	case w.HandOffs != r.HandOffs:
		return experiment.Sample{}, fmt.Errorf("%d hand-offs were made and %d received", w.HandOffs, r.HandOffs)
	}
	s := core.Sample(r.Latency, map[string]float64{
		handOffMetric: float64(r.HandOffs), missedMetric: float64(r.Missed), syscallMetric: float64(w.Syscalls + r.Syscalls),
		writerCPUMetric: float64(w.CPUNS), readerCPUMetric: float64(r.CPUNS),
	})
	w.Apart.Note(s.Metrics)
	return s, nil
}
