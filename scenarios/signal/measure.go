package signal

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/zerocopy"
)

// The names of a sample's values and counters.
const (
	handOffCounter = "hand_offs"
	missedCounter  = "missed" // nobody waited for them
	syscallCounter = "syscalls"
	workValue      = "work_per_s" // of the goroutine beside a guest
)

// Measure implements [gauge.Scenario].
func (scenario) Measure(ctx context.Context, t *gauge.Troupe, c gauge.Cell) (s gauge.Sample, err error) {
	p, err := parse(c)
	if err != nil {
		return s, err
	}
	files, err := p.files()
	defer closeAll(files)
	if err != nil {
		return s, err
	}
	if p.Busy {
		if err := p.burn(ctx, t); err != nil {
			return s, err
		}
	}
	switch p.Where {
	case process:
		return p.measureProcesses(ctx, t, files)
	case thread:
		return p.measureThreads(ctx, t, files)
	}
	return p.measureGuest(ctx, t, files)
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

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // the workers have theirs
	}
}

// burn starts a process that computes for each side's core. They are killed
// with the troupe.
func (p plan) burn(ctx context.Context, t *gauge.Troupe) error {
	for _, number := range p.Cores {
		b, err := t.Start(burnerJob, number)
		if err != nil {
			return err
		}
		if err := gauge.Gather(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func (p plan) measureProcesses(ctx context.Context, t *gauge.Troupe, files []*os.File) (gauge.Sample, error) {
	writer, err := t.Start(writerJob, p, files...)
	if err != nil {
		return gauge.Sample{}, err
	}
	reader, err := t.Start(readerJob, p, files...)
	if err != nil {
		return gauge.Sample{}, err
	}
	if err := gauge.Gather(ctx, reader, writer); err != nil {
		return gauge.Sample{}, err
	}
	var w, r side
	if err := gauge.Both(ctx, writer, &w, reader, &r); err != nil {
		return gauge.Sample{}, err
	}
	return sample(w, r)
}

func (p plan) measureThreads(ctx context.Context, t *gauge.Troupe, files []*os.File) (gauge.Sample, error) {
	pair, err := t.Start(pairJob, p, files...)
	if err != nil {
		return gauge.Sample{}, err
	}
	if err := gauge.Gather(ctx, pair); err != nil {
		return gauge.Sample{}, err
	}
	var sides [2]side
	if err := pair.Result(ctx, &sides); err != nil {
		return gauge.Sample{}, err
	}
	return sample(sides[0], sides[1])
}

func (p plan) measureGuest(ctx context.Context, t *gauge.Troupe, files []*os.File) (gauge.Sample, error) {
	reader, err := t.Start(guestJob, p, files...)
	if err != nil {
		return gauge.Sample{}, err
	}
	var w side
	var g guest
	if p.Arm == nobody {
		if err := gauge.Gather(ctx, reader); err != nil {
			return gauge.Sample{}, err
		}
		if err := reader.Result(ctx, &g); err != nil {
			return gauge.Sample{}, err
		}
		return gauge.Sample{Values: map[string]float64{workValue: g.rate()}}, nil
	}
	writer, err := t.Start(writerJob, p, files...)
	if err != nil {
		return gauge.Sample{}, err
	}
	if err := gauge.Gather(ctx, reader, writer); err != nil {
		return gauge.Sample{}, err
	}
	if err := gauge.Both(ctx, writer, &w, reader, &g); err != nil {
		return gauge.Sample{}, err
	}
	s, err := sample(w, g.side)
	if err != nil {
		return s, err
	}
	s.Values = map[string]float64{workValue: g.rate()}
	return s, nil
}

func (g guest) rate() float64 { return float64(g.Work) / float64(g.WallNS) * 1e9 }

// sample returns what both sides have found out. Its latency is from just
// before the post to just after the reader has seen it.
func sample(w, r side) (gauge.Sample, error) {
	if w.HandOffs != r.HandOffs {
		return gauge.Sample{}, fmt.Errorf("%d hand-offs were made and %d received", w.HandOffs, r.HandOffs)
	}
	s := gauge.Sample{
		Latency: r.Latency,
		Counters: map[string]int64{
			handOffCounter: r.HandOffs, missedCounter: r.Missed, syscallCounter: w.Syscalls + r.Syscalls,
		},
		CPUNS: map[string]int64{"writer": w.CPUNS, "reader": r.CPUNS},
	}
	w.Apart.Note(&s)
	return s, nil
}
